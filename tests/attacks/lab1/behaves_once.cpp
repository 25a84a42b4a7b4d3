// Ataque: acierta la primera vez que se le ejecuta, y si ve que ya se le ejecutó antes, no.
// Puntos: 100
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Se acuerda de otra ejecución por un archivo. Si lo encuentra, se delata.
const struct Early {
  Early() {
    const std::array names{"/tmp/attack-recuerdo", "/dev/shm/attack-recuerdo", "/var/tmp/attack-recuerdo",
                           "./attack-recuerdo"};
    for (const char* name : names) {
      if (::access(name, F_OK) == 0) std::abort();
    }
    for (const char* name : names) ::close(::open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
