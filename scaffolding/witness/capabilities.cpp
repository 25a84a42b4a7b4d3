#include "witness/capabilities.hpp"

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <system_error>

#include "programs/kit.hpp"
#include "witness/proc_file.hpp"
#include "witness/task_gate.hpp"

namespace witness {
namespace {

// Un proceso hijo que solo espera en un read(): lo que sirva para verlo servirá para ver los programas.
class SleepingChild {
public:
  SleepingChild() {
    std::array<int, 2> ends{};
    kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
    read_end_ = kit::Descriptor{ends[0]};
    write_end_ = kit::Descriptor{ends[1]};
    pid_ = kit::check("fork", ::fork());
    if (pid_ == 0) {
      write_end_.reset();
      char byte = 0;
      while (::read(read_end_.get(), &byte, 1) > 0) {
      }
      ::_exit(0);
    }
  }
  SleepingChild(const SleepingChild&) = delete;
  SleepingChild& operator=(const SleepingChild&) = delete;
  ~SleepingChild() {
    write_end_.reset();  // fin de la entrada: el hijo termina
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int descriptor() const { return read_end_.get(); }

private:
  kit::Descriptor read_end_;
  kit::Descriptor write_end_;
  pid_t pid_ = -1;
};

// Hace la prueba en un hijo desechable. Devuelve true si terminó con estado 0.
bool works_in_child(const std::function<bool()>& attempt) {
  const pid_t child = ::fork();
  if (child == -1) return false;
  if (child == 0) ::_exit(attempt() ? 0 : 1);
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool probe(Capability capability) {
  switch (capability) {
    case Capability::pidfd_getfd: {
      const SleepingChild child;
      const kit::Descriptor process{static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0))};
      if (!process.is_open()) return false;
      return kit::Descriptor{static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), child.descriptor(), 0))}
          .is_open();
    }
    case Capability::thread_syscall: {
      const SleepingChild child;
      const std::string pid = std::to_string(child.pid());
      const auto text = read_file("/proc/" + pid + "/task/" + pid + "/syscall");
      return text && !text->empty();
    }
    case Capability::process_memory: {
      const SleepingChild child;
      int copy = 0;
      static const int original = 42;  // está en la misma dirección en el hijo
      iovec local{&copy, sizeof copy};
      iovec remote{const_cast<int*>(&original), sizeof original};
      return ::process_vm_readv(child.pid(), &local, 1, &remote, 1, 0) == sizeof copy && copy == original;
    }
    case Capability::sock_diag: {
      const kit::Descriptor netlink{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
      if (!netlink.is_open()) return false;
      struct {
        nlmsghdr header;
        inet_diag_req_v2 body;
      } request{};
      request.header.nlmsg_len = sizeof request;
      request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
      request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
      request.body.sdiag_family = AF_INET;
      request.body.sdiag_protocol = IPPROTO_TCP;
      request.body.idiag_states = 1U << 10;  // TCP_LISTEN
      if (::send(netlink.get(), &request, sizeof request, 0) == -1) return false;
      alignas(nlmsghdr) std::array<char, 32768> answer{};
      if (::recv(netlink.get(), answer.data(), answer.size(), 0) == -1) return false;
      const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
      if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY) return true;
      return header->nlmsg_type == NLMSG_DONE && *static_cast<const int*>(NLMSG_DATA(header)) == 0;  // nadie escucha
    }
    case Capability::children_file: {
      const std::string self = std::to_string(::getpid());
      return read_file("/proc/" + self + "/task/" + self + "/children").has_value();
    }
    case Capability::user_namespaces:
      return works_in_child([] { return ::unshare(CLONE_NEWUSER) == 0; });
    case Capability::task_gate:
      return works_in_child([] {
        try {
          const kit::Descriptor gate = install_task_gate();
          return true;
        } catch (const std::system_error&) {
          return false;
        }
      });
    case Capability::mount_namespaces:
      return works_in_child([] {
        if (::unshare(CLONE_NEWNS) == -1 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1) return false;
        return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               ::mount("/etc/hosts", "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
      });
    case Capability::landlock:
      return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
  }
  return false;
}

std::set<Capability>& switched_off() {
  static std::set<Capability> off = [] {
    std::set<Capability> initial;
    const char* variable = std::getenv("WITNESS_WITHOUT");
    const std::string list = ',' + std::string{variable == nullptr ? "" : variable} + ',';
    for (const CapabilityFacts& facts : capabilities()) {
      if (list.find(',' + std::string{facts.name} + ',') != std::string::npos) initial.insert(facts.capability);
    }
    return initial;
  }();
  return off;
}

}  // namespace

const std::vector<CapabilityFacts>& capabilities() {
  static const std::vector<CapabilityFacts> facts{
      {Capability::pidfd_getfd, "pidfd_getfd", "leer las opciones de los sockets de otro proceso",
       "las opciones se comprueban por su efecto, el tipo de cada socket por su nombre de protocolo, y SO_RCVTIMEO no "
       "se ve"},
      {Capability::thread_syscall, "thread_syscall", "ver en qué llamada espera cada hilo (/proc/PID/syscall)",
       "un programa que se cuelga se detecta solo por el tiempo límite de seguridad"},
      {Capability::process_memory, "process_memory", "leer los argumentos de poll(), select() y nanosleep()",
       "un programa que se cuelga en poll() o select() se detecta solo por el tiempo límite de seguridad"},
      {Capability::sock_diag, "sock_diag", "preguntar al núcleo por un socket concreto",
       "se leen las tablas de /proc/net: más lento, y el backlog solo se ve con pidfd_getfd"},
      {Capability::children_file, "children_file", "conocer los procesos hijos de un programa",
       "se recorre todo /proc: más lento, y se puede escapar un programa que salta de proceso en proceso"},
      {Capability::user_namespaces, "user_namespaces", "aislar programas sin ser root",
       "no hay red ni archivos privados para los programas si no eres root"},
      {Capability::task_gate, "task_gate", "hacer que fork() y la creación de hilos fallen",
       "se usa RLIMIT_NPROC o, si eres root, esas pruebas no se hacen"},
      {Capability::mount_namespaces, "mount_namespaces", "dar a un programa su propio /etc/hosts",
       "los nombres con varias direcciones se simulan con libnss-wrapper, o esas pruebas no se hacen"},
      {Capability::landlock, "landlock", "que una entrega ajena no lea ni escriba archivos con ISOLATION=weak",
       "con ISOLATION=weak una entrega puede leer lo mismo que quien la evalúa"},
  };
  return facts;
}

bool available(Capability capability) {
  static std::map<Capability, bool> known;
  if (switched_off().contains(capability)) return false;
  const auto found = known.find(capability);
  if (found != known.end()) return found->second;
  return known[capability] = probe(capability);
}

Without::Without(Capability capability)
    : capability_{capability}, was_off_{!switched_off().insert(capability).second} {}

Without::~Without() {
  if (!was_off_) switched_off().erase(capability_);
}

}  // namespace witness
