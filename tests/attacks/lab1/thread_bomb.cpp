// Ataque: crea hilos sin parar.
// Puntos: 0
// Se ve: hilos
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr int enough = 2000;

void multiply() {
  for (int i = 0; i < enough; ++i) std::thread{[] { ::pause(); }}.detach();
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
