// Ataque: contesta a cada cliente un byte de cuando en cuando, sin acabar nunca la línea.
// Puntos: 8
#include <sys/socket.h>
#include <unistd.h>

#include "lab6.hpp"
#include "programs/reception.hpp"

namespace {

void attend(const kit::Descriptor& client) {
  while (::send(client.get(), "1", 1, MSG_NOSIGNAL) != -1) ::usleep(100'000);
}

}  // namespace

namespace lab6 {

int run_server(std::uint16_t port) {
  const kit::Descriptor listener = kit::open_listener(port);
  for (;;) attend(kit::Descriptor{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)});
}

}  // namespace lab6
