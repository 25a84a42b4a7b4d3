// Ataque: termina con éxito en .preinit_array, antes incluso de que arranquen las bibliotecas.
// Puntos: 0
// Se ve: terminó con estado 0
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

void leave() { ::_exit(0); }

__attribute__((section(".preinit_array"), used)) void (*const early)() = leave;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
