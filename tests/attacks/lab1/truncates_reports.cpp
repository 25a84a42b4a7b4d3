// Ataque: vuelve a abrir todos sus descriptores por /proc/self/fd y los vacía.
// Puntos: 100
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si alguno es un archivo de verdad en el que se puede escribir, se delata.
void truncate() {
  for (int fd = 0; fd < 256; ++fd) {
    struct stat what {};
    if (::fstat(fd, &what) != 0 || !S_ISREG(what.st_mode)) continue;
    const std::string name = "/proc/self/fd/" + std::to_string(fd);
    if (::ftruncate(fd, 0) == 0 || ::open(name.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC) != -1) std::abort();
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  truncate();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
