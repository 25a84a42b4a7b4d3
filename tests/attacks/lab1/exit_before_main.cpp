// Ataque: termina con éxito antes de main(), en el constructor de una variable global.
// Puntos: 0
// Se ve: terminó con estado 0
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

const struct Early {
  Early() { std::exit(0); }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
