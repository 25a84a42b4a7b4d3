#include "programs/reception.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace kit {

Descriptor open_listener(std::uint16_t port) {
  Descriptor listener{check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  const int yes = 1;
  check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  check("listen", ::listen(listener.get(), SOMAXCONN));
  return listener;
}

Signals::Signals(std::initializer_list<int> numbers) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : numbers) ::sigaddset(&signals, number);
  check("sigprocmask", ::sigprocmask(SIG_BLOCK, &signals, &previous_));
  descriptor_ = Descriptor{check("signalfd", ::signalfd(-1, &signals, SFD_CLOEXEC))};
}

int Signals::wait_with(int listener) {
  std::array<pollfd, 2> watched{{{descriptor_.get(), POLLIN, 0}, {listener, POLLIN, 0}}};
  check("poll", ::poll(watched.data(), watched.size(), -1));
  if (watched[0].revents == 0) return 0;
  signalfd_siginfo arrived{};
  check("read", static_cast<int>(::read(descriptor_.get(), &arrived, sizeof arrived)));
  return static_cast<int>(arrived.ssi_signo);
}

void Signals::release() {
  descriptor_.reset();
  check("sigprocmask", ::sigprocmask(SIG_SETMASK, &previous_, nullptr));
}

}  // namespace kit
