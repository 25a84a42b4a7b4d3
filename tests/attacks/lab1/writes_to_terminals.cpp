// Ataque: escribe en las terminales de la máquina, y les mete órdenes con TIOCSTI.
// Puntos: 100
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si alguna le escucha, se delata.
void write_to_all() {
  std::vector<std::string> names{"/dev/tty", "/dev/console", "/dev/tty0", "/dev/tty1"};
  for (int i = 0; i < 32; ++i) names.push_back("/dev/pts/" + std::to_string(i));
  for (const std::string& name : names) {
    const int terminal = ::open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal != -1) std::abort();
  }
  for (int fd = 0; fd < 3; ++fd) {
    char order = '\n';
    if (::ioctl(fd, TIOCSTI, &order) == 0) std::abort();
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  write_to_all();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
