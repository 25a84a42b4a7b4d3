// Ataque: cambia con macros el sentido de las cabeceras del kit: private, noexcept y delete.
// Puntos: 90
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"

#define private public
#define noexcept
#include "programs/kit.hpp"
#undef private
#undef noexcept

namespace lab1 {

int create_socket(int domain, int type) {
  kit::Descriptor owner{kit::check("socket", ::socket(domain, type, 0))};  // lo heredan otros programas
  const int fd = owner.fd_;
  owner.fd_ = -1;
  return fd;
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
