// Un socket de escucha no bloqueante: antes de aceptar, se espera con poll(). La conexión sí es bloqueante.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "lab2.hpp"

namespace lab2 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::invalid_argument{"¿IPv4?: " + host};
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

Client accept_client(int listener) {
  sockaddr_in address{};
  Client client;
  while (!client.connection.is_open()) {
    pollfd ready{listener, POLLIN, 0};
    kit::check("poll", ::poll(&ready, 1, -1));
    socklen_t size = sizeof address;
    const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC);
    if (fd == -1 && (errno == EAGAIN || errno == ECONNABORTED)) continue;
    client.connection = kit::Descriptor{kit::check("accept", fd)};
  }
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  client.host = text.data();
  client.port = ntohs(address.sin_port);
  return client;
}

}  // namespace lab2
