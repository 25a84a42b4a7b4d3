/// @file
/// La grabadora de una demostración: la hace en un espacio de red propio y anota, con un solo reloj, las llamadas al
/// sistema, los segmentos y los estados de TCP.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "demo/recorder/event.hpp"

namespace demo {

/// Una demostración grabada.
struct Recording {
  std::vector<Event> events;         ///< Los sucesos, ordenados en el tiempo; véase event.hpp.
  std::vector<std::string> missing;  ///< Qué no se ha podido grabar y por qué, una frase cada cosa.
  int status = 0;                    ///< El estado final de la demostración, como el de un programa.
};

/// Pasa este proceso, que no debe tener hilos, a un espacio de red propio, con la interfaz de bucle en marcha. No hace
/// falta ser root: network_namespaces(7), user_namespaces(7).
/// @return nada, o por qué no se puede; entonces todo sigue como estaba.
std::optional<std::string> enter_own_network();

/// Hace una demostración y la graba.
/// @param command da la orden que la hace. Se le dice el archivo en el que la demostración tiene que contar sus pasos
///        (Stage::logs_to()).
/// @return lo grabado.
/// @throws std::system_error si no se puede arrancar.
Recording record(const std::function<std::vector<std::string>(const std::string& log)>& command);

/// Un instante de la conexión que ha visto el núcleo no cuadra con lo que se deduce de los segmentos.
/// @param events los sucesos de una grabación.
/// @return cuántos estados ha visto el núcleo y cuántos de ellos no cuadran.
std::pair<std::size_t, std::size_t> agreement(const std::vector<Event>& events);

/// @param events los sucesos.
/// @return los mismos, uno por línea: NDJSON.
std::string to_ndjson(const std::vector<Event>& events);

}  // namespace demo
