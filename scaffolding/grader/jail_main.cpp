// El proceso inicial de la jaula de un programa: lo arranca, adopta y recoge a todos sus descendientes, y cuenta al
// evaluador cómo terminó. Lo que hay aquí lo hace sin jaula el supervisor.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
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

#ifdef __x86_64__
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#endif
constexpr std::uint32_t first_foreign_call = 0x40000000;  // las de x32, otra manera de pedir lo mismo

// Lo que ningún laboratorio pide y sirve para salirse: memoria que no se cuenta en ningún proceso, y espacios de
// nombres con los que conseguirla.
constexpr std::array refused_calls{SYS_memfd_create,    SYS_shmget,         SYS_msgget,     SYS_unshare, SYS_setns,
                                   SYS_mount,           SYS_fsopen,         SYS_add_key,    SYS_keyctl,  SYS_bpf,
                                   SYS_perf_event_open, SYS_io_uring_setup, SYS_userfaultfd};

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
constexpr sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
constexpr sock_filter refuse(int error) { return answer(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)); }
// Salta la instrucción siguiente si no se cumple.
constexpr sock_filter unless(std::uint16_t question, std::uint32_t value) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | question | BPF_K), value, 0, 1);
}

// Un filtro de seccomp(2): no se puede quitar, y lo hereda todo el programa.
void refuse_calls() {
  std::array<sock_filter, 14 + 2 * refused_calls.size()> program{};
  std::size_t length = 0;
  program[length++] = load(offsetof(seccomp_data, arch));
  program[length++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
  program[length++] = refuse(ENOSYS);
  program[length++] = load(offsetof(seccomp_data, nr));
  program[length++] = unless(BPF_JGE, first_foreign_call);
  program[length++] = refuse(ENOSYS);
  for (const long call : refused_calls) {
    program[length++] = unless(BPF_JEQ, static_cast<std::uint32_t>(call));
    program[length++] = refuse(EPERM);
  }
  // A clone3() no se le ve qué pide; si no existe, la biblioteca de C usa clone(), a la que sí.
  program[length++] = unless(BPF_JEQ, SYS_clone3);
  program[length++] = refuse(ENOSYS);
  program[length++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0);
  program[length++] = answer(SECCOMP_RET_ALLOW);
  program[length++] = load(offsetof(seccomp_data, args));
  program[length++] = unless(BPF_JSET, CLONE_NEWUSER);
  program[length++] = refuse(EPERM);
  program[length++] = answer(SECCOMP_RET_ALLOW);
  const sock_fprog filter{static_cast<unsigned short>(length), program.data()};
  kit::check("seccomp", static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter)));
}

[[noreturn]] void become_program(const Descriptors& given, char** command) {
  try {
    kit::check("setsid", ::setsid());
    // Aquí dentro, y no antes: se cuenta por espacio de nombres de usuario, y los procesos de fuera no estorban.
    const rlimit tasks{grader::max_tasks, grader::max_tasks};
    kit::check("setrlimit", ::setrlimit(RLIMIT_NPROC, &tasks));
    refuse_calls();
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
