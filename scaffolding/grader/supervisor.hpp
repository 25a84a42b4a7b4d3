/// @file
/// El proceso que cuida de un programa: lo arranca, recoge a todos sus descendientes, también a los que se desligan, y
/// no deja ninguno vivo cuando el evaluador termina, aunque termine de golpe.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grader/jail.hpp"
#include "programs/kit.hpp"

namespace grader {

/// Cómo se arranca un programa.
struct Launch {
  /// Programa y argumentos. En una jaula, los que son rutas de archivos se ven en el mismo sitio: los temporales,
  /// también para escribir; los demás, solo para leer.
  std::vector<std::string> command;
  bool with_input = true;                 ///< `false`: arranca con el descriptor 0 cerrado.
  bool detect_leaks = false;              ///< Busca memoria sin liberar al terminar (LeakSanitizer).
  bool gated = false;                     ///< Pasa por Program::refuses_tasks(); véase can_refuse_tasks().
  bool may_bind_privileged_ports = true;  ///< `false`: sin CAP_NET_BIND_SERVICE, aunque sea root.
  std::optional<std::string> hosts;       ///< Contenido de su propio /etc/hosts; véase can_give_hosts().
  std::vector<std::pair<std::string, std::string>> environment;  ///< Variables de entorno añadidas.
};

/// Los extremos del programa recién arrancado que quedan en manos del evaluador.
struct Supervised {
  pid_t supervisor = -1;   ///< El proceso que lo cuida: hijo del evaluador y antepasado de todo el programa.
  pid_t root = -1;         ///< El que adopta a todo el programa: el supervisor o, en una jaula, su proceso inicial.
  pid_t program = -1;      ///< El programa.
  kit::Descriptor input;   ///< Por donde se le escribe en la entrada estándar; cerrado si arranca sin ella.
  kit::Descriptor output;  ///< Por donde se lee su salida estándar. No bloqueante.
  kit::Descriptor errors;  ///< Por donde se lee su salida de errores. No bloqueante.
  std::string hosts_file;  ///< Archivo temporal con sus nombres, si no hay espacios de nombres de montaje.
  kit::Descriptor gate;    ///< La puerta de witness::install_task_gate(), si la tiene.
  kit::Descriptor status;  ///< Por donde llega su estado final. No bloqueante.
};

/// Arranca un programa bajo un supervisor.
/// @param launch cómo.
/// @param jail cuánto se le aísla.
/// @return los extremos.
/// @throws std::system_error si no se pueden crear tuberías o procesos, o ejecutar el programa.
/// @throws std::runtime_error si no se puede crear la jaula.
Supervised start(const Launch& launch, Jail jail = Jail::none);

/// Mira si el programa ha terminado.
/// @param supervised el programa.
/// @return su estado, como el de waitpid(2), o nada si sigue vivo.
std::optional<int> final_status(const Supervised& supervised);

/// Mata todo lo que quede del programa y espera a que no quede nada.
/// @param supervised el programa.
void end(Supervised& supervised);

/// @return `true` si aquí se puede dar a un programa su propio /etc/hosts (Launch::hosts).
bool can_give_hosts();

/// @return `true` si aquí se puede impedir a un programa que cree procesos e hilos (Launch::gated).
bool can_refuse_tasks();

}  // namespace grader
