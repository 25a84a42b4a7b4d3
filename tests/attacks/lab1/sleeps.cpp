// Ataque: duerme un millón de segundos.
// Puntos: 0
// Se ve: duerme
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  ::sleep(1'000'000);
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
