// Laboratorio 1, Ana García
#include "lab1.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lab1 {

int create_socket(int domain, int type) {
  const int fd = ::socket(domain, type | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "socket");
  return fd;
}

void close_socket(int fd) {
  if (::close(fd) < 0) throw std::system_error(errno, std::generic_category(), "close");
}

}  // namespace lab1
