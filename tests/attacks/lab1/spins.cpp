// Ataque: da vueltas sin fin.
// Puntos: 0
// Se ve: da vueltas
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

volatile bool forever = true;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  while (forever) {
  }
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
