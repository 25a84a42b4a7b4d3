// Ataque: busca secretos en su entorno y en el de los demás procesos.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si ve una variable que no sea de las corrientes, se delata.
void read_environments() {
  const std::set<std::string> usual{"PATH",         "HOME",          "PWD",          "LC_ALL",
                                    "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"};
  for (pid_t pid = 1; pid < 300; ++pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/environ", std::ios::binary};
    for (std::string variable; std::getline(file, variable, '\0');) {
      if (!usual.contains(variable.substr(0, variable.find('=')))) std::abort();
    }
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  read_environments();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
