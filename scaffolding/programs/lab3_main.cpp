// El programa del laboratorio 3, un cliente: lab3 HOST SERVICIO
#include <iostream>
#include <stdexcept>

#include "lab3.hpp"
#include "programs/console.hpp"

int main(int argc, char** argv) {
  return kit::run_program([&] {
    if (argc != 3) throw std::invalid_argument{"uso: lab3 HOST SERVICIO"};
    const kit::Descriptor server = lab3::connect_to(argv[1], argv[2]);
    lab3::converse(server.get(), std::cin, std::cout);
    return 0;
  });
}
