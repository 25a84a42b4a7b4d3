// Ataque: crea procesos que no son hijos suyos, sino de su padre (CLONE_PARENT), para que nadie los asocie con él.
// Puntos: 100
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

const struct Early {
  Early() {
    for (int i = 0; i < 3; ++i) {
      if (::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr) != 0) continue;
      for (int fd = 0; fd < 256; ++fd) ::close(fd);
      for (;;) ::pause();
    }
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
