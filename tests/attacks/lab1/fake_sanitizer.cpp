// Ataque: imita un informe de AddressSanitizer y termina con su estado, 86, en la función que no hizo.
// Puntos: 70
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int) {
  std::fputs("==1==LeakSanitizer has encountered a fatal error.\n==1==HINT: LeakSanitizer does not work\n", stderr);
  ::_exit(86);
}

}  // namespace lab1
