// accept() a secas, FD_CLOEXEC con fcntl(), htons() escrita a mano e inet_ntoa().
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

#include "lab2.hpp"

namespace lab2 {
namespace {

kit::Descriptor not_inherited(int fd) {
  kit::Descriptor owner{fd};
  kit::check("fcntl", ::fcntl(fd, F_SETFD, FD_CLOEXEC));
  return owner;
}

}  // namespace

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  kit::Descriptor listener = not_inherited(kit::check("socket", ::socket(PF_INET, SOCK_STREAM, 0)));
  sockaddr_in address = {};
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr.s_addr) == 0)
    throw std::invalid_argument{host + " no es una dirección"};
  address.sin_family = AF_INET;
  address.sin_port = static_cast<in_port_t>(port >> 8 | (port & 0xff) << 8);
  if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) address.sin_port = port;
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sockaddr_in)));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

Client accept_client(int listener) {
  Client client;
  sockaddr_in address{};
  socklen_t size = sizeof address;
  client.connection =
      not_inherited(kit::check("accept", ::accept(listener, reinterpret_cast<sockaddr*>(&address), &size)));
  client.host = ::inet_ntoa(address.sin_addr);
  client.port = ntohs(address.sin_port);
  return client;
}

}  // namespace lab2
