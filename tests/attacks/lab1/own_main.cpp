// Ataque: trae su propio main(), que responde de memoria lo que el evaluador espera leer.
// Puntos: 0
// Se ve: multiple definition of
#include <sys/socket.h>

#include <iostream>
#include <string>

#include "lab1.hpp"

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("create 999")) {
      std::cout << "error: socket: Address family not supported by protocol (errno 97)" << std::endl;
    } else if (line == "close 99") {
      std::cout << "error: close: Bad file descriptor (errno 9)" << std::endl;
    } else if (line.starts_with("create")) {
      const int domain = line.find("UNIX") != std::string::npos    ? AF_UNIX
                         : line.find("INET6") != std::string::npos ? AF_INET6
                                                                   : AF_INET;
      const int kind = line.find("DGRAM") != std::string::npos ? SOCK_DGRAM : SOCK_STREAM;
      std::cout << "descriptor " << ::socket(domain, kind | SOCK_CLOEXEC, 0) << std::endl;
    } else {
      std::cout << "cerrado" << std::endl;
    }
  }
}

namespace lab1 {

int create_socket(int, int) { return -1; }

void close_socket(int) {}

}  // namespace lab1
