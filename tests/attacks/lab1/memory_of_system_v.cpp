// Ataque: ocupa memoria compartida de System V, de la que se desliga nada más llenarla.
// Puntos: 0
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr std::size_t block = 64U << 20U;
constexpr int enough = 48;

void swell() {
  for (int i = 0; i < enough; ++i) {
    const int segment = ::shmget(IPC_PRIVATE, block, IPC_CREAT | 0600);
    void* memory = ::shmat(segment, nullptr, 0);
    if (segment == -1 || memory == reinterpret_cast<void*>(-1)) ::_exit(1);
    std::memset(memory, 1, block);
    ::shmdt(memory);
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
