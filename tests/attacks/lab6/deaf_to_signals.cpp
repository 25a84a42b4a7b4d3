// Ataque: no atiende ninguna señal, y se reproduce cuando cree que lo van a terminar.
// Puntos: 8
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "lab6.hpp"
#include "programs/reception.hpp"

namespace {

void attend(const kit::Descriptor&) {
  for (int number = 1; number < 65; ++number) ::signal(number, SIG_IGN);
  while (::fork() == 0) ::setsid();
  for (;;) ::pause();
}

}  // namespace

namespace lab6 {

int run_server(std::uint16_t port) {
  const kit::Descriptor listener = kit::open_listener(port);
  for (;;) attend(kit::Descriptor{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)});
}

}  // namespace lab6
