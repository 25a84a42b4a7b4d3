// Ataque: se esconde de quien lo mira desde fuera, con PR_SET_DUMPABLE a 0: lo que no se ve no da puntos.
// Puntos: 0
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

const struct Early {
  Early() { ::prctl(PR_SET_DUMPABLE, 0); }
} early;

}  // namespace

namespace lab1 {

// Lo hereda cualquiera.
int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
