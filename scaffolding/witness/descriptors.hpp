/// @file
/// Los descriptores de otro proceso, y lo que el núcleo dice de ellos.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "programs/kit.hpp"
#include "witness/sockets.hpp"

namespace witness {

/// Un descriptor abierto en otro proceso.
struct OpenDescriptor {
  int number = -1;              ///< El número que usa el proceso.
  std::string target;           ///< A qué apunta: «socket:[123]», «pipe:[45]», una ruta …
  std::optional<ino_t> socket;  ///< Nodo-i, si es un socket.
  bool close_on_exec = false;   ///< Se cierra al ejecutar otro programa (FD_CLOEXEC).
  bool nonblocking = false;     ///< Sus llamadas fallan en vez de esperar (O_NONBLOCK).
};

/// Los descriptores abiertos de un proceso.
/// @param pid el proceso.
/// @return los descriptores, por número; vacío si el proceso ha terminado o es de otro usuario.
std::vector<OpenDescriptor> open_descriptors(pid_t pid);

/// A qué apunta un descriptor de otro proceso.
/// @param pid el proceso.
/// @param descriptor el número que usa el proceso.
/// @return «socket:[123]», «anon_inode:[timerfd]», una ruta …; vacío si no está abierto. Véase proc(5), /proc/PID/fd.
std::string descriptor_target(pid_t pid, int descriptor);

/// Lo que el núcleo cuenta de un descriptor de otro proceso.
/// @param pid el proceso.
/// @param descriptor el número que usa el proceso.
/// @return el texto de /proc/PID/fdinfo (proc(5)); vacío si no está abierto.
std::string descriptor_info(pid_t pid, int descriptor);

/// El nodo-i de un socket de otro proceso.
/// @param pid el proceso.
/// @param descriptor el número que usa el proceso.
/// @return el nodo-i, o nada si el descriptor no está abierto o no es un socket.
std::optional<ino_t> socket_inode(pid_t pid, int descriptor);

/// Toma prestado un descriptor de otro proceso: el mismo archivo abierto, con otro número, aquí. Mientras dura el
/// préstamo, un close() del otro proceso no llega a cerrar el archivo: que sea breve, y con el proceso dormido.
/// @param pid el proceso.
/// @param descriptor el número que usa el proceso.
/// @return el préstamo; vacío si no hay pidfd_getfd(2), o no hay tal descriptor.
kit::Descriptor borrow(pid_t pid, int descriptor);

/// Qué clase de socket es un descriptor.
struct SocketKind {
  int domain = -1;              ///< AF_INET …; -1 si no se sabe.
  int type = -1;                ///< SOCK_STREAM …; -1 si no se sabe.
  std::optional<int> protocol;  ///< IPPROTO_TCP …, si se sabe.
  /// Iguales en todo.
  /// @param other la otra.
  /// @return `true` si lo son.
  bool operator==(const SocketKind& other) const = default;
};

/// Pregunta al núcleo el dominio, el tipo y el protocolo de un socket de otro proceso: con getsockopt(2) sobre el
/// descriptor prestado o, sin pidfd_getfd, con el atributo system.sockprotoname (xattr(7)), que no dice el protocolo de
/// los sockets en bruto (SOCK_RAW).
/// @param pid el proceso.
/// @param descriptor el número que usa el proceso.
/// @return la clase, o nada si no es un socket.
std::optional<SocketKind> socket_kind(pid_t pid, int descriptor);

/// Lee una opción entera de un socket de otro proceso.
/// @param pid el proceso.
/// @param descriptor el número que usa el proceso.
/// @param level nivel, como en getsockopt(2).
/// @param option opción, como en getsockopt(2).
/// @return el valor, o nada si no hay pidfd_getfd o el descriptor no es un socket.
std::optional<int> socket_option(pid_t pid, int descriptor, int level, int option);

/// Longitud de la cola de conexiones pendientes que el programa pidió en listen(2).
/// @param pid el proceso.
/// @param descriptor el socket de escucha.
/// @param listener el mismo socket, según listening_tcp() o find_tcp().
/// @return el backlog, por sock_diag o por TCP_INFO; nada si no hay forma de saberlo.
std::optional<unsigned> backlog(pid_t pid, int descriptor, const Socket& listener);

}  // namespace witness
