// accept() bloqueante, sin poll(): SIGCHLD lo interrumpe (EINTR) y se recoge en el manejador; el de SIGTERM cierra la
// escucha con shutdown(). Hilos desligados y std::condition_variable.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <iostream>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "lab7.hpp"
#include "programs/conversation.hpp"
#include "programs/reception.hpp"

namespace lab7 {
namespace {

std::atomic<int> listening{-1};
std::array<std::atomic<pid_t>, 1024> children{};
std::atomic<long> reaped{0};

// Después de shutdown(), accept() falla con EINVAL aunque la señal llegue justo antes de llamarla.
void stop_listening(int /*number*/) {
  const int saved = errno;
  ::shutdown(listening, SHUT_RDWR);
  errno = saved;
}

void reap(int /*number*/) {
  const int saved = errno;
  for (pid_t child = 0; (child = ::waitpid(-1, nullptr, WNOHANG)) > 0; ++reaped) {
    for (std::atomic<pid_t>& each : children) {
      pid_t expected = child;
      if (each.compare_exchange_strong(expected, 0)) break;
    }
  }
  errno = saved;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  kit::check("sigaction", ::sigaction(number, &action, nullptr));
}

// Bloquea unas señales mientras existe.
class Blocked {
public:
  Blocked() {
    sigset_t both;
    ::sigemptyset(&both);
    ::sigaddset(&both, SIGTERM);
    ::sigaddset(&both, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &both, &usual_);
  }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;
  ~Blocked() { ::sigprocmask(SIG_SETMASK, &usual_, nullptr); }

private:
  sigset_t usual_{};
};

// El siguiente cliente, o ninguno si el servidor tiene que terminar.
kit::Descriptor next_client(int listener) {
  static kit::Descriptor spare{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  for (;;) {
    kit::Descriptor client{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (client.is_open() || errno == EINVAL) return client;
    if (errno != EMFILE && errno != ENFILE) continue;
    spare.reset();
    kit::Descriptor{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)}.reset();
    spare = kit::Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  }
}

class Inside {
public:
  void enter(kit::Descriptor connection) {
    const int number = connection.release();
    {
      const std::lock_guard lock{mutex_};
      connections_.insert(number);
    }
    try {
      std::thread{[this, number] {
        kit::serve_client(number);
        leave(number);
        ++served_;
        const std::lock_guard lock{mutex_};
        --running_;
        empty_.notify_all();
      }}.detach();
      const std::lock_guard lock{mutex_};
      ++running_;
    } catch (const std::system_error& error) {
      std::cerr << "no hay hilo: " << error.what() << '\n';
      leave(number);
    }
  }

  long end_all() {
    std::unique_lock lock{mutex_};
    for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
    empty_.wait(lock, [this] { return running_ == 0; });
    return served_;
  }

private:
  void leave(int number) {
    const std::lock_guard lock{mutex_};
    connections_.erase(number);
    ::close(number);
  }

  std::mutex mutex_;
  std::condition_variable empty_;
  std::set<int> connections_;
  long running_ = 0;  // puede ser -1 un momento, si un hilo acaba antes de que se le cuente
  std::atomic<long> served_{0};
};

}  // namespace

long run_process_server(std::uint16_t port) {
  const kit::Descriptor listener = kit::open_listener(port);
  listening = listener.get();
  handle(SIGTERM, stop_listening);
  handle(SIGCHLD, reap);
  for (;;) {
    kit::Descriptor client = next_client(listener.get());
    if (!client.is_open()) break;
    const Blocked blocked;  // que nadie recoja al hijo antes de apuntarlo
    const pid_t child = ::fork();
    if (child == -1) std::perror("fork");
    if (child > 0) {
      for (std::atomic<pid_t>& each : children) {
        pid_t nobody = 0;
        if (each.compare_exchange_strong(nobody, child)) break;
      }
    }
    if (child != 0) continue;
    ::close(listening);
    handle(SIGTERM, SIG_DFL);
    handle(SIGCHLD, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    kit::serve_client(client.get());
    client.reset();
    ::_exit(0);
  }
  const Blocked blocked;
  for (const std::atomic<pid_t>& each : children) {
    if (each != 0) ::kill(each, SIGTERM);
  }
  while (::waitpid(-1, nullptr, 0) > 0) ++reaped;
  return reaped;
}

long run_thread_server(std::uint16_t port) {
  static Inside inside;  // los hilos desligados pueden tocarlo hasta el último momento
  const kit::Descriptor listener = kit::open_listener(port);
  listening = listener.get();
  handle(SIGTERM, stop_listening);
  for (;;) {
    kit::Descriptor client = next_client(listener.get());
    if (!client.is_open()) break;
    inside.enter(std::move(client));
  }
  return inside.end_all();
}

}  // namespace lab7
