/// @file
/// Las jaulas en las que se compila y se ejecuta el código de un extraño: con bubblewrap, o con Landlock donde no hay
/// espacios de nombres.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "programs/kit.hpp"

namespace grader {

/// Cuánto se aísla un programa.
enum class Jail {
  none,  ///< Nada: es de quien lo evalúa.
  full,  ///< Espacios de nombres propios: usuario, procesos, archivos, IPC (namespaces(7)).
  weak,  ///< Donde no los hay: sin privilegios nuevos, y Landlock si está (landlock(7)).
};

/// Un /etc/nsswitch.conf en el que los nombres salen solo de archivos: nadie pregunta a la red.
inline constexpr const char* only_files =
    "hosts: files\nservices: files\nprotocols: files\npasswd: files\ngroup: files\n";

/// El usuario y el grupo sin privilegios («nobody») con los que se ejecuta lo de un extraño.
inline constexpr unsigned nobody = 65534;

/// Una jaula de bubblewrap (bwrap(1)): dentro están las carpetas del sistema, para leer, y lo que se diga. Nada más: ni
/// el entorno ni los descriptores de quien la crea.
class Bubblewrap {
public:
  /// Usuario, procesos e IPC propios; la red es la de fuera.
  Bubblewrap();

  /// Añade opciones de bwrap(1), en su orden.
  /// @param words las opciones.
  /// @return esta jaula.
  Bubblewrap& with(std::initializer_list<std::string_view> words);
  /// Deja leer un archivo o una carpeta.
  /// @param path dónde está.
  /// @param inside dónde estará; si es vacío, en el mismo sitio.
  /// @return esta jaula.
  Bubblewrap& shows(const std::filesystem::path& path, const std::filesystem::path& inside = {});
  /// Deja también escribir.
  /// @param path dónde está.
  /// @param inside dónde estará; si es vacío, en el mismo sitio.
  /// @return esta jaula.
  Bubblewrap& lends(const std::filesystem::path& path, const std::filesystem::path& inside = {});
  /// Deja traducir nombres a direcciones.
  /// @param hosts contenido de su /etc/hosts; si no hay, los de fuera.
  /// @return esta jaula.
  /// @throws std::system_error si no se puede.
  Bubblewrap& knows_names(const std::optional<std::string>& hosts);

  /// Este proceso se convierte en la jaula, que ejecuta una orden.
  /// @param command la orden.
  /// @throws std::system_error si no está bwrap.
  [[noreturn]] void become(const std::vector<std::string>& command);

private:
  Bubblewrap& writes(std::string_view text, const std::filesystem::path& inside);

  std::vector<std::string> arguments_;
};

/// @return `true` si aquí se puede crear una jaula de bubblewrap con red propia dentro de la cual quepa otra. La
/// primera pregunta hace la prueba de verdad; con WITNESS_WITHOUT=user_namespaces, no se puede.
bool can_jail();

/// Dice si bwrap llegó a ejecutar la orden: solo entonces cuenta con qué estado terminó.
/// @param status el archivo de su opción --json-status-fd, cuando ya ha terminado.
bool ran_inside(const kit::Descriptor& status);

/// Desde qué versión de Landlock un programa no alcanza con señales a los de fuera.
inline constexpr int landlock_with_signals = 6;

/// @return la versión de Landlock de este núcleo; 0 si no lo hay, o se apagó con WITNESS_WITHOUT=landlock.
int landlock_version();

/// Encierra a este proceso sin espacios de nombres: renuncia a privilegios nuevos y, con Landlock, a leer lo que no sea
/// del sistema, a escribir y a alcanzar a los procesos de fuera.
/// @param readable qué más puede leer y ejecutar.
/// @param writable qué puede escribir.
/// @throws std::system_error si el núcleo se niega.
void confine(const std::vector<std::filesystem::path>& readable, const std::vector<std::filesystem::path>& writable);

/// Si este proceso es de root, pasa a ser de un usuario sin privilegios, sin vuelta atrás.
/// @throws std::system_error si no se puede.
void drop_root();

}  // namespace grader
