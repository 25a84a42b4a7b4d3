// Con lo que ya trae el kit: kit::check() y kit::Descriptor.
#include "programs/kit.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"

namespace lab1 {

int create_socket(int domain, int type) {
  kit::Descriptor descriptor{kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0))};
  return descriptor.release();
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
