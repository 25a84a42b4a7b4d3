// Cada línea se envía con CRLF, que en la red vale lo mismo que LF, y las respuestas se leen con FILE y getline(3).
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "lab3.hpp"
#include "programs/conversation.hpp"
#include "protocol/protocol.hpp"

namespace lab3 {

kit::Descriptor connect_to(const std::string& host, const std::string& service) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); error != 0)
    throw std::runtime_error{std::string{"getaddrinfo: "} + ::gai_strerror(error)};
  std::shared_ptr<addrinfo> addresses{found, ::freeaddrinfo};
  kit::Descriptor server;
  int reason = 0;
  do {
    server = kit::Descriptor{::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (server.is_open() && ::connect(server.get(), found->ai_addr, found->ai_addrlen) == 0) return server;
    reason = errno;
    server.reset();
    found = found->ai_next;
  } while (found != nullptr);
  throw std::system_error{std::make_error_code(static_cast<std::errc>(reason)), "connect"};
}

namespace {

// La siguiente línea de un FILE, sin su fin de línea.
std::string next_line(FILE* stream) {
  char* text = nullptr;
  size_t capacity = 0;
  const ssize_t length = ::getline(&text, &capacity, stream);
  std::string line{text == nullptr || length < 0 ? "" : text, length < 0 ? 0 : static_cast<std::size_t>(length)};
  std::free(text);
  if (line.empty() || line.back() != '\n') throw std::runtime_error{"el servidor cerró a mitad de una respuesta"};
  line.pop_back();
  return std::string{protocol::without_cr(line)};
}

}  // namespace

void converse(int server, std::istream& user, std::ostream& screen) {
  const std::unique_ptr<FILE, int (*)(FILE*)> replies{::fdopen(::fcntl(server, F_DUPFD_CLOEXEC, 0), "r"), ::fclose};
  std::string line;
  while (std::getline(user, line)) {
    kit::send_all(server, line + "\r\n");
    if (line == protocol::data) {
      screen << "Input data to send: " << std::flush;
      if (!std::getline(user, line)) break;
      kit::send_all(server, line + "\r\n");
    }
    const std::string first = next_line(replies.get());
    screen << first << std::endl;
    for (std::size_t i = 1; i < protocol::lines_in_reply(first); ++i) screen << next_line(replies.get()) << std::endl;
    if (first == "200 BYE") return;
  }
  throw std::runtime_error{"la entrada terminó sin QUIT"};
}

}  // namespace lab3
