// ppoll() con las señales bloqueadas fuera de ella; std::jthread con std::stop_callback, y contadores atómicos. Si
// faltan descriptores, no mira la cola durante un rato.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <list>
#include <stop_token>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "lab7.hpp"
#include "programs/conversation.hpp"
#include "programs/reception.hpp"

namespace lab7 {
namespace {

volatile std::sig_atomic_t ends = 0;

// Espera clientes y señales: estas solo pueden llegar mientras espera.
class Entrance {
public:
  explicit Entrance(std::uint16_t port) : listener_{kit::open_listener(port)} {
    sigset_t both;
    ::sigemptyset(&both);
    for (const int number : {SIGTERM, SIGCHLD}) {
      ::sigaddset(&both, number);
      struct sigaction action {};
      action.sa_handler = [](int arrived) {
        if (arrived == SIGTERM) ends = 1;
      };
      kit::check("sigaction", ::sigaction(number, &action, nullptr));
    }
    kit::check("sigprocmask", ::sigprocmask(SIG_BLOCK, &both, &usual_));
  }

  // Un cliente, o ninguno si ha llegado una señal.
  kit::Descriptor next() {
    constexpr timespec a_while{0, 100'000'000};
    pollfd watched{full_ ? -1 : listener_.get(), POLLIN, 0};
    const int ready = ::ppoll(&watched, 1, full_ ? &a_while : nullptr, &usual_);
    if (full_) full_ = ready != 0;
    if (ready < 1) return {};
    kit::Descriptor client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    full_ = !client.is_open() && (errno == EMFILE || errno == ENFILE);
    return client;
  }

  void leave() {
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGCHLD, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &usual_, nullptr);
    listener_.reset();
  }

private:
  kit::Descriptor listener_;
  sigset_t usual_{};
  bool full_ = false;
};

struct Client {
  kit::Descriptor connection;
  std::atomic<bool> finished = false;
  std::jthread thread;
};

}  // namespace

long run_process_server(std::uint16_t port) {
  Entrance entrance{port};
  std::unordered_set<pid_t> children;
  long served = 0;
  while (ends == 0) {
    const kit::Descriptor client = entrance.next();
    if (client.is_open()) {
      if (const pid_t child = ::fork(); child == 0) {
        entrance.leave();
        kit::serve_client(client.get());
        ::_exit(0);
      } else if (child != -1) {
        children.insert(child);
      }
    }
    for (auto each = children.begin(); each != children.end();) {
      const bool finished = ::waitpid(*each, nullptr, WNOHANG) == *each;
      served += finished ? 1 : 0;
      each = finished ? children.erase(each) : std::next(each);
    }
  }
  for (const pid_t child : children) {
    ::kill(child, SIGTERM);
    ::waitpid(child, nullptr, 0);
    ++served;
  }
  return served;
}

long run_thread_server(std::uint16_t port) {
  Entrance entrance{port};
  std::atomic<long> served = 0;
  std::list<Client> clients;
  while (ends == 0) {
    kit::Descriptor connection = entrance.next();
    clients.remove_if([](const Client& client) { return client.finished.load(); });
    if (!connection.is_open()) continue;
    Client& client = clients.emplace_back();
    client.connection = std::move(connection);
    try {
      client.thread = std::jthread{[&client, &served](const std::stop_token& stop) {
        {
          const std::stop_callback wake{stop, [&client] { ::shutdown(client.connection.get(), SHUT_RDWR); }};
          kit::serve_client(client.connection.get());
        }
        client.connection.reset();
        ++served;
        client.finished = true;
      }};
    } catch (const std::system_error& error) {
      std::cerr << error.what() << '\n';
      clients.pop_back();
    }
  }
  for (Client& client : clients) client.thread.request_stop();
  clients.clear();
  return served;
}

}  // namespace lab7
