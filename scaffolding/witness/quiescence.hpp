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
  active,     ///< Algún hilo corre, o está detenido (SIGSTOP) y correrá cuando lo reanuden.
  timed,      ///< Todos duermen, y a alguno lo despertará el reloj.
  quiescent,  ///< Todos duermen, y solo alguien de fuera puede despertarlos: está probado.
  opaque,     ///< Todos duermen, pero este núcleo no deja ver en qué: no hay prueba posible.
};

/// Lo que se concluye tras mirar un programa.
struct Finding {
  Activity activity = Activity::active;       ///< La conclusión.
  std::vector<Process> processes;             ///< Lo visto la última vez.
  std::chrono::nanoseconds earliest_wake{0};  ///< Con Activity::timed: el límite más corto que han pedido.

  /// @return en qué espera cada hilo, para un informe: «espera en recv(4)», «el proceso 7 espera en accept(3)».
  [[nodiscard]] std::string text() const;
};

/// Decide si un programa está en silencio. La prueba: hubo un instante en que todos sus hilos dormían a la vez
/// (still_asleep()); ninguno espera algo que llegue solo (el reloj, un timerfd, un socket con SO_RCVTIMEO, un connect()
/// en curso) ni algo que ya tenga en el descriptor en el que espera; y no hay paquetes de camino entre dos de sus
/// procesos. Un hilo al que otro acaba de despertar ya no duerme, aunque no haya corrido: por eso dos procesos que se
/// esperan el uno al otro son silencio (un interbloqueo), y no lo son si uno de los dos sigue despierto.
///
/// Vale si antes ha llegado a los sockets del programa todo lo que se le envió. Y desde fuera no se ve todo:
/// - alarm(2) y setitimer(2): un programa con un manejador de SIGALRM, o con un temporizador de timer_create(2), nunca
///   está en silencio; pero no se ve la alarma de uno que la espera con sigwait(3) o signalfd(2), o que morirá por
///   ella.
/// - Sin pidfd_getfd, SO_RCVTIMEO y SO_SNDTIMEO.
/// - Lo que hace el núcleo por su cuenta en io_uring(7) y aio(7), si el hilo no espera en ellos; los relojes de TCP en
///   una conexión ya establecida (keepalive, retransmisiones); y lo que pase en un terminal (pty(7)) entre dos de sus
///   procesos.
/// - Un dispositivo o un programa ajeno con el que el programa hable por su cuenta: también es «alguien de fuera».
/// @param ancestor proceso del que desciende todo el programa (no se mira).
/// @return la conclusión. Sin /proc/PID/task/TID/syscall nunca es `quiescent`, sino `opaque`.
Finding find_activity(pid_t ancestor);

}  // namespace witness
