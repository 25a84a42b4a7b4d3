/// @file
/// Una puerta por la que pasa cada proceso o hilo que un programa quiere crear: quien la guarda decide si lo crea el
/// núcleo o si la llamada falla con EAGAIN, como cuando se llega a RLIMIT_NPROC. Es un filtro de seccomp(2) que
/// pregunta (seccomp_unotify(2), Linux ≥ 5.5): vale también para root, y no hay nada dentro del programa.
#pragma once

#include <cstddef>

#include "programs/kit.hpp"

namespace witness {

/// Pone la puerta a este hilo, y a los procesos y programas que salgan de él. No se puede quitar. Además renuncia a
/// ganar privilegios al ejecutar otro programa (PR_SET_NO_NEW_PRIVS).
/// @return el descriptor desde el que se guarda: mientras nadie conteste por él, crear un proceso o un hilo espera; si
/// se cierra, falla.
/// @throws std::system_error si no se puede.
kit::Descriptor install_task_gate();

/// Contesta a todas las peticiones que esperan.
/// @param gate el descriptor de install_task_gate().
/// @param refuse `true`: fallan con EAGAIN; `false`: las hace el núcleo.
/// @return cuántas había.
std::size_t answer_task_gate(const kit::Descriptor& gate, bool refuse);

}  // namespace witness
