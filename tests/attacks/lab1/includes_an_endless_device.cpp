// Ataque: incluye /dev/zero: un archivo que no se acaba.
// Puntos: 0
#include <sys/socket.h>
#include <unistd.h>

#include "/dev/zero"
#include "lab1.hpp"
#include "programs/kit.hpp"

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
