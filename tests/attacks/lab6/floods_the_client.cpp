// Ataque: envía sin fin a quien se conecta.
// Puntos: 8
#include <sys/socket.h>

#include <string>

#include "lab6.hpp"
#include "programs/reception.hpp"

namespace {

void attend(const kit::Descriptor& client) {
  const std::string block(1U << 16U, 'x');
  while (::send(client.get(), block.data(), block.size(), MSG_NOSIGNAL) != -1) {
  }
}

}  // namespace

namespace lab6 {

int run_server(std::uint16_t port) {
  const kit::Descriptor listener = kit::open_listener(port);
  for (;;) attend(kit::Descriptor{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)});
}

}  // namespace lab6
