/// @file
/// Las llamadas al sistema que dentro de una jaula no se admiten: ningún laboratorio las necesita, y con ellas se
/// escapa de los límites que el evaluador vigila desde fuera.
#pragma once

namespace grader {

/// Desde ahora fallan con EPERM en este proceso y en los que nazcan de él, para siempre: las que crean espacios de
/// nombres (dentro de uno propio cualquiera es root, y monta discos en memoria), las que ocupan memoria que no es de
/// ningún proceso (memfd_create, System V, memfd_secret) y las que trabajan sin que se vea en qué (io_uring) o dejan
/// algo en el núcleo (claves). Véase seccomp(2).
/// @throws std::system_error si no se puede.
void forbid_calls();

}  // namespace grader
