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
  const int fd = kit::pending(1, domain, type);

  // TODO(2): si socket() falló, lanza std::system_error con errno y el nombre de la llamada. ¿Qué valor indica el
  // fallo?
  kit::pending(2);
  return fd;
}

void close_socket(int fd) {
  // TODO(3): cierra el descriptor con close(), una sola vez. ¿Puede fallar?
  kit::pending(3, fd);
}

}  // namespace lab1
