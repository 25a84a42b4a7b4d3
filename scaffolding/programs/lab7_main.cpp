// El programa del laboratorio 7, un servidor de dos formas: lab7 procesos PUERTO, o lab7 hilos PUERTO. Al terminar dice
// cuántos clientes ha atendido.
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "lab7.hpp"
#include "programs/console.hpp"

int main(int argc, char** argv) {
  return kit::run_program([&] {
    const std::string_view variant = argc == 3 ? argv[1] : "";
    if (variant != "procesos" && variant != "hilos") throw std::invalid_argument{"uso: lab7 procesos|hilos PUERTO"};
    const std::uint16_t port = kit::to_port(argv[2]);
    const long served = variant == "procesos" ? lab7::run_process_server(port) : lab7::run_thread_server(port);
    std::cout << "clientes atendidos: " << served << std::endl;
    return 0;
  });
}
