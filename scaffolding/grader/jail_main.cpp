// El proceso inicial de la jaula de un programa: lo arranca, adopta y recoge a todos sus descendientes, y cuenta al
// evaluador cómo terminó. Lo que hay aquí lo hace sin jaula el supervisor.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "grader/limits.hpp"
#include "grader/status.hpp"
#include "programs/kit.hpp"
#include "witness/task_gate.hpp"

namespace {

using grader::Message;
using grader::tell;

// Qué descriptores recibe: los pone el supervisor en la línea de órdenes, en este orden; -1 es que no lo hay.
struct Descriptors {
  int status;
  int gate;
  int input;
  int output;
  int errors;
};

[[noreturn]] void become_program(const Descriptors& given, char** command) {
  try {
    kit::check("setsid", ::setsid());
    // Aquí dentro, y no antes: se cuenta por espacio de nombres de usuario, y los procesos de fuera no estorban.
    const rlimit tasks{grader::max_tasks, grader::max_tasks};
    kit::check("setrlimit", ::setrlimit(RLIMIT_NPROC, &tasks));
    if (given.gate != -1) grader::send_descriptor(given.gate, witness::install_task_gate().get());
    if (given.input == -1) {
      ::close(STDIN_FILENO);
    } else {
      kit::check("dup2", ::dup2(given.input, STDIN_FILENO));
    }
    kit::check("dup2", ::dup2(given.output, STDOUT_FILENO));
    kit::check("dup2", ::dup2(given.errors, STDERR_FILENO));
    tell(given.status, Message::started);
    kit::check("execve", ::execvp(command[0], command));
  } catch (const std::system_error& error) {
    grader::tell_failure(given.status, error);
  }
  ::_exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int first_word = 6;
  if (argc <= first_word) return 2;
  // Antes que nada: el programa no puede mirar en este proceso ni tomar sus descriptores.
  ::prctl(PR_SET_DUMPABLE, 0);
  const Descriptors given{std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]),
                          std::atoi(argv[5])};
  for (const int each : {given.status, given.gate, given.input, given.output, given.errors}) {
    if (each != -1) ::fcntl(each, F_SETFD, FD_CLOEXEC);
  }
  tell(given.status, Message::rooted);
  const pid_t program = ::fork();
  if (program == 0) become_program(given, argv + first_word);
  if (program == -1) tell(given.status, Message::not_started, errno, "fork");
  for (const int each :
       {given.gate, given.input, given.output, given.errors, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::close(each);
  }
  // Hasta que lo mate el supervisor: lo que quede del programa se sigue viendo.
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == program) tell(given.status, Message::ended, status);
    if (ended == -1 && errno == ECHILD) ::pause();
  }
}
