/// @file
/// Un grupo de procesos: hace muchas órdenes, unas cuantas a la vez, y se para en cuanto se le pide (Ctrl-C).
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace autograder {

/// Cómo acabó una orden.
struct Ended {
  std::size_t index = 0;   ///< Cuál, desde 0.
  int status = 0;          ///< Lo que dice waitpid(2).
  bool timed_out = false;  ///< Se la detuvo porque agotó su plazo.
};

/// Lo que hace el grupo, y a quién avisa.
struct Work {
  std::size_t count = 0;        ///< Cuántas órdenes.
  std::size_t parallel = 1;     ///< Cuántas a la vez.
  std::chrono::seconds net{0};  ///< El tiempo límite de seguridad de cada una, en tiempo de reloj.
  std::function<std::vector<std::string>(std::size_t)> command;  ///< La orden y sus argumentos.
  std::function<std::filesystem::path(std::size_t)> messages;    ///< El archivo al que va lo que escriba.
  std::function<bool(const Ended&)> ended;  ///< Se llama al acabar cada una; con `false`, no empieza ninguna más.
  std::function<void()> tick;               ///< Se llama al menos una vez por segundo.
};

/// Hace el trabajo. Cada orden es el jefe de su grupo de procesos y muere si muere este proceso. Al volver no queda
/// vivo ninguno de los procesos que se crearon, ni sus descendientes.
/// @param work el trabajo.
/// @return 0, o la señal (SIGINT, SIGTERM, SIGHUP) por la que se dejó a medias.
/// @throws std::system_error si no se puede crear un proceso; lo que lance `ended` sale también por aquí.
int perform(const Work& work);

}  // namespace autograder
