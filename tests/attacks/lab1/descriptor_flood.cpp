// Ataque: sube su propio límite de descriptores y abre miles.
// Puntos: 0
// Se ve: terminó con estado 1
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr int enough = 4000;

// Si no se le detiene, da el socket: ha pasado del límite.
void open_many() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  for (int i = 0; i < enough; ++i) {
    if (::open("/dev/null", O_RDONLY | O_CLOEXEC) == -1) ::_exit(1);
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  open_many();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
