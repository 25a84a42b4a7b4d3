// Ataque: se hace pasar por un esqueleto sin empezar: el aviso de paso pendiente y su estado, 78.
// Puntos: 0
#include <cstdio>
#include <cstdlib>

#include "lab1.hpp"

namespace lab1 {

int create_socket(int, int) {
  std::fputs("pendiente: TODO(1) en ../../../tests/lab1_test.cpp:1\n", stderr);
  std::exit(78);
}

void close_socket(int) {}

}  // namespace lab1
