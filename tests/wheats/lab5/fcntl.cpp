// FD_CLOEXEC con fcntl(), la opción puesta otra vez tras listen(), y la conexión cerrada a mano con reset().
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "lab5.hpp"
#include "programs/conversation.hpp"

namespace lab5 {
namespace {

void make_reusable(const kit::Descriptor& socket) {
  constexpr int yes = 1;
  kit::check("setsockopt", ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(int)));
}

}  // namespace

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::invalid_argument{"no es una dirección IPv4: " + host};
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM, 0))};
  kit::check("fcntl", ::fcntl(listener.get(), F_SETFD, FD_CLOEXEC));
  make_reusable(listener);
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  make_reusable(listener);
  return listener;
}

void close_in_order(kit::Descriptor connection) {
  kit::check("shutdown", ::shutdown(connection.get(), SHUT_WR));
  std::vector<char> discarded(1 << 20);
  while (true) {
    const ssize_t count = ::read(connection.get(), discarded.data(), discarded.size());
    if (count > 0 || (count == -1 && errno == EINTR)) continue;
    const int error = errno;
    connection.reset();
    if (count == 0) break;
    throw std::system_error{error, std::system_category(), "recv"};
  }
}

void serve_and_close(kit::Descriptor connection) {
  const kit::Descriptor owner = std::move(connection);
  kit::serve_client(owner.get());
  kit::Descriptor copy{::fcntl(owner.get(), F_DUPFD_CLOEXEC, 0)};
  try {
    close_in_order(std::move(copy));
  } catch (const std::runtime_error& error) {
    std::cerr << "aviso: " << error.what() << std::endl;
  }
}

}  // namespace lab5
