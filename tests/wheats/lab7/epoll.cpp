// epoll y un socket de escucha no bloqueante, que se vacía de una vez; los hijos, cada uno en su grupo de procesos. Un
// std::thread por cliente, que al acabar deja su número en una lista y avisa por un eventfd.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "lab7.hpp"
#include "programs/conversation.hpp"
#include "programs/reception.hpp"

namespace lab7 {
namespace {

// El socket de escucha, un descriptor de señales y otro de avisos.
class Loop {
public:
  Loop(std::uint16_t port, std::initializer_list<int> numbers) : listener_{kit::open_listener(port)} {
    kit::check("fcntl", ::fcntl(listener_.get(), F_SETFL, O_NONBLOCK));
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : numbers) ::sigaddset(&signals, number);
    kit::check("sigprocmask", ::sigprocmask(SIG_BLOCK, &signals, nullptr));
    signals_ = kit::Descriptor{kit::check("signalfd", ::signalfd(-1, &signals, SFD_CLOEXEC))};
    for (const kit::Descriptor* each : {&listener_, &signals_, &notices_}) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = each->get();
      kit::check("epoll_ctl", ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, each->get(), &event));
    }
  }

  // La señal que ha llegado, 0 si hay clientes o -1 si hay avisos.
  int wait() {
    epoll_event event{};
    while (::epoll_wait(epoll_.get(), &event, 1, -1) != 1) {
    }
    if (event.data.fd == listener_.get()) return 0;
    if (event.data.fd == notices_.get()) {
      eventfd_t count = 0;
      ::eventfd_read(notices_.get(), &count);
      return -1;
    }
    signalfd_siginfo arrived{};
    kit::check("read", static_cast<int>(::read(signals_.get(), &arrived, sizeof arrived)));
    return static_cast<int>(arrived.ssi_signo);
  }

  // El siguiente de la cola, o nada si está vacía.
  std::optional<int> next() {
    for (;;) {
      const int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (client != -1) return client;
      if (errno == EAGAIN) return std::nullopt;
      if (errno != EMFILE && errno != ENFILE) continue;
      spare_.reset();
      kit::Descriptor dismissed{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      const bool was_empty = !dismissed.is_open();  // EMFILE no dice que haya alguien en la cola
      dismissed.reset();
      spare_ = kit::Descriptor{::epoll_create1(EPOLL_CLOEXEC)};
      if (was_empty) return std::nullopt;
    }
  }

  void notify() { ::eventfd_write(notices_.get(), 1); }

  void close() {
    for (kit::Descriptor* each : {&listener_, &signals_, &notices_, &epoll_, &spare_}) each->reset();
  }

private:
  kit::Descriptor listener_;
  kit::Descriptor signals_;
  kit::Descriptor notices_{::eventfd(0, EFD_CLOEXEC)};
  kit::Descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  kit::Descriptor spare_{::epoll_create1(EPOLL_CLOEXEC)};
};

// Lo que hace un hijo.
[[noreturn]] void converse(int client, Loop& loop) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  loop.close();
  kit::serve_client(client);
  ::close(client);
  ::_exit(EXIT_SUCCESS);
}

}  // namespace

long run_process_server(std::uint16_t port) {
  Loop loop{port, {SIGTERM, SIGCHLD}};
  std::vector<pid_t> children;
  long served = 0;
  for (int event = 0; (event = loop.wait()) != SIGTERM;) {
    siginfo_t ended{};
    while (event == SIGCHLD && ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG) == 0 && ended.si_pid != 0) {
      served += static_cast<long>(std::erase(children, ended.si_pid));
      ended.si_pid = 0;
    }
    while (const std::optional<int> client = event == 0 ? loop.next() : std::nullopt) {
      const pid_t child = ::fork();
      if (child == 0) converse(*client, loop);
      if (child != -1) {
        ::setpgid(child, child);
        children.push_back(child);
      }
      ::close(*client);
    }
  }
  for (const pid_t child : children) ::killpg(child, SIGTERM);
  for (const pid_t child : children) served += ::waitpid(child, nullptr, 0) == child ? 1 : 0;
  return served;
}

long run_thread_server(std::uint16_t port) {
  Loop loop{port, {SIGTERM}};
  std::map<int, std::thread> threads;  // por el número de su conexión, que cierra el principal
  std::mutex mutex;
  std::vector<int> finished;
  long served = 0;
  for (int event = 0; (event = loop.wait()) != SIGTERM;) {
    std::vector<int> to_forget;
    {
      const std::lock_guard lock{mutex};
      to_forget = std::exchange(finished, {});
    }
    for (const int client : to_forget) {
      threads.at(client).join();
      threads.erase(client);
      ::close(client);
      ++served;
    }
    while (const std::optional<int> client = event == 0 ? loop.next() : std::nullopt) {
      try {
        threads[*client] = std::thread{[&loop, &mutex, &finished, number = *client] {
          kit::serve_client(number);
          {
            const std::lock_guard lock{mutex};
            finished.push_back(number);
          }
          loop.notify();
        }};
      } catch (const std::system_error& error) {
        std::cerr << error.what() << '\n';
        threads.erase(*client);
        ::close(*client);
      }
    }
  }
  for (const auto& [client, thread] : threads) ::shutdown(client, SHUT_RDWR);
  for (auto& [client, thread] : threads) {
    thread.join();
    ::close(client);
    ++served;
  }
  return served;
}

}  // namespace lab7
