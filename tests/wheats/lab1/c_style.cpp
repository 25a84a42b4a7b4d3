// Con cabeceras de C, «< 0» en la comparación y la excepción en su propia función.
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>

#include "lab1.hpp"

namespace {

void give_up(const char* call) {
  const int reason = errno;
  throw std::system_error(reason, std::generic_category(), call);
}

}  // namespace

int lab1::create_socket(int domain, int type) {
  int fd;
  if ((fd = socket(domain, type | SOCK_CLOEXEC, 0)) < 0) give_up("socket");
  return fd;
}

void lab1::close_socket(int fd) {
  if (close(fd) != 0) give_up("close");
}
