#include "programs/kit.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace kit {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() noexcept {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

void Descriptor::reset() noexcept {
  if (!is_open()) return;
  const int saved = errno;
  ::close(release());  // close(2): en Linux, aunque falle, el descriptor queda cerrado; repetirla podría cerrar otro
  errno = saved;
}

int check(const char* call, int result) {
  if (result == -1) throw std::system_error{errno, std::generic_category(), call};
  return result;
}

void report_pending(const Step& step) {
  std::fprintf(stderr, "pendiente: TODO(%d) en %s:%d\n", step.number, step.file, step.line);
  std::exit(pending_status);
}

}  // namespace kit
