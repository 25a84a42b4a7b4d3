// Con epoll y sockets no bloqueantes, aunque solo haya un cliente; un solo búfer, tan grande como la línea mayor; LF.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "lab6.hpp"
#include "protocol/protocol.hpp"

namespace lab6 {
namespace {

// Espera a un descriptor o a SIGTERM.
class Waiter {
public:
  Waiter() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    kit::check("sigprocmask", ::sigprocmask(SIG_BLOCK, &set, nullptr));
    signal_ = kit::Descriptor{kit::check("signalfd", ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK))};
    add(signal_.get(), EPOLLIN);
  }

  // true: está listo; false: hay que terminar.
  bool wait(int descriptor, unsigned int events) {
    add(descriptor, events);
    epoll_event ready{};
    int count = 0;
    do {
      count = ::epoll_wait(epoll_.get(), &ready, 1, -1);
    } while (count == -1 && errno == EINTR);  // SIGSTOP y SIGCONT lo interrumpen aunque no haya manejador
    kit::check("epoll_wait", count);
    kit::check("epoll_ctl", ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr));
    return ready.data.fd == descriptor;
  }

private:
  void add(int descriptor, unsigned int events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    kit::check("epoll_ctl", ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event));
  }

  kit::Descriptor epoll_{kit::check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC))};
  kit::Descriptor signal_;
};

enum class After { next_client, end };

After serve(int connection, Waiter& waiter) {
  std::vector<char> buffer(protocol::max_line + 1);
  std::size_t used = 0;
  bool data = false;
  for (;;) {
    if (!waiter.wait(connection, EPOLLIN)) return After::end;
    const ssize_t count = ::recv(connection, buffer.data() + used, buffer.size() - used, 0);
    if (count == -1 && errno == EAGAIN) continue;
    if (count <= 0) return After::next_client;
    used += static_cast<std::size_t>(count);

    std::string replies;
    bool finished = false;
    auto begin = buffer.begin();
    const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(used);
    for (auto mark = begin; !finished && (mark = std::find(begin, end, '\n')) != end; begin = mark + 1) {
      std::string_view line{&*begin, static_cast<std::size_t>(mark - begin)};
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (data) {
        replies += "300 DRCV\n";
        data = false;
      } else if (line == "DATA") {
        data = true;
      } else if (line == "QUIT") {
        replies += "200 BYE\n";
        finished = true;
      } else {
        replies += line == "HELO" ? "100 OK\n" : "400 BCMD\nCommand-description: Bad command\n";
      }
    }
    used = static_cast<std::size_t>(std::copy(begin, end, buffer.begin()) - buffer.begin());
    if (!finished && used == buffer.size()) {
      replies += "400 BCMD\nCommand-description: Bad command\n";
      finished = true;
    }

    for (std::string_view left{replies}; !left.empty();) {
      const ssize_t sent = ::send(connection, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        left.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno != EAGAIN) {
        return After::next_client;
      } else if (!waiter.wait(connection, EPOLLOUT)) {
        return After::end;
      }
    }
    if (finished) return After::next_client;
  }
}

}  // namespace

int run_server(std::uint16_t port) {
  Waiter waiter;
  const kit::Descriptor listener{
      kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
  const int reuse = 1;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse));
  sockaddr_in loopback{};
  loopback.sin_family = AF_INET;
  loopback.sin_port = htons(port);
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback));
  kit::check("listen", ::listen(listener.get(), 1));
  while (waiter.wait(listener.get(), EPOLLIN)) {
    const kit::Descriptor client{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (client.is_open() && serve(client.get(), waiter) == After::end) break;
  }
  return 0;
}

}  // namespace lab6
