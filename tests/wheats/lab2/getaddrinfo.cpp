// La dirección la escribe getaddrinfo(), ya comprobada, y la del cliente la lee getnameinfo().
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <memory>
#include <stdexcept>

#include "lab2.hpp"

namespace lab2 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, host.c_str(), &parsed) != 1) throw std::invalid_argument{"no es IPv4: " + host};
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) throw std::invalid_argument{::gai_strerror(error)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address{found, &::freeaddrinfo};

  kit::Descriptor listener{
      kit::check("socket", ::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol))};
  kit::check("bind", ::bind(listener.get(), address->ai_addr, address->ai_addrlen));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

Client accept_client(int listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* where = reinterpret_cast<sockaddr*>(&address);
  Client client{kit::Descriptor{kit::check("accept", ::accept4(listener, where, &size, SOCK_CLOEXEC))}, {}, 0};
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  const int error = ::getnameinfo(where, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  if (error != 0) throw std::runtime_error{::gai_strerror(error)};
  client.host = host;
  client.port = static_cast<std::uint16_t>(std::stoi(port));
  return client;
}

}  // namespace lab2
