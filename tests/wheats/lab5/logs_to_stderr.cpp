// Cuenta en la salida de errores cada paso, con getsockopt() y getsockname() de por medio.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

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
  int value = 1;
  socklen_t size = sizeof value;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &value, size));
  kit::check("getsockopt", ::getsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &value, &size));
  std::cerr << "SO_REUSEADDR vale " << value << '\n';
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::bind(listener.get(), generic, sizeof address) == -1) {
    const std::system_error failure{errno, std::generic_category(), "bind"};
    std::cerr << "no se puede usar " << host << ':' << port << ": " << failure.what() << '\n';
    throw failure;
  }
  kit::check("listen", ::listen(listener.get(), backlog));
  socklen_t length = sizeof address;
  kit::check("getsockname", ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length));
  std::cerr << "escucha en el puerto " << ntohs(address.sin_port) << '\n';
  return listener;
}

void close_in_order(kit::Descriptor connection) {
  std::cerr << "envía su FIN\n";
  kit::check("shutdown", ::shutdown(connection.get(), SHUT_WR));
  std::array<char, 65536> discarded;
  std::size_t total = 0;
  for (ssize_t count = 1; count != 0;) {
    count = ::recv(connection.get(), discarded.data(), discarded.size(), 0);
    const int error = errno;
    if (count == -1) std::cerr << "recv: " << std::generic_category().message(error) << '\n';
    if (count == -1 && error != EINTR) throw std::system_error{error, std::generic_category(), "recv"};
    if (count > 0) total += static_cast<std::size_t>(count);
  }
  std::cerr << "ha descartado " << total << " bytes, y cierra\n";
}

void serve_and_close(kit::Descriptor connection) try {
  std::cerr << "un cliente\n";
  kit::serve_client(connection.get());
  close_in_order(std::move(connection));
} catch (const std::system_error& error) {
  std::cerr << "el cliente se ha perdido: " << error.what() << '\n';
}

}  // namespace lab5
