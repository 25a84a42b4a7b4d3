// Laboratorio 2, Ana García
#include "lab2.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace lab2 {

namespace {

[[noreturn]] void fail(const char* call) { throw std::system_error(errno, std::generic_category(), call); }

}  // namespace

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &local.sin_addr) != 1) {
    throw std::invalid_argument("no es una dirección IPv4: " + host);
  }

  kit::Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (listener.get() < 0) fail("socket");
  const auto* generic = reinterpret_cast<const sockaddr*>(&local);
  if (::bind(listener.get(), generic, sizeof local) < 0) fail("bind");
  if (::listen(listener.get(), backlog) < 0) fail("listen");
  return listener;
}

Client accept_client(int listener) {
  sockaddr_in remote{};
  socklen_t size = sizeof remote;
  const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&remote), &size, SOCK_CLOEXEC);
  if (fd < 0) fail("accept");

  Client client;
  client.connection = kit::Descriptor{fd};
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &remote.sin_addr, text, sizeof text);
  client.host = text;
  client.port = ntohs(remote.sin_port);
  return client;
}

}  // namespace lab2
