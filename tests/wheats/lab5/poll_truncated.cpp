// Espera con poll(), sin límite, y descarta sin copiar (MSG_TRUNC); otra opción más en el socket de escucha.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "lab5.hpp"
#include "programs/conversation.hpp"

namespace lab5 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.data(), &address.sin_addr) == 0) throw std::invalid_argument{host};
  const auto enable = [&](int level, int option) {
    const int one = 1;
    kit::check("setsockopt", ::setsockopt(listener.get(), level, option, &one, sizeof one));
  };
  enable(IPPROTO_TCP, TCP_NODELAY);
  enable(SOL_SOCKET, SO_KEEPALIVE);
  enable(SOL_SOCKET, SO_REUSEADDR);
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

void close_in_order(kit::Descriptor connection) {
  kit::check("shutdown", ::shutdown(connection.get(), SHUT_WR));
  for (ssize_t count = -1; count != 0;) {
    pollfd entry{connection.get(), POLLIN, 0};
    if (::poll(&entry, 1, -1) == -1) continue;
    count = ::recv(connection.get(), nullptr, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
    if (count == -1 && errno != EINTR && errno != EAGAIN)
      throw std::system_error{errno, std::generic_category(), "recv"};
  }
}

void serve_and_close(kit::Descriptor connection) {
  try {
    kit::serve_client(connection.get());
    close_in_order(std::move(connection));
  } catch (const std::system_error& error) {
    std::clog << error.code().message() << '\n';
  }
}

}  // namespace lab5
