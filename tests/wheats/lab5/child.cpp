// A cada cliente lo atiende y lo despide un proceso hijo, al que se espera con waitpid(); SO_RCVBUF, antes de bind().
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "lab5.hpp"
#include "programs/conversation.hpp"

namespace lab5 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::invalid_argument{host};
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  constexpr int bytes = 1 << 16;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes));
  constexpr int yes = 1;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

void close_in_order(kit::Descriptor connection) {
  kit::check("shutdown", ::shutdown(connection.get(), SHUT_WR));
  std::array<char, 100> discarded;
  while (const ssize_t count = ::recv(connection.get(), discarded.data(), discarded.size(), 0)) {
    if (count == -1 && errno != EINTR) throw std::system_error{errno, std::generic_category(), "recv"};
  }
}

void serve_and_close(kit::Descriptor connection) {
  const pid_t child = ::fork();
  if (child == -1) {
    std::cerr << "fork: " << std::generic_category().message(errno) << '\n';
    return;
  }
  if (child == 0) {
    try {
      kit::serve_client(connection.get());
      close_in_order(std::move(connection));
    } catch (const std::system_error& error) {
      std::cerr << error.what() << std::endl;
    }
    ::_exit(0);
  }
  connection.reset();
  while (::waitpid(child, nullptr, 0) == -1 && errno == EINTR) continue;
}

}  // namespace lab5
