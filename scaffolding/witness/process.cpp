#include "witness/process.hpp"

#include <sys/syscall.h>

#include <ctime>

#include <cstdio>
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
  const auto text = read_file(thread_directory + "/syscall");
  if (!text) return call;
  auto& argument = call.arguments;
  static_assert(sizeof(unsigned long) == sizeof(std::uint64_t));
  // «running», o: número, seis argumentos, puntero de pila y contador de programa.
  if (std::sscanf(text->c_str(), "%ld %lx %lx %lx %lx %lx %lx", &call.number, &argument[0], &argument[1], &argument[2],
                  &argument[3], &argument[4], &argument[5]) < 1) {
    call.number = -1;
  }
  return call;
}

bool look_at(pid_t pid, pid_t tid, Thread& thread, Process& process) {
  const std::string directory = directory_of(pid) + "/task/" + std::to_string(tid);
  const auto status = read_file(directory + "/status");
  if (!status) return false;
  thread.tid = tid;
  const std::string_view state = field_of(*status, "State:");
  thread.state = state.empty() ? '?' : state.front();
  thread.switches = to_number(field_of(*status, "voluntary_ctxt_switches:")) +
                    to_number(field_of(*status, "nonvoluntary_ctxt_switches:"));
  process.parent = static_cast<pid_t>(to_number(field_of(*status, "PPid:")));
  process.resident = to_number(field_of(*status, "VmRSS:")) * 1024;
  process.address_space = to_number(field_of(*status, "VmSize:")) * 1024;
  switch (thread.state) {
    case 'S':
      if (available(Capability::thread_syscall)) {
        const SystemCall call = read_system_call(directory);
        if (call.number >= 0) {
          const bool resumed = call.number == SYS_restart_syscall;
          thread.blocked = interpret(pid, call, resumed ? read_file(directory + "/wchan").value_or("") : "");
        }
      }
      break;
    case 'T':
    case 't':
      thread.blocked.waker = Waker::debugger;
      thread.blocked.call = "detenido";
      break;
    default:
      thread.blocked.waker = Waker::running;
  }
  return true;
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
  process.zombie = true;
  for (const Thread& thread : process.threads) {
    if (thread.state != 'Z' && thread.state != 'X') process.zombie = false;
  }
  std::erase_if(process.threads, [](const Thread& thread) { return thread.state == 'Z' || thread.state == 'X'; });
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

std::chrono::nanoseconds cpu_time(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace witness
