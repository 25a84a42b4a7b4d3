// connect() sin bloqueo: se espera con poll() y el resultado se lee en SO_ERROR; después, el socket vuelve a ser
// bloqueante.
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "lab3.hpp"
#include "programs/conversation.hpp"
#include "protocol/protocol.hpp"

namespace lab3 {
namespace {

// Devuelve 0, o el errno del intento.
int attempt(int fd, const addrinfo& address) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{fd, POLLOUT, 0};
  kit::check("poll", ::poll(&waiting, 1, -1));
  int error = 0;
  socklen_t size = sizeof error;
  kit::check("getsockopt", ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size));
  return error;
}

}  // namespace

kit::Descriptor connect_to(const std::string& host, const std::string& service) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); error != 0)
    throw std::runtime_error{::gai_strerror(error)};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{found, ::freeaddrinfo};
  int error = 0;
  for (; found != nullptr; found = found->ai_next) {
    const int type = found->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC;
    kit::Descriptor server{::socket(found->ai_family, type, found->ai_protocol)};
    error = server.is_open() ? attempt(server.get(), *found) : errno;
    if (error != 0) continue;
    kit::check("fcntl", ::fcntl(server.get(), F_SETFL, 0));
    return server;
  }
  throw std::system_error{error, std::generic_category(), "connect"};
}

void converse(int server, std::istream& user, std::ostream& screen) {
  kit::LineReader replies{server};
  for (std::string line; std::getline(user, line);) {
    std::string message = line + '\n';
    if (line == protocol::data) {
      kit::send_all(server, message);
      screen << "Input data to send: ";
      screen.flush();
      if (!std::getline(user, line)) break;
      message = line + '\n';
    }
    kit::send_all(server, message);
    std::string first;
    std::size_t left = 1;
    for (bool is_first = true; left > 0; --left, is_first = false) {
      const auto reply = replies.receive_line();
      if (!reply) throw std::runtime_error{"el servidor se fue"};
      screen << *reply << '\n' << std::flush;
      if (!is_first) continue;
      first = *reply;
      left = protocol::lines_in_reply(first);
    }
    if (first == "200 BYE") return;
  }
  throw std::runtime_error{"la entrada terminó antes de tiempo"};
}

}  // namespace lab3
