// Ataque: una plantilla que pide dos más en cada nivel: el compilador no acabaría nunca.
// Puntos: 0
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

template <int Depth, unsigned long Path>
struct Bomb {
  static constexpr unsigned long value = Bomb<Depth - 1, Path * 2>::value + Bomb<Depth - 1, Path * 2 + 1>::value;
};

template <unsigned long Path>
struct Bomb<0, Path> {
  static constexpr unsigned long value = Path;
};

static_assert(Bomb<60, 1>::value != 0);

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
