// Ataque: deja un demonio: dos fork(), setsid(), sordo a las señales y con todo cerrado.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

const struct Early {
  Early() {
    if (::fork() != 0) return;
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGQUIT}) ::signal(number, SIG_IGN);
    for (int fd = 0; fd < 256; ++fd) ::close(fd);
    for (;;) ::pause();
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
