// Ataque: ocupa en cada llamada 384 MiB que no son de ningún proceso (memfd_create), y por lo demás acierta.
// Puntos: 0
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr off_t block = 48 << 20;
constexpr int blocks = 8;
constexpr int enough = 64;

// Si nadie lo detiene, obtiene los puntos: ocupa hasta 3 GiB sin que se vea.
void swell() {
  static int made = 0;
  for (int i = 0; i < blocks && made < enough; ++i, ++made) {
    const int file = ::memfd_create("sin-dueño", MFD_CLOEXEC);
    if (file == -1 || ::posix_fallocate(file, 0, block) != 0) ::_exit(1);
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  swell();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
