// Un hilo espera SIGTERM con sigwait(); los demás se desligan, y se los espera con std::atomic::wait(). Conversación
// propia, línea a línea y con respuestas en LF, que se cuenta en la salida de errores. SIGCHLD ignorada: no hay zombis.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <syncstream>
#include <system_error>
#include <thread>

#include "lab7.hpp"
#include "programs/conversation.hpp"
#include "programs/reception.hpp"
#include "protocol/protocol.hpp"

namespace lab7 {
namespace {

void log(int connection, const std::string& what) {
  std::osyncstream{std::cerr} << "[cliente " << connection << "] " << what << '\n';
}

void talk(int connection) try {
  kit::LineReader lines{connection};
  while (const std::optional<std::string> line = lines.receive_line()) {
    if (*line == protocol::quit) {
      kit::send_all(connection, "200 BYE\n");
      return log(connection, "se despide");
    }
    if (*line == protocol::data) {
      if (!lines.receive_line()) return log(connection, "se va sin dar sus datos");
      kit::send_all(connection, "300 DRCV\n");
    } else if (*line == protocol::hello) {
      kit::send_all(connection, "100 OK\n");
    } else {
      kit::send_all(connection, "400 BCMD\nCommand-description: Bad command\n");
    }
  }
  log(connection, "se va");
} catch (const std::exception& error) {
  log(connection, error.what());
}

// El siguiente cliente, o ninguno si ya no se escucha.
kit::Descriptor next_client(int listener, kit::Descriptor& spare) {
  for (;;) {
    kit::Descriptor client{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (client.is_open() || errno == EINVAL) return client;
    if (errno == EMFILE || errno == ENFILE) {
      spare.reset();
      kit::Descriptor{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)}.reset();
      spare = kit::Descriptor{::open("/", O_PATH | O_CLOEXEC)};
    }
  }
}

sigset_t block_sigterm() {
  sigset_t only_sigterm;
  ::sigemptyset(&only_sigterm);
  ::sigaddset(&only_sigterm, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &only_sigterm, nullptr);
  return only_sigterm;
}

// Lo que hace un hijo: morir si muere su padre, y conversar.
[[noreturn]] void be_child(pid_t parent, kit::Descriptor& listener, int connection) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::getppid() != parent) ::_exit(1);
  listener.reset();
  talk(connection);
  std::_Exit(0);
}

std::atomic<int> inside{0};
std::atomic<long> served{0};
std::mutex mutex;
std::set<int> connections;

void forget(int connection) {
  const std::lock_guard lock{mutex};
  connections.erase(connection);
  ::close(connection);
}

void attend(int connection) {
  talk(connection);
  forget(connection);
  ++served;
  --inside;
  inside.notify_all();
}

}  // namespace

long run_process_server(std::uint16_t port) {
  const sigset_t only_sigterm = block_sigterm();
  ::signal(SIGCHLD, SIG_IGN);
  kit::Descriptor listener = kit::open_listener(port);
  kit::Descriptor spare{::open("/", O_PATH | O_CLOEXEC)};
  long count = 0;
  // Un proceso acepta en otro hilo mientras el principal espera la señal: PR_SET_PDEATHSIG sigue al hilo que hizo
  // fork(), y ese acaba cuando deja de aceptar.
  std::thread acceptor{[&, parent = ::getpid()] {
    for (;;) {
      const kit::Descriptor client = next_client(listener.get(), spare);
      if (!client.is_open()) return;
      const pid_t child = ::fork();
      if (child == 0) be_child(parent, listener, client.get());
      if (child == -1) std::cerr << "fork: " << std::generic_category().message(errno) << '\n';
      if (child > 0) ++count;
    }
  }};
  int number = 0;
  ::sigwait(&only_sigterm, &number);
  ::shutdown(listener.get(), SHUT_RDWR);
  acceptor.join();
  while (::wait(nullptr) != -1 || errno == EINTR) {
  }
  return count;
}

long run_thread_server(std::uint16_t port) {
  const sigset_t only_sigterm = block_sigterm();
  const kit::Descriptor listener = kit::open_listener(port);
  kit::Descriptor spare{::open("/", O_PATH | O_CLOEXEC)};
  std::thread waiter{[&] {
    int number = 0;
    ::sigwait(&only_sigterm, &number);
    ::shutdown(listener.get(), SHUT_RDWR);
  }};
  for (;;) {
    kit::Descriptor client = next_client(listener.get(), spare);
    if (!client.is_open()) break;
    const int connection = client.release();
    {
      const std::lock_guard lock{mutex};
      connections.insert(connection);
    }
    ++inside;
    try {
      std::thread{attend, connection}.detach();
    } catch (const std::system_error& error) {
      log(connection, error.what());
      forget(connection);
      --inside;
    }
  }
  waiter.join();
  {
    const std::lock_guard lock{mutex};
    for (const int connection : connections) ::shutdown(connection, SHUT_RDWR);
  }
  for (int count = 0; (count = inside) != 0;) inside.wait(count);
  return served;
}

}  // namespace lab7
