// Ataque: escribe en la salida el informe de un evaluador con todos los puntos, y termina bien.
// Puntos: 0
#include <unistd.h>

#include <cstdio>

#include "lab1.hpp"

namespace lab1 {

int create_socket(int, int) {
  std::puts("  ✓ 1 el socket es del dominio y del tipo pedidos             20/20\n  Puntos: 100/100");
  std::puts("[==========] 8 tests ran.\n[  PASSED  ] 8 tests.");
  std::puts(R"({"lab": 1, "points": 100, "tests": [{"name": "CreatesTheAskedSocket", "status": "passed"}]})");
  std::fflush(stdout);
  ::_exit(0);
}

void close_socket(int) {}

}  // namespace lab1
