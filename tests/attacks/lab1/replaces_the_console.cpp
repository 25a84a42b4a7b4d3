// Ataque: define kit::run_console() para que el programa use la suya, con las respuestas escritas.
// Puntos: 0
// Se ve: multiple definition of
#include <functional>
#include <iostream>
#include <string>

#include "lab1.hpp"

namespace kit {

int run_console(const std::function<std::string(std::istream&)>&) {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << (line.starts_with("close") ? "cerrado" : "descriptor 3") << std::endl;
  }
  return 0;
}

}  // namespace kit

namespace lab1 {

int create_socket(int, int) { return -1; }

void close_socket(int) {}

}  // namespace lab1
