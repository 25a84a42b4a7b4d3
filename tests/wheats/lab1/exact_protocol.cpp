// El protocolo se dice por su nombre cuando lo hay: es el mismo que elegiría un 0.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "lab1.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  int protocol = 0;
  if (domain == AF_INET || domain == AF_INET6) protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  const int fd = ::socket(domain, type | SOCK_CLOEXEC, protocol);
  switch (fd) {
    case -1:
      throw std::system_error{std::error_code{errno, std::generic_category()}, "socket"};
    default:
      return fd;
  }
}

void close_socket(int fd) {
  errno = 0;
  ::close(fd);
  if (errno != 0) throw std::system_error{errno, std::generic_category(), "close"};
}

}  // namespace lab1
