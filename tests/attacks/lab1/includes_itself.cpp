// Ataque: se incluye a sí mismo dos veces en cada nivel: 2 elevado a 200.
// Puntos: 0
// Se ve: nested
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

#include __FILE__
#include __FILE__

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
