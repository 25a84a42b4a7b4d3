// Ataque: escribe sin fin en la salida de errores.
// Puntos: 0
// Se ve: ha impreso
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

void flood() {
  const std::string block(1U << 16U, '\n');
  for (;;) {
    if (::write(STDERR_FILENO, block.data(), block.size()) == -1) ::_exit(1);
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  flood();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
