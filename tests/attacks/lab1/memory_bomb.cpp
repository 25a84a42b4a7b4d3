// Ataque: ocupa memoria sin parar.
// Puntos: 0
// Se ve: memoria
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr std::size_t block = 64U << 20U;
constexpr int enough = 48;

void swell() {
  for (int i = 0; i < enough; ++i) {
    void* memory = ::mmap(nullptr, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) ::pause();
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  swell();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
