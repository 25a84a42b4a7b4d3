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
  pid_t pid = 0;                   ///< Identificador.
  pid_t parent = 0;                ///< Su padre.
  bool zombie = false;             ///< Ha terminado y nadie ha recogido su estado.
  std::uint64_t resident = 0;      ///< Memoria residente, en bytes.
  std::uint64_t address_space = 0; ///< Espacio de direcciones, en bytes.
  std::vector<Thread> threads;     ///< Sus hilos; vacío en un zombi.
};

/// Todos los descendientes de un proceso, sin él. Los que se desligan (doble fork, setsid) siguen siéndolo si `ancestor`
/// es subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).
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

/// Tiempo de procesador gastado por un proceso, sumados sus hilos, también los que terminaron.
/// @param pid el proceso.
/// @return el tiempo; cero si ya no existe. Véase clock_getcpuclockid(3).
std::chrono::nanoseconds cpu_time(pid_t pid);

}  // namespace witness
