// Cuenta lo que hace en la salida de errores, y guarda errno antes de escribir nada.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <system_error>

#include "lab1.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  std::clog << "create_socket(" << domain << ", " << type << ")\n";
  const int fd = ::socket(domain, type | SOCK_CLOEXEC, 0);
  const int reason = errno;
  std::cerr << "socket() = " << fd << std::endl;
  if (fd == -1) throw std::system_error{reason, std::generic_category(), "socket"};
  return fd;
}

void close_socket(int fd) {
  const int result = ::close(fd);
  const int reason = errno;
  std::cerr << "close(" << fd << ") = " << result << std::endl;
  if (result == -1) throw std::system_error{reason, std::generic_category(), "close"};
}

}  // namespace lab1
