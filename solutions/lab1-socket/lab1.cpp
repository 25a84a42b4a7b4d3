// Laboratorio 1: crear un socket, contar sus errores y cerrarlo.
// La guía es GUIA.md, en esta misma carpeta. Para comprobar lo que llevas: make lab1
#include "lab1.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "programs/kit.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  // TODO(1): pide un socket con socket(). ¿Qué va en el tercer argumento para el protocolo por defecto? ¿Y cómo se dice
  // que no lo hereden otros programas?
  const int fd = ::socket(domain, type | SOCK_CLOEXEC, 0);

  // TODO(2): si socket() falló, lanza std::system_error con errno y el nombre de la llamada. ¿Qué valor indica el
  // fallo?
  if (fd == -1) throw std::system_error{errno, std::generic_category(), "socket"};
  return fd;
}

void close_socket(int fd) {
  // TODO(3): cierra el descriptor con close(), una sola vez. ¿Puede fallar?
  if (::close(fd) == -1) throw std::system_error{errno, std::generic_category(), "close"};
}

}  // namespace lab1
