// Ataque: se reproduce sin parar, y cada hijo también.
// Puntos: 0
// Se ve: procesos
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si nadie lo detiene, se detiene aquí: basta para ver que no hay límite.
constexpr int enough = 600;

void multiply() {
  void* page = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& born = *new (page) std::atomic<int>{0};
  while (born < enough) {
    if (::fork() != -1) ++born;
  }
  ::pause();
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  multiply();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
