/// @file
/// Los procesos e hilos de un programa, según /proc (proc(5)).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "witness/system_calls.hpp"

namespace witness {

/// Un hilo en el instante en que se miró.
struct Thread {
  pid_t tid = 0;               ///< Identificador del hilo.
  char state = '?';            ///< Estado: R, S, D, T, Z … (proc(5)).
  std::uint64_t switches = 0;  ///< Cambios de contexto: si no cambia, el hilo no ha corrido.
  Blocked blocked;             ///< En qué espera.
};

/// Un proceso en el instante en que se miró.
struct Process {
  pid_t pid = 0;                    ///< Identificador.
  pid_t parent = 0;                 ///< Su padre.
  bool zombie = false;              ///< Ha terminado y nadie ha recogido su estado.
  std::uint64_t resident = 0;       ///< Memoria residente, en bytes.
  std::uint64_t address_space = 0;  ///< Espacio de direcciones, en bytes.
  bool catches_alarm = false;       ///< Tiene un manejador de SIGALRM: puede haber pedido alarm(2) o setitimer(2).
  std::vector<Thread> threads;      ///< Sus hilos; vacío en un zombi.
};

/// Todos los descendientes de un proceso, sin él. Los que se desligan (doble fork, setsid) siguen siéndolo si
/// `ancestor` es subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).
/// @param ancestor el proceso del que descienden.
/// @return los identificadores, los padres antes que sus hijos; vacío si no hay.
std::vector<pid_t> descendants(pid_t ancestor);

/// Mira un proceso.
/// @param pid el proceso.
/// @param process dónde dejar lo visto.
/// @return `false` si ya no existe.
bool look_at(pid_t pid, Process& process);

/// Mira un programa entero.
/// @param ancestor proceso del que desciende todo el programa.
/// @return sus procesos, zombis incluidos.
std::vector<Process> look_at_program(pid_t ancestor);

/// Prueba que un programa no se ha movido desde que se le miró: son los mismos procesos e hilos, y todos han dormido
/// sin interrupción. Que /proc/PID/task/TID/syscall diga la llamada demuestra que el hilo está fuera del procesador,
/// porque el núcleo espera a que lo deje antes de responder: el estado «S» solo dice que va a dormirse. Como look_at()
/// lee los cambios de contexto antes que la llamada, y aquí se leen después, si no cambian no ha corrido entre las dos
/// lecturas.
/// @param ancestor proceso del que desciende todo el programa.
/// @param seen lo que devolvió look_at_program().
/// @return `true` si hubo un instante, entre las dos miradas, en el que todos dormían a la vez en lo que se vio.
bool still_asleep(pid_t ancestor, const std::vector<Process>& seen);

/// Lo que un proceso ha escrito en archivos, y los hijos cuyo estado ya recogió.
/// @param pid el proceso.
/// @return los bytes, sin contar los de un sistema de archivos en memoria; cero si no se sabe. Véase proc(5),
/// /proc/PID/io.
std::uint64_t written_to_files(pid_t pid);

/// Tiempo de procesador gastado por un proceso, sumados sus hilos, también los que terminaron.
/// @param pid el proceso.
/// @return el tiempo; cero si ya no existe. Véase clock_getcpuclockid(3).
std::chrono::nanoseconds cpu_time(pid_t pid);

}  // namespace witness
