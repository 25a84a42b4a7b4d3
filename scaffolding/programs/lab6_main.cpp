// El programa del laboratorio 6, un servidor: lab6 PUERTO
#include <stdexcept>

#include "lab6.hpp"
#include "programs/console.hpp"

int main(int argc, char** argv) {
  return kit::run_program([&] {
    if (argc != 2) throw std::invalid_argument{"uso: lab6 PUERTO"};
    return lab6::run_server(kit::to_port(argv[1]));
  });
}
