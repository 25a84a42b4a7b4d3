/// @file
/// La prueba del silencio: un programa que ya no hará nada hasta que alguien de fuera le dé algo.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "witness/process.hpp"

namespace witness {

/// Qué está haciendo un programa entero.
enum class Activity {
  gone,       ///< No queda ninguno de sus procesos (o solo zombis).
  active,     ///< Algún hilo corre, o despertará sin ayuda de fuera.
  timed,      ///< Todos duermen, y a alguno lo despertará el reloj.
  quiescent,  ///< Todos duermen, y solo alguien de fuera puede despertarlos: está probado.
  opaque,     ///< Todos duermen, pero este núcleo no deja ver en qué: no hay prueba posible.
};

/// Lo que se concluye tras mirar un programa.
struct Finding {
  Activity activity = Activity::active;            ///< La conclusión.
  std::vector<Process> processes;                  ///< Lo visto la última vez.
  std::chrono::nanoseconds earliest_wake{0};       ///< Con Activity::timed: el límite más corto que han pedido.

  /// @return en qué espera cada hilo, para un informe: «espera en recv(4)», «el proceso 7 espera en accept(3)».
  [[nodiscard]] std::string text() const;
};

/// Decide si un programa está en silencio. La prueba: en dos miradas seguidas, los mismos hilos duermen en las mismas
/// llamadas y no han corrido entre ellas; luego hubo un instante en que todos dormían a la vez; y ninguno espera en un
/// descriptor que ya tenga algo. Vale si antes todo lo que se le envió había llegado a sus sockets, y si el programa no ha
/// pedido una señal al reloj (alarm(2), setitimer(2)), que no se ve desde fuera.
/// @param ancestor proceso del que desciende todo el programa (no se mira).
/// @return la conclusión. Sin /proc/PID/task/TID/syscall nunca es `quiescent`, sino `opaque`.
Finding find_activity(pid_t ancestor);

}  // namespace witness
