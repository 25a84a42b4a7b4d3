#include "grader/supervisor.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "grader/limits.hpp"
#include "grader/toolchain.hpp"
#include "witness/capabilities.hpp"
#include "witness/proc_file.hpp"
#include "witness/process.hpp"
#include "witness/task_gate.hpp"

namespace grader {
namespace {

// Lo que el supervisor, o el programa que no llegó a arrancar, cuentan al evaluador.
struct Message {
  enum Kind { started, not_started, ended } kind;
  int value;      // identificador, errno o estado
  char call[24];  // con not_started, la llamada que falló
};

struct Pipe {
  kit::Descriptor read;
  kit::Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  return {kit::Descriptor{ends[0]}, kit::Descriptor{ends[1]}};
}

void make_non_blocking(const kit::Descriptor& descriptor) {
  kit::check("fcntl", ::fcntl(descriptor.get(), F_SETFL, O_NONBLOCK));
}

void tell(int status_pipe, Message::Kind kind, int value, const char* call = "") {
  Message message{kind, value, {}};
  std::strncpy(message.call, call, sizeof message.call - 1);
  [[maybe_unused]] const ssize_t written =
      ::write(status_pipe, &message, sizeof message);  // atómico: es menor que PIPE_BUF
}

void write_text(const char* path, const std::string& text) {
  const kit::Descriptor file{kit::check("open", ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644))};
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) kit::check("write", -1);
}

std::string write_temporary(const std::string& text) {
  std::string name = (std::filesystem::temp_directory_path() / "lab-XXXXXX").string();
  const kit::Descriptor file{kit::check("mkostemp", ::mkostemp(name.data(), O_CLOEXEC))};
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) kit::check("write", -1);
  kit::check("fchmod", ::fchmod(file.get(), 0644));
  return name;
}

// Una vez montado, el archivo ya no necesita nombre.
void mount_text_over(const std::string& text, const char* target) {
  const std::string name = write_temporary(text);
  const int mounted = ::mount(name.c_str(), target, nullptr, MS_BIND, nullptr);
  const int error = errno;
  ::unlink(name.c_str());
  errno = error;
  kit::check("mount", mounted);
}

void give_hosts(const std::string& hosts) {
  const uid_t user = ::getuid();
  const gid_t group = ::getgid();
  if (::unshare(CLONE_NEWNS) == -1) {
    kit::check("unshare", ::unshare(CLONE_NEWUSER | CLONE_NEWNS));
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", std::to_string(user) + ' ' + std::to_string(user) + " 1");
    write_text("/proc/self/gid_map", std::to_string(group) + ' ' + std::to_string(group) + " 1");
  }
  kit::check("mount", ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
  mount_text_over(hosts, "/etc/hosts");
  // Los nombres salen solo de ese archivo: nadie pregunta a la red.
  mount_text_over("hosts: files\nservices: files\npasswd: files\ngroup: files\n", "/etc/nsswitch.conf");
}

// Un descriptor viaja a otro proceso como control de un mensaje: unix(7), SCM_RIGHTS.
union DescriptorMessage {
  cmsghdr header;
  char space[CMSG_SPACE(sizeof(int))];
};

void send_descriptor(int channel, int descriptor) {
  char byte = 0;
  iovec data{&byte, 1};
  DescriptorMessage control{};
  control.header = {CMSG_LEN(sizeof descriptor), SOL_SOCKET, SCM_RIGHTS};
  std::memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
  const msghdr message{nullptr, 0, &data, 1, &control, sizeof control, 0};
  kit::check("sendmsg", static_cast<int>(::sendmsg(channel, &message, MSG_NOSIGNAL)));
}

// Vacío si el otro proceso terminó sin enviarlo.
kit::Descriptor receive_descriptor(int channel) {
  char byte = 0;
  iovec data{&byte, 1};
  DescriptorMessage control{};
  msghdr message{nullptr, 0, &data, 1, &control, sizeof control, 0};
  int descriptor = -1;
  if (::recvmsg(channel, &message, MSG_CMSG_CLOEXEC) == 1 && message.msg_controllen >= sizeof control.header) {
    std::memcpy(&descriptor, CMSG_DATA(&control.header), sizeof descriptor);
  }
  return kit::Descriptor{descriptor};
}

void drop_bind_capability() {
  if (::prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE, 0, 0, 0) != 1) return;
  ::prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE, 0, 0, 0);  // sin root falla, y tampoco hace falta
}

std::vector<std::string> environment_for(const Launch& launch, const std::string& hosts_file) {
  // Símbolos en los informes de los sanitizers; sin core; el estado 86 distingue su final de los demás.
  const char* path = std::getenv("PATH");
  std::string address_options = std::string{"exitcode=86:detect_leaks="} + (launch.detect_leaks ? "1" : "0");
  std::vector<std::string> environment{
      std::string{"PATH="} + (path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path),
      "HOME=/",
      "LC_ALL=C.UTF-8",
      "UBSAN_OPTIONS=halt_on_error=1:exitcode=86:print_stacktrace=1",
      "TSAN_OPTIONS=io_sync=0:halt_on_error=1:exitcode=86",
  };
  if (!hosts_file.empty()) {
    environment.push_back("NSS_WRAPPER_HOSTS=" + hosts_file);
    environment.push_back(std::string{"LD_PRELOAD="} + toolchain::nss_wrapper);
    address_options += ":verify_asan_link_order=0";
  }
  environment.push_back("ASAN_OPTIONS=" + address_options);
  for (const auto& [name, value] : launch.environment) environment.emplace_back(name).append(1, '=').append(value);
  return environment;
}

[[noreturn]] void become_program(const Launch& launch, const std::string& hosts_file, int input, int output, int errors,
                                 int gate, int status_pipe) {
  const char* step = "setsid";
  try {
    kit::check(step, ::setsid());
    kit::check(step = "prctl", ::prctl(PR_SET_PDEATHSIG, SIGKILL));
    sigset_t none;
    ::sigemptyset(&none);
    kit::check(step = "sigprocmask", ::sigprocmask(SIG_SETMASK, &none, nullptr));
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGHUP, SIGQUIT}) ::signal(number, SIG_DFL);
    // Sin direcciones al azar: evita un fallo esporádico de AddressSanitizer al arrancar con vm.mmap_rnd_bits=32. Donde
    // no se permita no importa.
    ::personality(ADDR_NO_RANDOMIZE);
    rlimit limit{0, 0};
    kit::check(step = "setrlimit", ::setrlimit(RLIMIT_CORE, &limit));
    limit = {max_file_size, max_file_size};
    kit::check(step, ::setrlimit(RLIMIT_FSIZE, &limit));
    rlimit files{};
    kit::check(step = "getrlimit", ::getrlimit(RLIMIT_NOFILE, &files));
    files.rlim_cur = std::min<rlim_t>(max_descriptors, files.rlim_max);
    kit::check(step = "setrlimit", ::setrlimit(RLIMIT_NOFILE, &files));
    if (launch.hosts && hosts_file.empty()) give_hosts(*launch.hosts);
    if (!launch.may_bind_privileged_ports) drop_bind_capability();
    if (gate != -1) send_descriptor(gate, witness::install_task_gate().get());
    step = "dup2";
    if (launch.with_input) {
      kit::check(step, ::dup2(input, STDIN_FILENO));
    } else {
      ::close(STDIN_FILENO);
    }
    kit::check(step, ::dup2(output, STDOUT_FILENO));
    kit::check(step, ::dup2(errors, STDERR_FILENO));
    std::vector<char*> arguments;
    arguments.reserve(launch.command.size() + 1);
    for (const std::string& word : launch.command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const std::vector<std::string> variables = environment_for(launch, hosts_file);
    std::vector<char*> environment;
    environment.reserve(variables.size() + 1);
    for (const std::string& variable : variables) environment.push_back(const_cast<char*>(variable.c_str()));
    environment.push_back(nullptr);
    kit::check(step = "execve", ::execvpe(arguments.front(), arguments.data(), environment.data()));
  } catch (const std::system_error& error) {
    tell(status_pipe, Message::not_started, error.code().value(), step);
  }
  ::_exit(127);
}

// El supervisor no ejecuta otro programa: tiene que soltar a mano los descriptores de los demás programas y conexiones.
void keep_only(std::initializer_list<int> kept) {
  for (const int descriptor : witness::numbers_in("/proc/self/fd")) {
    if (descriptor > STDERR_FILENO && std::find(kept.begin(), kept.end(), descriptor) == kept.end())
      ::close(descriptor);
  }
}

void kill_everything() {
  for (;;) {
    for (const pid_t pid : witness::descendants(::getpid())) {
      // El grupo entero de una vez: así no se escapa un programa que no deja de reproducirse.
      const pid_t group = ::getpgid(pid);
      if (group > 1 && group != ::getpgrp()) ::kill(-group, SIGKILL);
      ::kill(pid, SIGKILL);
    }
    if (::waitpid(-1, nullptr, 0) == -1 && errno == ECHILD) return;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}

[[noreturn]] void supervise(pid_t program, int status_pipe, const sigset_t& awaited) {
  for (;;) {
    const int number = ::sigwaitinfo(&awaited, nullptr);
    if (number == SIGTERM) {
      kill_everything();
      ::_exit(0);
    }
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
      if (pid == program) tell(status_pipe, Message::ended, status);
    }
  }
}

Message read_message(const kit::Descriptor& status) {
  Message message{};
  const ssize_t count = ::read(status.get(), &message, sizeof message);
  if (count != sizeof message) return {Message::not_started, count < 0 ? errno : EPIPE, "supervisor"};
  return message;
}

}  // namespace

Supervised start(const Launch& launch) {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  Pipe status = make_pipe();
  Pipe gate;
  if (launch.gated && witness::available(witness::Capability::task_gate)) {
    std::array<int, 2> ends{};
    kit::check("socketpair", ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
    gate = {kit::Descriptor{ends[0]}, kit::Descriptor{ends[1]}};
  }
  Supervised result;
  if (launch.hosts && !witness::available(witness::Capability::mount_namespaces)) {
    result.hosts_file = write_temporary(*launch.hosts);
  }
  witness::available(witness::Capability::children_file);  // que se pruebe aquí, y no en cada supervisor

  sigset_t awaited;
  sigset_t previous;
  ::sigemptyset(&awaited);
  ::sigaddset(&awaited, SIGCHLD);
  ::sigaddset(&awaited, SIGTERM);
  kit::check("sigprocmask", ::sigprocmask(SIG_BLOCK, &awaited, &previous));
  const pid_t evaluator = ::getpid();
  const pid_t supervisor = ::fork();
  if (supervisor == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::setpgid(0, 0);  // el Ctrl-C de la terminal es para el evaluador: al morir él, llega SIGTERM
    if (::getppid() != evaluator) ::_exit(1);
    keep_only({input.read.get(), output.write.get(), errors.write.get(), gate.write.get(), status.write.get()});
    const pid_t program = ::fork();
    if (program == 0) {
      become_program(launch, result.hosts_file, input.read.get(), output.write.get(), errors.write.get(),
                     gate.write.get(), status.write.get());
    }
    if (program == -1) {
      tell(status.write.get(), Message::not_started, errno, "fork");
      ::_exit(1);
    }
    tell(status.write.get(), Message::started, program);
    keep_only({status.write.get()});
    supervise(program, status.write.get(), awaited);
  }
  const int error = errno;
  kit::check("sigprocmask", ::sigprocmask(SIG_SETMASK, &previous, nullptr));
  errno = error;
  kit::check("fork", supervisor);

  result.supervisor = supervisor;
  if (launch.with_input) result.input = std::move(input.write);
  result.output = std::move(output.read);
  result.errors = std::move(errors.read);
  status.write.reset();
  const Message first = read_message(status.read);
  result.program = first.kind == Message::started ? first.value : -1;
  result.status = std::move(status.read);
  gate.write.reset();
  if (gate.read.is_open()) result.gate = receive_descriptor(gate.read.get());
  make_non_blocking(result.output);
  make_non_blocking(result.errors);
  make_non_blocking(result.status);
  if (result.input.is_open()) make_non_blocking(result.input);
  if (first.kind == Message::not_started) {
    end(result);
    throw std::system_error{first.value, std::generic_category(), first.call};
  }
  return result;
}

std::optional<int> final_status(const Supervised& supervised) {
  Message message{};
  while (::read(supervised.status.get(), &message, sizeof message) == sizeof message) {
    if (message.kind == Message::ended) return message.value;
    if (message.kind == Message::not_started)
      throw std::system_error{message.value, std::generic_category(), message.call};
  }
  return std::nullopt;
}

void end(Supervised& supervised) {
  if (supervised.supervisor <= 0) return;
  ::kill(supervised.supervisor, SIGTERM);
  while (::waitpid(supervised.supervisor, nullptr, 0) == -1 && errno == EINTR) {
  }
  if (!supervised.hosts_file.empty()) ::unlink(supervised.hosts_file.c_str());
  supervised = Supervised{};
}

bool can_refuse_tasks() { return witness::available(witness::Capability::task_gate) || ::geteuid() != 0; }

bool can_give_hosts() {
  return witness::available(witness::Capability::mount_namespaces) || !std::string_view{toolchain::nss_wrapper}.empty();
}

}  // namespace grader
