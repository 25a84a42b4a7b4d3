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
#include <stdexcept>
#include <system_error>

#include "grader/limits.hpp"
#include "grader/status.hpp"
#include "grader/toolchain.hpp"
#include "witness/capabilities.hpp"
#include "witness/proc_file.hpp"
#include "witness/process.hpp"
#include "witness/task_gate.hpp"

namespace grader {
namespace {

struct Pipe {
  kit::Descriptor read;
  kit::Descriptor write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  return {kit::Descriptor{ends[0]}, kit::Descriptor{ends[1]}};
}

Pipe make_channel(int type) {
  std::array<int, 2> ends{};
  kit::check("socketpair", ::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()));
  return {kit::Descriptor{ends[0]}, kit::Descriptor{ends[1]}};
}

void make_non_blocking(const kit::Descriptor& descriptor) {
  kit::check("fcntl", ::fcntl(descriptor.get(), F_SETFL, O_NONBLOCK));
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

// El proceso inicial de las jaulas.
std::filesystem::path jail_process() { return std::filesystem::path{toolchain::tools} / "jail_init"; }

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
  mount_text_over(only_files, "/etc/nsswitch.conf");
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

std::vector<std::pair<std::string, std::string>> environment_for(const Launch& launch, Jail jail,
                                                                 const std::string& hosts_file) {
  // Símbolos en los informes de los sanitizers; sin core; el estado 86 distingue su final de los demás.
  const char* path = jail == Jail::none ? std::getenv("PATH") : nullptr;
  std::string address_options = std::string{"exitcode=86:detect_leaks="} + (launch.detect_leaks ? "1" : "0");
  std::vector<std::pair<std::string, std::string>> environment{
      {"PATH", path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path},
      {"HOME", "/"},
      {"LC_ALL", "C.UTF-8"},
      {"UBSAN_OPTIONS", "halt_on_error=1:exitcode=86:print_stacktrace=1"},
      {"TSAN_OPTIONS", "io_sync=0:halt_on_error=1:exitcode=86"},
  };
  if (!hosts_file.empty()) {
    environment.emplace_back("NSS_WRAPPER_HOSTS", hosts_file);
    environment.emplace_back("LD_PRELOAD", toolchain::nss_wrapper);
    address_options += ":verify_asan_link_order=0";
  }
  environment.emplace_back("ASAN_OPTIONS", address_options);
  environment.insert(environment.end(), launch.environment.begin(), launch.environment.end());
  return environment;
}

// Los extremos con los que arranca un programa.
struct Ends {
  int input;
  int output;
  int errors;
  int gate;  // -1: no la tiene
  int status;
};

// Lo que hereda el programa, con jaula o sin ella.
void set_limits() {
  kit::check("setsid", ::setsid());
  kit::check("prctl", ::prctl(PR_SET_PDEATHSIG, SIGKILL));
  sigset_t none;
  ::sigemptyset(&none);
  kit::check("sigprocmask", ::sigprocmask(SIG_SETMASK, &none, nullptr));
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGHUP, SIGQUIT}) ::signal(number, SIG_DFL);
  // Sin direcciones al azar: evita un fallo esporádico de AddressSanitizer al arrancar con vm.mmap_rnd_bits=32. Donde
  // no se permita no importa.
  ::personality(ADDR_NO_RANDOMIZE);
  rlimit limit{0, 0};
  kit::check("setrlimit", ::setrlimit(RLIMIT_CORE, &limit));
  limit = {max_file_size, max_file_size};
  kit::check("setrlimit", ::setrlimit(RLIMIT_FSIZE, &limit));
  rlimit files{};
  kit::check("getrlimit", ::getrlimit(RLIMIT_NOFILE, &files));
  files.rlim_max = std::min<rlim_t>(max_descriptors, files.rlim_max);
  files.rlim_cur = files.rlim_max;
  kit::check("setrlimit", ::setrlimit(RLIMIT_NOFILE, &files));
}

// Los archivos que nombra la orden y no son del sistema: el programa y los que lee o escribe.
struct NamedFiles {
  explicit NamedFiles(const std::vector<std::string>& command) {
    const std::string temporary = std::filesystem::temp_directory_path() / "";
    std::error_code missing;
    for (const std::string& word : command) {
      if (!word.starts_with('/') || word.starts_with("/usr/") || word.starts_with("/bin/") ||
          !std::filesystem::is_regular_file(word, missing)) {
        continue;
      }
      const bool is_program = word == command.front();
      (word.starts_with(temporary) && !is_program ? writable : readable).emplace_back(word);
    }
  }
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;
};

void confine_weakly(const Launch& launch, const std::string& hosts_file) {
  NamedFiles files{launch.command};
  if (!hosts_file.empty()) files.readable.emplace_back(hosts_file);
  confine(files.readable, files.writable);
}

[[noreturn]] void become_program(const Launch& launch, Jail jail, const std::string& hosts_file, const Ends& ends) {
  try {
    set_limits();
    ::prctl(PR_SET_DUMPABLE, 1);  // sin esto, quien no es root no puede escribir en su /proc/self/uid_map
    if (launch.hosts && hosts_file.empty()) give_hosts(*launch.hosts);
    if (!launch.may_bind_privileged_ports) drop_bind_capability();
    if (jail == Jail::weak) confine_weakly(launch, hosts_file);
    if (ends.gate != -1) {
      send_descriptor(ends.gate, witness::install_task_gate().get());
    }
    if (launch.with_input) {
      kit::check("dup2", ::dup2(ends.input, STDIN_FILENO));
    } else {
      ::close(STDIN_FILENO);
    }
    kit::check("dup2", ::dup2(ends.output, STDOUT_FILENO));
    kit::check("dup2", ::dup2(ends.errors, STDERR_FILENO));
    std::vector<char*> arguments;
    arguments.reserve(launch.command.size() + 1);
    for (const std::string& word : launch.command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment_for(launch, jail, hosts_file)) {
      variables.emplace_back(name).append(1, '=').append(value);
    }
    std::vector<char*> environment;
    environment.reserve(variables.size() + 1);
    for (const std::string& variable : variables) environment.push_back(const_cast<char*>(variable.c_str()));
    environment.push_back(nullptr);
    tell(ends.status, Message::started);
    kit::check("execve", ::execvpe(arguments.front(), arguments.data(), environment.data()));
  } catch (const std::system_error& error) {
    tell_failure(ends.status, error);
  }
  ::_exit(127);
}

// Como become_program(), dentro de una jaula que solo comparte la red con el evaluador. Los extremos del programa
// llegan hasta él con otros números: la entrada y las salidas estándar de la propia jaula no son las suyas.
[[noreturn]] void become_jail(Bubblewrap& jail, const Launch& launch, const Ends& ends) {
  try {
    set_limits();
    const kit::Descriptor nothing{kit::check("open", ::open("/dev/null", O_RDWR | O_CLOEXEC))};
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) kit::check("dup2", ::dup2(nothing.get(), standard));
    kit::check("dup2", ::dup2(ends.errors, STDERR_FILENO));  // de lo que bwrap no consiga hacer
    const Ends given{launch.with_input ? ends.input : -1, ends.output, ends.errors, ends.gate, ends.status};
    for (const int each : {given.status, given.gate, given.input, given.output, given.errors}) {
      if (each != -1) kit::check("fcntl", ::fcntl(each, F_SETFD, 0));
    }
    const std::string size = std::to_string(max_file_size);
    jail.with({"--as-pid-1", "--proc", "/proc", "--size", size, "--tmpfs", "/tmp", "--chdir", "/"});
    jail.shows(jail_process(), "/jaula");
    jail.knows_names(launch.hosts);
    const NamedFiles files{launch.command};
    for (const auto& file : files.readable) jail.shows(file);
    for (const auto& file : files.writable) jail.lends(file);
    for (const auto& [name, value] : environment_for(launch, Jail::full, "")) jail.with({"--setenv", name, value});
    std::vector<std::string> command{"/jaula"};
    for (const int each : {given.status, given.gate, given.input, given.output, given.errors}) {
      command.push_back(std::to_string(each));
    }
    command.insert(command.end(), launch.command.begin(), launch.command.end());
    jail.become(command);
  } catch (const std::system_error& error) {
    tell_failure(ends.status, error);
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

// Con jaula, `child` es bwrap, y solo termina por sí solo si no pudo crearla o si murió entera.
[[noreturn]] void supervise(pid_t child, Jail jail, int status, const sigset_t& awaited) {
  for (;;) {
    const int number = ::sigwaitinfo(&awaited, nullptr);
    if (number == SIGTERM) {
      kill_everything();
      ::_exit(0);
    }
    int how = 0;
    for (pid_t pid = ::waitpid(-1, &how, WNOHANG); pid > 0; pid = ::waitpid(-1, &how, WNOHANG)) {
      if (pid == child) tell(status, Message::ended, jail == Jail::full ? SIGKILL : how);
    }
  }
}

// Un mensaje, y quién lo envió.
struct Told {
  Message message;
  pid_t sender = -1;
};

// El control de un mensaje con quién lo envía: unix(7), SCM_CREDENTIALS.
union SenderMessage {
  cmsghdr header;
  char space[CMSG_SPACE(sizeof(ucred))];
};

// Nada si no hay ninguno, o si ya nadie puede enviarlo.
std::optional<Told> next_message(const kit::Descriptor& status) {
  Told told{};
  iovec data{&told.message, sizeof told.message};
  SenderMessage control{};
  msghdr header{nullptr, 0, &data, 1, &control, sizeof control, 0};
  ssize_t count = 0;
  do {
    count = ::recvmsg(status.get(), &header, 0);
  } while (count == -1 && errno == EINTR);
  if (count != sizeof told.message || header.msg_controllen < sizeof control.header) return std::nullopt;
  ucred sender{};
  std::memcpy(&sender, CMSG_DATA(&control.header), sizeof sender);
  told.sender = sender.pid;
  return told;
}

// Espera a que el programa esté en marcha. Devuelve el mensaje que dice que no pudo ser, o nada.
std::optional<Message> await_start(Supervised& result) {
  while (const std::optional<Told> told = next_message(result.status)) {
    if (told->message.kind == Message::rooted) {
      result.root = told->sender;
    } else if (told->message.kind == Message::started) {
      result.program = told->sender;
      return std::nullopt;
    } else {
      return told->message;
    }
  }
  return Message{Message::not_started, EPIPE, "supervisor"};
}

// Lo que dijo bwrap al no conseguirlo.
std::string complaint_in(const kit::Descriptor& errors) {
  std::array<char, 1024> text{};
  const ssize_t count = ::read(errors.get(), text.data(), text.size());
  return {text.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

}  // namespace

Supervised start(const Launch& launch, Jail jail) {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  Pipe status = make_channel(SOCK_SEQPACKET);
  const int on = 1;
  kit::check("setsockopt", ::setsockopt(status.read.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  Pipe gate;
  if (launch.gated && witness::available(witness::Capability::task_gate)) gate = make_channel(SOCK_STREAM);
  Supervised result;
  if (launch.hosts && jail != Jail::full && !witness::available(witness::Capability::mount_namespaces)) {
    result.hosts_file = write_temporary(*launch.hosts);
  }
  // Que se pruebe y se calcule aquí, y no en cada hijo.
  witness::available(witness::Capability::children_file);
  if (jail == Jail::weak) landlock_version();
  std::optional<Bubblewrap> bubblewrap;
  if (jail == Jail::full) bubblewrap.emplace();

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
    if (jail != Jail::none) ::prctl(PR_SET_DUMPABLE, 0);  // el programa puede ser del mismo usuario
    ::setpgid(0, 0);  // el Ctrl-C de la terminal es para el evaluador: al morir él, llega SIGTERM
    if (::getppid() != evaluator) ::_exit(1);
    const Ends ends{input.read.get(), output.write.get(), errors.write.get(), gate.write.get(), status.write.get()};
    keep_only({ends.input, ends.output, ends.errors, ends.gate, ends.status});
    if (jail != Jail::full) tell(ends.status, Message::rooted);
    const pid_t child = ::fork();
    if (child == 0) {
      if (bubblewrap) become_jail(*bubblewrap, launch, ends);
      become_program(launch, jail, result.hosts_file, ends);
    }
    if (child == -1) {
      tell(ends.status, Message::not_started, errno, "fork");
      ::_exit(1);
    }
    keep_only({ends.status});
    supervise(child, jail, ends.status, awaited);
  }
  const int error = errno;
  kit::check("sigprocmask", ::sigprocmask(SIG_SETMASK, &previous, nullptr));
  errno = error;
  kit::check("fork", supervisor);

  result.supervisor = supervisor;
  if (launch.with_input) result.input = std::move(input.write);
  result.output = std::move(output.read);
  result.errors = std::move(errors.read);
  result.status = std::move(status.read);
  status.write.reset();
  errors.write.reset();
  const std::optional<Message> failure = await_start(result);
  gate.write.reset();
  if (gate.read.is_open()) result.gate = receive_descriptor(gate.read.get());
  make_non_blocking(result.output);
  make_non_blocking(result.errors);
  make_non_blocking(result.status);
  if (result.input.is_open()) make_non_blocking(result.input);
  if (failure) {
    const std::string complaint = complaint_in(result.errors);
    end(result);
    if (failure->kind == Message::ended) throw std::runtime_error{"no se pudo aislar el programa: " + complaint};
    throw std::system_error{failure->value, std::generic_category(), failure->call};
  }
  return result;
}

std::optional<int> final_status(const Supervised& supervised) {
  while (const std::optional<Told> told = next_message(supervised.status)) {
    const Message& message = told->message;
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
