// Ataque: roba con pidfd_getfd() los sockets del evaluador y los de cuantos procesos ve.
// Puntos: 100
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

#include "lab2.hpp"

namespace {

// Si consigue alguno, se delata.
const struct Early {
  Early() {
    for (pid_t pid = 1; pid < 300; ++pid) {
      if (pid == ::getpid()) continue;
      const auto other = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
      for (int fd = 0; other != -1 && fd < 64; ++fd) {
        if (::syscall(SYS_pidfd_getfd, other, fd, 0) != -1) std::abort();
      }
      ::close(other);
    }
  }
} early;

}  // namespace

namespace lab2 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::invalid_argument{"no es una dirección"};
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

Client accept_client(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  Client client;
  client.connection = kit::Descriptor{
      kit::check("accept", ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC))};
  std::array<char, INET_ADDRSTRLEN> text{};
  client.host = ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  client.port = ntohs(address.sin_port);
  return client;
}

}  // namespace lab2
