// Con SO_REUSEADDR, que es del laboratorio 5 y aquí no estorba, y las llamadas anotadas en la salida de errores.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <iostream>
#include <stdexcept>

#include "lab2.hpp"

namespace lab2 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  if (::inet_pton(AF_INET, host.data(), &address.sin_addr) != 1) throw std::invalid_argument{host};
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  const int yes = 1;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  std::cerr << "escucha en " << host << ':' << port << '\n';
  return listener;
}

Client accept_client(int listener) {
  std::cerr << "accept(" << listener << ")\n";
  sockaddr_in address{};
  socklen_t size = sizeof address;
  Client client;
  client.connection = kit::Descriptor{
      kit::check("accept", ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC))};
  const auto* bytes = reinterpret_cast<const unsigned char*>(&address.sin_addr);
  for (int i = 0; i < 4; ++i) client.host += (i == 0 ? "" : ".") + std::to_string(bytes[i]);
  client.port = ntohs(address.sin_port);
  std::cerr << "cliente " << client.host << ':' << client.port << '\n';
  return client;
}

}  // namespace lab2
