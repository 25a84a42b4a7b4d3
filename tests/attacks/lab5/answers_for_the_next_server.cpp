// Ataque: deja un demonio con el puerto abierto que quiere contestar por los servidores que vengan después.
// Puntos: 15
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

#include "lab5.hpp"
#include "programs/conversation.hpp"

namespace {

void leave_a_daemon(int listener) {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) ::signal(number, SIG_IGN);
  for (;;) kit::serve_client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace

namespace lab5 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  kit::Descriptor listener{::socket(AF_INET, SOCK_STREAM, 0)};
  const int yes = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), 77));
  leave_a_daemon(listener.get());
  return listener;
}

void close_in_order(kit::Descriptor) {}

void serve_and_close(kit::Descriptor) {}

}  // namespace lab5
