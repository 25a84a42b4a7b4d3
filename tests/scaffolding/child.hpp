/// @file
/// Programas de prueba para el testigo: un proceso cuya verdad se conoce, y que termina con el objeto que lo
/// representa.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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

/// Espera a que se cumpla algo que se le pregunta al núcleo. Si no se cumple nunca, acaba la prueba el límite de CTest.
/// @param condition la pregunta.
inline void until(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
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
