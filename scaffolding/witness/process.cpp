#include "witness/process.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <string_view>

#include "witness/capabilities.hpp"
#include "witness/proc_file.hpp"

namespace witness {
namespace {

std::string directory_of(pid_t pid) { return "/proc/" + std::to_string(pid); }

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const std::string tasks = directory_of(pid) + "/task/";
  for (const int tid : numbers_in(tasks)) {
    const auto list = read_file(tasks + std::to_string(tid) + "/children");
    if (!list) continue;
    for (std::string_view rest{*list}; !rest.empty();) {
      children.push_back(static_cast<pid_t>(to_number(rest)));
      const std::size_t space = rest.find(' ');
      rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    }
  }
  return children;
}

// Sin el archivo «children» hay que preguntar a cada proceso de la máquina quién es su padre.
std::multimap<pid_t, pid_t> every_parent() {
  std::multimap<pid_t, pid_t> parents;
  for (const int pid : numbers_in("/proc")) {
    const auto status = read_file(directory_of(pid) + "/status");
    if (status) parents.emplace(static_cast<pid_t>(to_number(field_of(*status, "PPid:"))), pid);
  }
  return parents;
}

SystemCall read_system_call(const std::string& thread_directory) {
  SystemCall call;
  if (!available(Capability::thread_syscall)) return call;
  const auto text = read_file(thread_directory + "/syscall");
  if (!text) return call;
  if (text->substr(0, 7) == "running") {
    call.number = SystemCall::running;
    return call;
  }
  auto& argument = call.arguments;
  static_assert(sizeof(unsigned long) == sizeof(std::uint64_t));
  // Número, seis argumentos, puntero de pila y contador de programa; o -1 y los dos últimos, fuera de toda llamada.
  std::sscanf(text->c_str(), "%ld %lx %lx %lx %lx %lx %lx", &call.number, argument.data(), &argument[1], &argument[2],
              &argument[3], &argument[4], &argument[5]);
  return call;
}

char state_in(std::string_view status) {
  const std::string_view state = field_of(status, "State:");
  return state.empty() ? '?' : state.front();
}

std::uint64_t switches_in(std::string_view status) {
  return to_number(field_of(status, "voluntary_ctxt_switches:")) +
         to_number(field_of(status, "nonvoluntary_ctxt_switches:"));
}

bool catches(int signal, std::string_view status) {
  const auto caught = std::strtoull(std::string{field_of(status, "SigCgt:")}.c_str(), nullptr, 16);
  return (caught >> (signal - 1) & 1) != 0;
}

bool is_dead(char state) { return state == 'Z' || state == 'X'; }

bool look_at(pid_t pid, pid_t tid, Thread& thread, Process& process) {
  const std::string directory = directory_of(pid) + "/task/" + std::to_string(tid);
  const auto status = read_file(directory + "/status");
  if (!status) return false;
  thread.tid = tid;
  thread.state = state_in(*status);
  thread.switches = switches_in(*status);
  process.parent = static_cast<pid_t>(to_number(field_of(*status, "PPid:")));
  process.resident = to_number(field_of(*status, "VmRSS:")) * 1024;
  process.address_space = to_number(field_of(*status, "VmSize:")) * 1024;
  process.catches_alarm = catches(SIGALRM, *status);
  const SystemCall call = thread.state == 'S' ? read_system_call(directory) : SystemCall{};
  if (thread.state == 'T' || thread.state == 't') {
    thread.blocked.waker = Waker::debugger;
    thread.blocked.call = "detenido";
  } else if (thread.state != 'S' || call.number == SystemCall::running) {
    thread.blocked.waker = Waker::running;
  } else if (call.number >= 0) {
    const bool resumed = call.number == SYS_restart_syscall;
    thread.blocked = interpret(pid, call, resumed ? read_file(directory + "/wchan").value_or("") : "");
  }
  return true;
}

bool still_asleep(pid_t pid, const Process& seen) {
  auto before = seen.threads.begin();
  for (const int tid : numbers_in(directory_of(pid) + "/task")) {
    const std::string directory = directory_of(pid) + "/task/" + std::to_string(tid);
    const bool runs = read_system_call(directory).number == SystemCall::running;
    const auto status = read_file(directory + "/status");
    if (!status) return false;
    if (is_dead(state_in(*status))) continue;
    if (before == seen.threads.end() || tid != before->tid || runs || state_in(*status) != 'S' ||
        switches_in(*status) != before->switches) {
      return false;
    }
    ++before;
  }
  return before == seen.threads.end();
}

}  // namespace

std::vector<pid_t> descendants(pid_t ancestor) {
  std::vector<pid_t> found;
  const bool quick = available(Capability::children_file);
  const auto parents = quick ? std::multimap<pid_t, pid_t>{} : every_parent();
  std::vector<pid_t> pending{ancestor};
  while (!pending.empty()) {
    const pid_t parent = pending.back();
    pending.pop_back();
    std::vector<pid_t> children;
    if (quick) {
      children = children_of(parent);
    } else {
      const auto [first, last] = parents.equal_range(parent);
      for (auto entry = first; entry != last; ++entry) children.push_back(entry->second);
    }
    found.insert(found.end(), children.begin(), children.end());
    pending.insert(pending.end(), children.begin(), children.end());
  }
  return found;
}

bool look_at(pid_t pid, Process& process) {
  process = Process{};
  process.pid = pid;
  for (const int tid : numbers_in(directory_of(pid) + "/task")) {
    Thread thread;
    if (look_at(pid, tid, thread, process)) process.threads.push_back(thread);
  }
  if (process.threads.empty()) return false;
  // El hilo principal puede haber terminado (pthread_exit) con otros vivos: solo es zombi si lo son todos.
  std::erase_if(process.threads, [](const Thread& thread) { return is_dead(thread.state); });
  process.zombie = process.threads.empty();
  return true;
}

std::vector<Process> look_at_program(pid_t ancestor) {
  std::vector<Process> processes;
  for (const pid_t pid : descendants(ancestor)) {
    Process process;
    if (look_at(pid, process)) processes.push_back(std::move(process));
  }
  return processes;
}

bool still_asleep(pid_t ancestor, const std::vector<Process>& seen) {
  const std::vector<pid_t> alive = descendants(ancestor);
  return std::equal(alive.begin(), alive.end(), seen.begin(), seen.end(),
                    [](pid_t pid, const Process& before) { return pid == before.pid && still_asleep(pid, before); });
}

std::uint64_t written_to_files(pid_t pid) {
  const auto counts = read_file(directory_of(pid) + "/io");
  return counts ? to_number(field_of(*counts, "write_bytes:")) : 0;
}

std::chrono::nanoseconds cpu_time(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace witness
