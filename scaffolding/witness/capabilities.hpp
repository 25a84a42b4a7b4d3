/// @file
/// Qué deja ver este núcleo a un usuario como el nuestro. Cada capacidad se prueba una vez, y se puede apagar para
/// ensayar el camino alternativo.
#pragma once

#include <string_view>
#include <vector>

namespace witness {

/// Una forma de preguntar al núcleo que puede faltar en algunas máquinas.
enum class Capability {
  pidfd_getfd,       ///< Tomar prestado un descriptor de otro proceso: pidfd_getfd(2), Linux ≥ 5.6.
  thread_syscall,    ///< Ver en qué llamada espera un hilo: /proc/PID/task/TID/syscall, proc(5).
  process_memory,    ///< Leer los argumentos de poll(), select() y nanosleep(): process_vm_readv(2).
  sock_diag,         ///< Preguntar por un socket concreto: sock_diag(7).
  children_file,     ///< Conocer los hijos sin recorrer /proc: /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN).
  user_namespaces,   ///< Crear espacios de nombres sin ser root: user_namespaces(7).
  task_gate,         ///< Hacer que fork() y la creación de hilos fallen cuando se quiera: seccomp_unotify(2).
  mount_namespaces,  ///< Dar a un programa sus propios archivos /etc/hosts: mount_namespaces(7).
  landlock,          ///< Que un programa solo vea los archivos que se le dejen, sin espacios de nombres: landlock(7).
};

/// Lo que se dice de una capacidad a quien pregunta qué le falta a su máquina.
struct CapabilityFacts {
  Capability capability;     ///< La capacidad.
  std::string_view name;     ///< Nombre con el que se apaga: WITNESS_WITHOUT=nombre,nombre.
  std::string_view purpose;  ///< Para qué la usa el kit.
  std::string_view without;  ///< Qué se hace, o qué se pierde, sin ella.
};

/// @return las capacidades que el kit conoce, con lo que significan.
const std::vector<CapabilityFacts>& capabilities();

/// Dice si una capacidad está al alcance. La primera pregunta hace la prueba de verdad, con un proceso propio.
/// @param capability la capacidad.
/// @return `true` si funciona aquí y nadie la ha apagado, con Without o con la variable WITNESS_WITHOUT.
bool available(Capability capability);

/// Apaga una capacidad mientras vive: así se ensaya el camino alternativo en una máquina que la tiene.
class Without {
public:
  /// @param capability la que se apaga.
  explicit Without(Capability capability);
  Without(const Without&) = delete;
  Without& operator=(const Without&) = delete;
  ~Without();

private:
  Capability capability_;
  bool was_off_;
};

}  // namespace witness
