// Ataque: mete en el programa el texto de las pruebas con .incbin.
// Puntos: 0
// Se ve: lab1_test.cpp
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

asm(".section .rodata\nstolen: .incbin \"../tests/lab1_test.cpp\"\n.previous");

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
