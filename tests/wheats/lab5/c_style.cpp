// Sin dueños ni kit::check(): int, close() en cada camino, read() y un búfer pequeño.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "lab5.hpp"
#include "programs/conversation.hpp"

namespace lab5 {
namespace {

void close_and_throw(int fd, const char* call) {
  int error = errno;
  if (fd >= 0) close(fd);
  throw std::system_error(error, std::generic_category(), call);
}

}  // namespace

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (!inet_aton(host.c_str(), &address.sin_addr)) throw std::invalid_argument("no es una dirección: " + host);
  int fd = socket(PF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) close_and_throw(fd, "socket");
  int on = 7;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (char*)&on, sizeof(on)) < 0) close_and_throw(fd, "setsockopt");
  if (bind(fd, (struct sockaddr*)&address, sizeof(address)) < 0) close_and_throw(fd, "bind");
  if (listen(fd, backlog) < 0) close_and_throw(fd, "listen");
  return kit::Descriptor{fd};
}

void close_in_order(kit::Descriptor connection) {
  int fd = connection.release();
  char byte;
  ssize_t count;
  if (shutdown(fd, SHUT_WR) < 0) close_and_throw(fd, "shutdown");
  while ((count = read(fd, &byte, 1)) != 0) {
    if (count < 0 && errno != EINTR) close_and_throw(fd, "recv");
  }
  close(fd);
}

void serve_and_close(kit::Descriptor connection) {
  kit::serve_client(connection.get());
  try {
    close_in_order(std::move(connection));
  } catch (const std::exception& error) {
    fprintf(stderr, "%s\n", error.what());
  }
}

}  // namespace lab5
