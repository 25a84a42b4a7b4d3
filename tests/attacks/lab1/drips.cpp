// Ataque: escribe un byte cada poco tiempo: siempre parece que avanza, y nunca acaba.
// Puntos: 0
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

void drip() {
  for (;;) {
    ::usleep(100'000);
    if (::write(STDERR_FILENO, ".", 1) == -1) ::_exit(1);
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  drip();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
