// Un hilo sirve, y el principal espera a SIGTERM con sigwait() y despierta al otro con shutdown(); protocol::Session.
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "lab6.hpp"
#include "protocol/protocol.hpp"

namespace lab6 {
namespace {

class IterativeServer {
public:
  explicit IterativeServer(std::uint16_t port) {
    const int yes = 1;
    kit::check("setsockopt", ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    kit::check("bind", ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
    kit::check("listen", ::listen(listener_.get(), 16));
  }

  void run() {
    for (;;) {
      kit::Descriptor accepted{::accept(listener_.get(), nullptr, nullptr)};
      if (!begins(std::move(accepted))) return;
      attend();
      ends();
    }
  }

  void stop() {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (client_.is_open()) ::shutdown(client_.get(), SHUT_RDWR);
  }

private:
  bool begins(kit::Descriptor accepted) {
    const std::lock_guard lock{mutex_};
    client_ = std::move(accepted);
    return !stopping_ && client_.is_open();
  }

  void ends() {
    const std::lock_guard lock{mutex_};
    client_.reset();
  }

  void attend() const {
    protocol::Session session;
    std::array<char, 512> piece;
    while (!session.finished()) {
      const ssize_t count = ::recv(client_.get(), piece.data(), piece.size(), 0);
      if (count <= 0) return;
      const std::string replies = session.receive({piece.data(), static_cast<std::size_t>(count)});
      for (std::size_t sent = 0; sent < replies.size();) {
        const ssize_t more = ::send(client_.get(), &replies[sent], replies.size() - sent, MSG_NOSIGNAL);
        if (more < 0) return;
        sent += static_cast<std::size_t>(more);
      }
    }
  }

  kit::Descriptor listener_{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  kit::Descriptor client_;
  std::mutex mutex_;
  bool stopping_ = false;
};

}  // namespace

int run_server(std::uint16_t port) {
  sigset_t only_sigterm;
  ::sigemptyset(&only_sigterm);
  ::sigaddset(&only_sigterm, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &only_sigterm, nullptr);
  IterativeServer server{port};
  std::thread worker{[&server] { server.run(); }};
  int received = 0;
  ::sigwait(&only_sigterm, &received);
  server.stop();
  worker.join();
  return 0;
}

}  // namespace lab6
