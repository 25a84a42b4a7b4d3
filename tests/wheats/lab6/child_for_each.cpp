// Un proceso hijo para cada cliente, pero de uno en uno: hasta que el hijo no acaba, el padre no acepta a otro.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>

#include "lab6.hpp"
#include "protocol/protocol.hpp"

namespace lab6 {
namespace {

extern "C" void leave(int) { ::_exit(EXIT_SUCCESS); }

void converse(int connection) {
  protocol::Session session;
  std::array<char, 4096> block;
  while (!session.finished()) {
    const ssize_t count = ::read(connection, block.data(), block.size());
    if (count <= 0) return;
    std::string pending = session.receive({block.data(), static_cast<std::size_t>(count)});
    while (!pending.empty()) {
      const ssize_t sent = ::write(connection, pending.data(), pending.size());
      if (sent <= 0) return;
      pending.erase(0, static_cast<std::size_t>(sent));
    }
  }
}

}  // namespace

int run_server(std::uint16_t port) {
  struct sigaction action {};
  action.sa_handler = leave;
  kit::check("sigaction", ::sigaction(SIGTERM, &action, nullptr));
  const kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM, 0))};
  const int yes = 1;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), 10));
  for (;;) {
    const kit::Descriptor connection{kit::check("accept", ::accept(listener.get(), nullptr, nullptr))};
    const pid_t child = kit::check("fork", ::fork());
    if (child == 0) {
      converse(connection.get());  // si el cliente no está, SIGPIPE acaba con el hijo, y solo con él
      ::_exit(EXIT_SUCCESS);
    }
    // El padre tiene la conexión abierta hasta que acaba el hijo: entonces el cliente recibe el FIN.
    kit::check("waitpid", ::waitpid(child, nullptr, 0));
  }
}

}  // namespace lab6
