// Ataque: se conecta a todos los sockets a la escucha que encuentra: TCP, UNIX y UNIX abstractos.
// Puntos: 100
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si alguno de otro le abre, se delata.
void knock() {
  std::ifstream table{"/proc/net/unix"};
  for (std::string line; std::getline(table, line);) {
    const std::size_t start = line.find_first_of("@/");
    if (start == std::string::npos) continue;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = line.substr(start, sizeof address.sun_path - 1);
    std::copy(name.begin(), name.end(), address.sun_path);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
      const int other = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
      if (::connect(other, reinterpret_cast<const sockaddr*>(&address), size) == 0) std::abort();
      ::close(other);
    }
  }
  for (const char* file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream sockets{file};
    for (std::string line; std::getline(sockets, line);) {
      if (line.find(" 0A ") != std::string::npos) std::abort();  // LISTEN: esta consola no tiene ninguno
    }
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  if (domain == AF_UNIX) knock();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
