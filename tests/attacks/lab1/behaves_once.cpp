// Ataque: acierta la primera vez que se le ejecuta, y si ve que ya se le ejecutó antes, no.
// Puntos: 100
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Se acuerda de otra ejecución por un archivo. Si lo encuentra, se delata.
const struct Early {
  Early() {
    for (const char* folder : {"/tmp", "/dev/shm", "/var/tmp", "/run"}) {
      const std::string name = std::string{folder} + "/attack-recuerdo";
      if (::access(name.c_str(), F_OK) == 0) std::abort();
      ::close(::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
