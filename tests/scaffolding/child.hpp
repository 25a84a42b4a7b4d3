/// @file
/// Programas de prueba para el testigo: un proceso cuya verdad se conoce, y que termina con el objeto que lo
/// representa.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

#include "programs/kit.hpp"
#include "witness/proc_file.hpp"
#include "witness/process.hpp"
#include "witness/quiescence.hpp"

/// Los dos extremos de una tubería.
struct Pipe {
  kit::Descriptor read;   ///< Por donde se lee.
  kit::Descriptor write;  ///< Por donde se escribe.
  /// @throws std::system_error si no se puede crear.
  Pipe() {
    std::array<int, 2> ends{};
    kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
    read = kit::Descriptor{ends[0]};
    write = kit::Descriptor{ends[1]};
  }
};

/// Crea un socket.
/// @param domain AF_INET …
/// @param type SOCK_STREAM …
/// @return el socket.
/// @throws std::system_error si no se puede.
inline kit::Descriptor make_socket(int domain, int type) {
  return kit::Descriptor{kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0))};
}

/// Escucha por TCP en la interfaz de bucle, en un puerto que elige el núcleo.
/// @param backlog la cola de conexiones pendientes.
/// @param domain AF_INET o AF_INET6.
/// @return el socket de escucha.
/// @throws std::system_error si no se puede.
inline kit::Descriptor make_listener(int backlog = 8, int domain = AF_INET) {
  kit::Descriptor listener = make_socket(domain, SOCK_STREAM);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 address6{};
  address6.sin6_family = AF_INET6;
  address6.sin6_addr = in6addr_loopback;
  const bool ipv6 = domain == AF_INET6;
  kit::check("bind", ::bind(listener.get(),
                            ipv6 ? reinterpret_cast<sockaddr*>(&address6) : reinterpret_cast<sockaddr*>(&address),
                            ipv6 ? sizeof address6 : sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

/// Conecta un socket con la dirección de otro.
/// @param socket el que se conecta.
/// @param to el otro, que escucha o está asociado a una dirección.
/// @return lo que devuelve connect(2).
inline int connect_to(const kit::Descriptor& socket, const kit::Descriptor& to) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  kit::check("getsockname", ::getsockname(to.get(), reinterpret_cast<sockaddr*>(&address), &size));
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size);
}

/// Acepta una conexión.
/// @param listener el socket de escucha.
/// @return la conexión.
/// @throws std::system_error si no se puede.
inline kit::Descriptor accept_from(const kit::Descriptor& listener) {
  return kit::Descriptor{kit::check("accept4", ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))};
}

/// Una conexión TCP por la interfaz de bucle.
struct Connection {
  kit::Descriptor listener = make_listener();                  ///< Por donde llegó.
  kit::Descriptor client = make_socket(AF_INET, SOCK_STREAM);  ///< El extremo que se conectó.
  kit::Descriptor server;                                      ///< El extremo que la aceptó.
  /// @throws std::system_error si no se puede crear.
  Connection() {
    kit::check("connect", connect_to(client, listener));
    server = accept_from(listener);
  }
};

/// Espera a que se cumpla algo que se le pregunta al núcleo. Si no se cumple nunca, acaba la prueba el límite de CTest.
/// @param condition la pregunta.
inline void until(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

/// Termina el hilo que la llama, y el proceso sigue con los demás: lo que hace pthread_exit(3), pero sin deshacer la
/// pila, que en el hilo principal de un proceso de prueba es la de GoogleTest.
[[noreturn]] inline void end_this_thread() {
  for (;;) ::syscall(SYS_exit, 0);
}

/// Gasta procesador sin fin.
[[noreturn]] inline void spin() {
  const volatile bool again = true;
  while (again) {
  }
  std::abort();
}

/// Un proceso que hace lo que diga una función, con un supervisor (subreaper) que recoge a todos sus descendientes. Con
/// el objeto desaparecen todos; si el proceso de prueba muere, también.
class Child {
public:
  /// Lo arranca.
  /// @param life lo que hace; al volver, el proceso termina con estado 0.
  /// @throws std::system_error si no se puede crear.
  explicit Child(const std::function<void()>& life) {
    Pipe report;
    supervisor_ = kit::check("fork", ::fork());
    if (supervisor_ == 0) supervise(life, report.write.get());
    report.write.reset();
    while (::read(report.read.get(), &pid_, sizeof pid_) == -1 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(supervisor_, SIGTERM);
    while (::waitpid(supervisor_, nullptr, 0) == -1 && errno == EINTR) {
    }
  }

  /// @return el proceso de prueba.
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// @return el proceso del que desciende, y todos los que él cree.
  [[nodiscard]] pid_t supervisor() const { return supervisor_; }

  /// Envía una señal al proceso de prueba.
  /// @param number la señal.
  void signal(int number) const { kit::check("kill", ::kill(pid_, number)); }

  /// Espera a que ya no haga nada por sí solo.
  /// @return lo primero que el testigo concluye y no es Activity::active.
  [[nodiscard]] witness::Finding rest() const {
    witness::Finding finding;
    until([&] {
      finding = witness::find_activity(supervisor_);
      return finding.activity != witness::Activity::active;
    });
    return finding;
  }

  /// Espera a que ya no haga nada por sí solo, sin más.
  void settle() const { static_cast<void>(rest()); }

  /// Lo detiene con SIGSTOP y espera a que el núcleo lo dé por detenido.
  void stop() const {
    signal(SIGSTOP);
    until([&] {
      witness::Process process;
      return witness::look_at(pid_, process) && process.threads.front().state == 'T';
    });
  }

private:
  [[noreturn]] static void supervise(const std::function<void()>& life, int report) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t awaited;
    sigset_t before;
    ::sigemptyset(&awaited);
    ::sigaddset(&awaited, SIGCHLD);
    ::sigaddset(&awaited, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &awaited, &before);
    const pid_t program = ::fork();
    if (program == 0) {
      ::sigprocmask(SIG_SETMASK, &before, nullptr);
      life();
      ::_exit(0);
    }
    [[maybe_unused]] const ssize_t told = ::write(report, &program, sizeof program);
    for (const int descriptor : witness::numbers_in("/proc/self/fd")) {
      if (descriptor > STDERR_FILENO) ::close(descriptor);  // que los extremos que tiene el programa sean solo suyos
    }
    while (::sigwaitinfo(&awaited, nullptr) != SIGTERM) {
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
    }
    do {
      for (const pid_t pid : witness::descendants(::getpid())) ::kill(pid, SIGKILL);
    } while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR);
    ::_exit(0);
  }

  pid_t supervisor_ = -1;
  pid_t pid_ = -1;
};
