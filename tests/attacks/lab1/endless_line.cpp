// Ataque: responde con una línea de 3 MiB que no termina, y después con la correcta.
// Puntos: 0
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  std::cout << std::string(3U << 20U, 'x') << std::flush;
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
