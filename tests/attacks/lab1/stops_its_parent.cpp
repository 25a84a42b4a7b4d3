// Ataque: detiene con SIGSTOP a su padre y a todos los procesos que ve.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// El padre es de la jaula: no le alcanza. Si se ven muchos más procesos no hay jaula: se delata sin tocarlos.
void stop_others() {
  int others = 0;
  for (pid_t pid = 1; pid < 300; ++pid) others += pid != ::getpid() && ::kill(pid, 0) == 0 ? 1 : 0;
  if (others > 8) std::abort();
  ::kill(::getppid(), SIGSTOP);
  for (pid_t pid = 1; pid < 300; ++pid) {
    if (pid != ::getpid()) ::kill(pid, SIGSTOP);
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  stop_others();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
