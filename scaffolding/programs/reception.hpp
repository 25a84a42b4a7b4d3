/// @file
/// Lo que el laboratorio 7 toma prestado de los anteriores: ponerse a la escucha, y esperar a un cliente o a una señal.
#pragma once

#include <csignal>
#include <cstdint>
#include <initializer_list>

#include "programs/kit.hpp"

namespace kit {

/// Abre un socket de escucha en 127.0.0.1, que se puede volver a asociar en cuanto el servidor termina (SO_REUSEADDR):
/// lo que escribiste en los laboratorios 2, 5 y 6.
/// @param port puerto, en el orden de bytes de esta máquina; 0: el que elija el núcleo.
/// @return el socket de escucha.
/// @throws std::system_error con el errno y el nombre de la llamada que falló.
Descriptor open_listener(std::uint16_t port);

/// Unas señales que no interrumpen a nadie: esperan en un descriptor, como en el laboratorio 6. Véanse signalfd(2) y
/// sigprocmask(2).
class Signals {
public:
  /// Bloquea las señales en este hilo, y en los hilos y procesos que nazcan de él.
  /// @param numbers las señales: SIGTERM, SIGCHLD …
  /// @throws std::system_error con el errno y el nombre de la llamada que falló.
  Signals(std::initializer_list<int> numbers);

  /// Espera, sin límite, a que un socket de escucha tenga un cliente o a que llegue una señal.
  /// @param listener el socket de escucha.
  /// @return la señal, o 0 si hay un cliente. Varias señales iguales pueden llegar como una sola.
  /// @throws std::system_error con el errno y el nombre de la llamada que falló.
  int wait_with(int listener);

  /// Deja de esperarlas: cierra el descriptor, y vuelven a hacer lo que hacían antes. Para un proceso hijo.
  /// @throws std::system_error con el errno y el nombre de la llamada que falló.
  void release();

private:
  sigset_t previous_{};
  Descriptor descriptor_;
};

}  // namespace kit
