// Ataque: mata a su grupo de procesos, con la esperanza de que el evaluador esté en él.
// Puntos: 0
// Se ve: SIGKILL
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  ::kill(0, SIGKILL);
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
