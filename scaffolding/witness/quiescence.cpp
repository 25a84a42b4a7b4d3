#include "witness/quiescence.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <optional>

#include "witness/capabilities.hpp"
#include "witness/descriptors.hpp"
#include "witness/sockets.hpp"

namespace witness {
namespace {

// Un programa en dos miradas: ¿son los mismos hilos, dormidos, y ninguno ha corrido?
bool same_sleep(const std::vector<Process>& before, const std::vector<Process>& after) {
  return std::equal(before.begin(), before.end(), after.begin(), after.end(), [](const Process& a, const Process& b) {
    return a.pid == b.pid && a.zombie == b.zombie &&
           std::equal(a.threads.begin(), a.threads.end(), b.threads.begin(), b.threads.end(),
                      [](const Thread& x, const Thread& y) {
                        return x.tid == y.tid && x.state == 'S' && y.state == 'S' && x.switches == y.switches;
                      });
  });
}

bool all_asleep(const std::vector<Process>& processes) {
  return std::all_of(processes.begin(), processes.end(), [](const Process& process) {
    return std::all_of(process.threads.begin(), process.threads.end(), [](const Thread& thread) { return thread.state == 'S'; });
  });
}

// Sin pidfd_getfd: la cola de recepción, en la tabla de sockets; de los demás descriptores no se sabe.
bool has_input_by_table(pid_t pid, int descriptor, std::optional<std::vector<Socket>>& table) {
  const auto inode = socket_inode(pid, descriptor);
  if (!inode) return false;
  if (!table) table = all_sockets();
  const auto found = std::find_if(table->begin(), table->end(), [&](const Socket& socket) { return socket.inode == *inode; });
  if (found == table->end()) return false;
  const bool peer_closed = found->protocol == IPPROTO_TCP &&
                           (found->state == TcpState::close_wait || found->state == TcpState::last_ack ||
                            found->state == TcpState::closing || found->state == TcpState::close);
  return found->receive_queue > 0 || peer_closed;
}

// ¿Volvería ya la llamada, aunque el hilo siga dormido? Entonces lo están despertando ahora mismo.
bool about_to_wake(pid_t pid, const Blocked& blocked, std::optional<std::vector<Socket>>& table) {
  if (blocked.waker == Waker::clock || blocked.edge_triggered) return false;
  const bool epoll = blocked.call == "epoll_wait";
  for (const auto& [descriptor, events] : blocked.watched) {
    const kit::Descriptor borrowed = borrow(pid, descriptor);
    if (borrowed.is_open()) {
      pollfd entry{borrowed.get(), events, 0};
      if (::poll(&entry, 1, 0) > 0) return true;
      if (epoll) return false;  // el propio epoll responde por todos los suyos
    } else if ((events & POLLIN) != 0 && has_input_by_table(pid, descriptor, table)) {
      return true;
    }
  }
  return false;
}

// recv() y accept() con SO_RCVTIMEO, y send() con SO_SNDTIMEO, despiertan solos.
std::optional<std::chrono::nanoseconds> socket_time_limit(pid_t pid, const Blocked& blocked) {
  if ((blocked.waker != Waker::input && blocked.waker != Waker::output) || blocked.watched.size() != 1) return {};
  if (!socket_inode(pid, blocked.watched.front().descriptor)) return {};
  const kit::Descriptor borrowed = borrow(pid, blocked.watched.front().descriptor);
  if (!borrowed.is_open()) return {};
  timeval limit{};
  socklen_t size = sizeof limit;
  const int option = blocked.waker == Waker::input ? SO_RCVTIMEO : SO_SNDTIMEO;
  if (::getsockopt(borrowed.get(), SOL_SOCKET, option, &limit, &size) == -1) return {};
  if (limit.tv_sec == 0 && limit.tv_usec == 0) return {};
  return std::chrono::seconds{limit.tv_sec} + std::chrono::microseconds{limit.tv_usec};
}

bool is_gone(const std::vector<Process>& processes) {
  return std::all_of(processes.begin(), processes.end(), [](const Process& process) { return process.zombie; });
}

}  // namespace

std::string Finding::text() const {
  std::string result;
  const auto alive = std::count_if(processes.begin(), processes.end(), [](const Process& p) { return !p.zombie; });
  int told = 0;
  for (const Process& process : processes) {
    for (const Thread& thread : process.threads) {
      if (++told > 4) return result + " …";
      if (!result.empty()) result += "; ";
      if (alive > 1) result += "el proceso " + std::to_string(process.pid) + ' ';
      if (process.threads.size() > 1) result += "(hilo " + std::to_string(thread.tid) + ") ";
      switch (thread.blocked.waker) {
        case Waker::running:
          result += thread.state == 'D' ? "espera al disco" : "está ejecutándose";
          break;
        case Waker::debugger:
          result += "está detenido";
          break;
        case Waker::nothing_known:
          result += thread.blocked.call.empty() ? "duerme, y el núcleo no deja ver en qué llamada"
                                                : "espera en " + thread.blocked.text();
          break;
        case Waker::clock:
          result += (thread.blocked.watched.empty() ? "duerme en " : "espera con límite en ") + thread.blocked.text();
          break;
        default:
          result += "espera en " + thread.blocked.text();
      }
    }
  }
  return result.empty() ? "ha terminado" : result;
}

Finding find_activity(pid_t ancestor) {
  Finding finding;
  const std::vector<Process> before = look_at_program(ancestor);
  if (is_gone(before)) {
    finding.processes = before;
    finding.activity = Activity::gone;
    return finding;
  }
  finding.processes = before;
  if (!all_asleep(before)) return finding;
  finding.processes = look_at_program(ancestor);
  if (!same_sleep(before, finding.processes)) return finding;

  std::optional<std::vector<Socket>> table;
  std::optional<std::chrono::nanoseconds> earliest;
  bool timed = false;
  bool opaque = false;
  for (Process& process : finding.processes) {
    for (Thread& thread : process.threads) {
      Blocked& blocked = thread.blocked;
      if (const auto limit = socket_time_limit(process.pid, blocked)) {
        blocked.waker = Waker::clock;
        blocked.limit = limit;
      }
      if (about_to_wake(process.pid, blocked, table)) return finding;
      if (blocked.waker == Waker::nothing_known) opaque = true;
      if (blocked.waker == Waker::clock || blocked.waker == Waker::network) {
        timed = true;
        const auto limit = blocked.limit.value_or(std::chrono::nanoseconds{0});
        if (!earliest || limit < *earliest) earliest = limit;
      }
    }
  }
  finding.activity = opaque ? Activity::opaque : timed ? Activity::timed : Activity::quiescent;
  finding.earliest_wake = earliest.value_or(std::chrono::nanoseconds{0});
  return finding;
}

}  // namespace witness
