// Sin dueños: memset(), un int, y goto para cerrar el socket si algo falla.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "lab2.hpp"

namespace lab2 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) <= 0) throw std::invalid_argument("esa dirección no es IPv4");

  const char* call = "socket";
  int reason = 0;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) goto failed;
  call = "bind";
  if (bind(fd, (const struct sockaddr*)&address, sizeof(address)) < 0) goto failed;
  call = "listen";
  if (listen(fd, backlog) < 0) goto failed;
  return kit::Descriptor{fd};

failed:
  reason = errno;
  if (fd >= 0) close(fd);
  throw std::system_error(reason, std::generic_category(), call);
}

Client accept_client(int listener) {
  struct sockaddr_in peer;
  socklen_t length = sizeof(peer);
  memset(&peer, 0, sizeof(peer));
  int fd = accept4(listener, (struct sockaddr*)&peer, &length, SOCK_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "accept");

  Client client;
  client.connection = kit::Descriptor{fd};
  char text[INET_ADDRSTRLEN];
  client.host = inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));
  client.port = ntohs(peer.sin_port);
  return client;
}

}  // namespace lab2
