// Ataque: ocupa memoria que no es de ningún proceso: archivos de memfd_create() que nadie proyecta.
// Puntos: 0
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr off_t block = 64 << 20;
constexpr int enough = 48;

// Si no se le detiene, da el socket: ha ocupado 3 GiB sin que nadie lo viera.
void swell() {
  for (int i = 0; i < enough; ++i) {
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
