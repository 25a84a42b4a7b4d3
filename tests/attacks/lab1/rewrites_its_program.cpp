// Ataque: sustituye su propio ejecutable, para que las pruebas siguientes ejecuten otra cosa.
// Puntos: 100
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si lo consigue, se delata.
void rewrite() {
  std::array<char, 4096> path{};
  if (::readlink("/proc/self/exe", path.data(), path.size() - 1) == -1) return;
  if (::chmod(path.data(), 0777) == 0 && ::access(path.data(), W_OK) == 0) std::abort();
  if (::open("/proc/self/exe", O_RDWR | O_CLOEXEC) != -1 || ::unlink(path.data()) == 0) std::abort();
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  rewrite();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
