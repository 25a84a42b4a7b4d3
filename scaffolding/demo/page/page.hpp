/// @file
/// Una demostración grabada, contada en una página o en una figura. Las dos llevan los mismos dibujos.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "demo/recorder/event.hpp"

namespace demo {

/// Un paso de la demostración y lo que ocurrió en él.
struct Scene {
  int number = 0;             ///< Su número; 0 si es lo que pasa antes del primero.
  std::string heading;        ///< Qué ocurre.
  std::string why;            ///< Por qué.
  std::string client;         ///< Quién está a la izquierda.
  std::string server;         ///< Quién está a la derecha.
  std::int64_t begin = 0;     ///< Cuándo empieza.
  std::int64_t end = 0;       ///< Cuándo empieza el siguiente.
  std::vector<Event> events;  ///< Lo que ocurrió, en orden.
};

/// Una demostración entera.
struct Story {
  std::string title;                         ///< El laboratorio.
  std::string detail;                        ///< Con qué programa.
  std::string ending;                        ///< Cómo acabó, en una frase.
  std::vector<std::string> missing;          ///< Lo que no se pudo grabar.
  std::vector<Event> events;                 ///< Todo lo grabado.
  std::vector<Scene> scenes;                 ///< Los pasos.
  std::map<std::string, std::string> names;  ///< De la dirección de un cliente a su nombre, si hay varios.
};

/// Reparte una grabación en pasos.
/// @param events lo grabado.
/// @param missing lo que no se pudo grabar.
/// @return la historia.
Story tell_story(const std::vector<Event>& events, const std::vector<std::string>& missing);

/// @param story la demostración.
/// @return una página que no necesita nada más: ni otros archivos ni la red.
std::string page(const Story& story);

/// @param story la demostración.
/// @param scene el número de un paso; si está vacío, todos, uno debajo de otro.
/// @return una figura SVG.
/// @throws std::runtime_error si no hay tal paso.
std::string figure(const Story& story, const std::string& scene);

}  // namespace demo
