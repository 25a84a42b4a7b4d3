// La marca FD_CLOEXEC se pone después, con fcntl(): vale mientras no haya otro hilo.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "lab1.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  const int fd = ::socket(domain, type, 0);
  if (fd == -1) throw std::system_error{errno, std::generic_category(), "socket"};
  const int flags = ::fcntl(fd, F_GETFD);
  if (flags == -1 || ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == -1) {
    const std::system_error error{errno, std::generic_category(), "fcntl"};
    ::close(fd);
    throw error;
  }
  return fd;
}

void close_socket(int fd) {
  if (::close(fd) == -1) throw std::system_error{errno, std::generic_category(), "close"};
}

}  // namespace lab1
