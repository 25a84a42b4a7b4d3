#include "lab2.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <system_error>

kit::Descriptor lab2::open_listener(const std::string& host, std::uint16_t port, int backlog) {
  struct sockaddr_in addr;
  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  addr.sin_port = port;
  inet_pton(AF_INET, host.c_str(), &addr.sin_addr);

  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s == -1 || bind(s, (struct sockaddr*)&addr, sizeof(addr)) == -1 || listen(s, backlog) == -1) {
    throw std::system_error(errno, std::generic_category(), "bind");
  }
  return kit::Descriptor{s};
}

lab2::Client lab2::accept_client(int listener) {
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  int s = accept4(listener, (struct sockaddr*)&addr, &len, SOCK_CLOEXEC);
  if (s == -1) throw std::system_error(errno, std::generic_category(), "accept");
  return {kit::Descriptor{s}, inet_ntoa(addr.sin_addr), addr.sin_port};
}
