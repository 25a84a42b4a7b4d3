/// @file
/// Los nombres y argumentos de las llamadas al sistema en las que un programa puede esperar, en x86-64 y aarch64.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace witness {

/// Una llamada al sistema en curso, tal como la cuenta /proc/PID/task/TID/syscall.
struct SystemCall {
  static constexpr long running = -2;  ///< En lugar de un número: el hilo tiene procesador, o espera turno para él.
  long number = -1;                    ///< Número de la llamada en esta arquitectura; -1 si no se sabe.
  std::array<std::uint64_t, 6> arguments{};  ///< Los seis argumentos.
};

/// Qué puede despertar a un hilo.
enum class Waker {
  nothing_known,  ///< No se sabe: no es prueba de nada.
  running,        ///< No duerme.
  input,          ///< Que llegue algo por un descriptor: datos, una conexión, el fin de la entrada.
  output,         ///< Que el otro extremo lea y quede sitio donde escribir.
  network,        ///< Que termine connect(): lo decide la red, y tiene su propio tiempo límite.
  process,        ///< Que cambie de estado un proceso hijo.
  thread,         ///< Otro hilo o proceso, por un futex o un cerrojo de archivo.
  signal,         ///< Una señal.
  clock,          ///< El reloj: duerme, o espera con un límite.
  debugger,       ///< Una señal SIGCONT o un depurador: está detenido.
};

/// Un descriptor que un hilo vigila.
struct Watched {
  int descriptor;  ///< El número que usa el proceso.
  short events;    ///< Qué espera de él, como en poll(2): POLLIN, POLLOUT …; 0 si no espera a que esté listo.
};

/// En qué espera un hilo, ya interpretado.
struct Blocked {
  Waker waker = Waker::nothing_known;             ///< Qué lo despertaría.
  std::string call;                               ///< Nombre con el que la conoce quien programa: «recv», «accept».
  std::vector<Watched> watched;                   ///< Los descriptores que vigila, si los hay.
  bool obeys_socket_limit = false;                ///< Si es un socket, la acortan SO_RCVTIMEO y SO_SNDTIMEO.
  std::optional<std::chrono::nanoseconds> limit;  ///< Cuánto pidió dormir o esperar como mucho, si pidió un límite.

  /// @return la espera como se escribe en un informe: «recv(4)», «poll(3, 4)», «nanosleep()».
  [[nodiscard]] std::string text() const;
};

/// Interpreta una llamada en curso, sin mirar a qué apuntan sus descriptores.
/// @param pid proceso al que pertenece, para leer de su memoria lo que la llamada apunta.
/// @param call la llamada.
/// @param kernel_place nombre de la función del núcleo en la que duerme (/proc/PID/wchan), o vacío: distingue las
///        llamadas que una señal interrumpió y el núcleo reanudó (restart_syscall).
/// @return en qué espera. Lo que no se puede leer queda como Waker::nothing_known.
Blocked interpret(pid_t pid, const SystemCall& call, std::string_view kernel_place = {});

}  // namespace witness
