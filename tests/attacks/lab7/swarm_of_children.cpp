// Ataque: crea para cada cliente una familia entera de procesos que no conversan con él.
// Puntos: 0
// Se ve: procesos
#include <sys/socket.h>
#include <unistd.h>

#include "lab7.hpp"
#include "programs/reception.hpp"

namespace {

void swarm() {
  for (int i = 0; i < 12; ++i) ::fork();
  for (;;) ::pause();
}

}  // namespace

namespace lab7 {

long run_process_server(std::uint16_t port) {
  const kit::Descriptor listener = kit::open_listener(port);
  const kit::Descriptor client{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  swarm();
  return 0;
}

long run_thread_server(std::uint16_t port) { return run_process_server(port); }

}  // namespace lab7
