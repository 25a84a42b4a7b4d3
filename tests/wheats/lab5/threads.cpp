// Lee hasta el final otro hilo, un std::jthread, mientras el primero lo espera; la opción, con un booleano como int.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <thread>
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
  const int reuse{true};
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse));
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

void close_in_order(kit::Descriptor connection) {
  kit::check("shutdown", ::shutdown(connection.get(), SHUT_WR));
  int error = 0;
  {
    const std::jthread reader{[fd = connection.get(), &error] {
      std::array<char, 512> discarded;
      ssize_t count = 0;
      do {
        count = ::recv(fd, discarded.data(), discarded.size(), 0);
      } while (count > 0 || (count == -1 && errno == EINTR));
      if (count == -1) error = errno;
    }};
  }
  if (error != 0) throw std::system_error{error, std::generic_category(), "recv"};
}

void serve_and_close(kit::Descriptor connection) {
  std::exception_ptr lost;
  std::thread{[&] {
    try {
      kit::serve_client(connection.get());
      close_in_order(std::move(connection));
    } catch (...) {
      lost = std::current_exception();
    }
  }}.join();
  try {
    if (lost) std::rethrow_exception(lost);
  } catch (const std::system_error& error) {
    std::cerr << error.what() << '\n';
  }
}

}  // namespace lab5
