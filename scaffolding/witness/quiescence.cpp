#include "witness/quiescence.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

#include "witness/descriptors.hpp"
#include "witness/proc_file.hpp"
#include "witness/sockets.hpp"

namespace witness {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

// Dormidos según su estado, y ninguno a punto de dejar el procesador.
bool all_asleep(const std::vector<Process>& processes) {
  return std::all_of(processes.begin(), processes.end(), [](const Process& process) {
    return std::all_of(process.threads.begin(), process.threads.end(), [](const Thread& thread) {
      return thread.state == 'S' && thread.blocked.waker != Waker::running;
    });
  });
}

// El hilo despertará sin ayuda de fuera. Su límite es el más corto de los que tenga, o ninguno si no se conocen todos.
void wakes_alone(Blocked& blocked, Waker waker, std::optional<Nanoseconds> limit) {
  const bool already = blocked.waker == Waker::clock || blocked.waker == Waker::network;
  if (already) limit = limit && blocked.limit ? std::min(limit, blocked.limit) : std::nullopt;
  blocked.limit = limit;
  blocked.waker = waker;
}

// «it_value: (3, 999000000)»: lo que le falta a un timerfd; (0, 0) si está parado.
void consider_timer(pid_t pid, int descriptor, Blocked& blocked) {
  const auto info = descriptor_info(pid, descriptor);
  long long seconds = 0;
  long long nanoseconds = 0;
  if (std::sscanf(std::string{field_of(info, "it_value:")}.c_str(), "(%lld, %lld)", &seconds, &nanoseconds) != 2) {
    wakes_alone(blocked, Waker::clock, std::nullopt);
  } else if (seconds != 0 || nanoseconds != 0) {
    wakes_alone(blocked, Waker::clock, std::chrono::seconds{seconds} + Nanoseconds{nanoseconds});
  }
}

// Los descriptores de un epoll: «tfd: 4 events: 80000001 data: …». De los que avisan una sola vez (EPOLLET) no se puede
// decir que despertarán al hilo por tener algo.
void expand_epoll(pid_t pid, int epoll, Blocked& blocked) {
  const std::string info = descriptor_info(pid, epoll);
  for (std::size_t at = info.find("tfd:"); at != std::string::npos; at = info.find("tfd:", at + 1)) {
    int descriptor = -1;
    unsigned events = 0;
    if (std::sscanf(info.c_str() + at, "tfd: %d events: %x", &descriptor, &events) != 2) continue;
    constexpr unsigned wanted = EPOLLIN | EPOLLOUT | EPOLLPRI;  // los mismos números que en poll()
    const bool every_time = (events & EPOLLET) == 0;
    blocked.watched.push_back({descriptor, every_time ? static_cast<short>(events & wanted) : short{0}});
  }
}

// Sin pidfd_getfd: las colas, según la tabla de sockets. Solo hace falta en los de Internet: en los demás (AF_UNIX,
// tuberías), quien escribe despierta a quien lee antes de volver, y un hilo dormido no tiene nada pendiente. Tampoco es
// silencio esperar a un disco lento (NFS, FUSE), que se duerme igual que quien espera a otro.
bool ready_by_table(pid_t pid, const Watched& watched, Blocked& blocked, std::optional<std::vector<Socket>>& table) {
  const auto inode = socket_inode(pid, watched.descriptor);
  if (!inode) {
    struct stat file {};
    const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(watched.descriptor);
    return ::stat(link.c_str(), &file) == 0 && S_ISREG(file.st_mode);
  }
  if (!table) table = all_sockets();
  const auto found =
      std::find_if(table->begin(), table->end(), [&](const Socket& socket) { return socket.inode == *inode; });
  if (found == table->end() || found->family == AF_UNIX) return false;
  if (found->state == TcpState::syn_sent) wakes_alone(blocked, Waker::network, std::nullopt);
  const bool peer_closed =
      found->protocol == IPPROTO_TCP && (found->state == TcpState::close_wait || found->state == TcpState::last_ack ||
                                         found->state == TcpState::closing || found->state == TcpState::close);
  return (watched.events & POLLIN) != 0 && (found->receive_queue > 0 || peer_closed);
}

// Con pidfd_getfd: se le pregunta al propio socket, que además dice si la espera tiene un límite.
bool ready(int borrowed, const Watched& watched, bool is_socket, Blocked& blocked) {
  if (is_socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(borrowed, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_SYN_SENT) {
      wakes_alone(blocked, Waker::network, std::nullopt);
    }
  }
  if (is_socket && blocked.obeys_socket_limit) {
    timeval limit{};
    socklen_t size = sizeof limit;
    const int option = (watched.events & POLLOUT) != 0 ? SO_SNDTIMEO : SO_RCVTIMEO;
    if (::getsockopt(borrowed, SOL_SOCKET, option, &limit, &size) == 0 && (limit.tv_sec != 0 || limit.tv_usec != 0)) {
      wakes_alone(blocked, Waker::clock, std::chrono::seconds{limit.tv_sec} + std::chrono::microseconds{limit.tv_usec});
    }
    int domain = 0;
    size = sizeof domain;
    if (::getsockopt(borrowed, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX) return false;
  }
  pollfd entry{borrowed, watched.events, 0};
  return watched.events != 0 && ::poll(&entry, 1, 0) > 0;
}

// Mira a qué apuntan los descriptores que vigila un hilo dormido: pueden cambiar qué lo despertará. Devuelve true si lo
// que espera ya está ahí: lo están despertando ahora mismo.
bool about_to_wake(pid_t pid, Blocked& blocked, std::optional<std::vector<Socket>>& table) {
  std::set<int> expanded;
  for (std::size_t i = 0; i < blocked.watched.size(); ++i) {
    const Watched watched = blocked.watched[i];
    const std::string target = descriptor_target(pid, watched.descriptor);
    if (target == "anon_inode:[timerfd]") consider_timer(pid, watched.descriptor, blocked);
    if (target == "anon_inode:[io_uring]") blocked.waker = Waker::nothing_known;  // dentro puede haber cualquier cosa
    if (target == "anon_inode:[eventpoll]" && expanded.insert(watched.descriptor).second) {
      expand_epoll(pid, watched.descriptor, blocked);
    }
    const bool is_socket = target.substr(0, 7) == "socket:";
    if (blocked.waker == Waker::network &&
        socket_kind(pid, watched.descriptor).value_or(SocketKind{}).domain == AF_UNIX) {
      blocked.waker = Waker::output;  // connect() espera a que el otro extremo haga sitio en su cola
    }
    if (watched.events == 0 && !is_socket) continue;
    const kit::Descriptor borrowed = borrow(pid, watched.descriptor);
    if (borrowed.is_open() ? ready(borrowed.get(), watched, is_socket, blocked)
                           : ready_by_table(pid, watched, blocked, table)) {
      return true;
    }
  }
  return false;
}

// ¿Puede haber pedido una señal al reloj? De alarm() y setitimer() solo se ve el manejador; de timer_create(), la
// lista.
bool may_be_alarmed(const Process& process) {
  return process.catches_alarm || !read_file("/proc/" + std::to_string(process.pid) + "/timers").value_or("").empty();
}

// «, 50 ms»; «, 3600 s».
std::string limit_text(const Blocked& blocked) {
  if (!blocked.limit) return {};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(*blocked.limit);
  const auto seconds = std::chrono::round<std::chrono::seconds>(milliseconds);
  constexpr std::chrono::seconds long_wait{10};
  if (seconds >= long_wait || seconds == milliseconds) return ", " + std::to_string(seconds.count()) + " s";
  return ", " + std::to_string(milliseconds.count()) + " ms";
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
          result += thread.state == 'D' ? "espera dentro del núcleo" : "está ejecutándose";
          break;
        case Waker::debugger:
          result += "está detenido";
          break;
        case Waker::nothing_known:
          result += thread.blocked.call.empty() ? "duerme, y el núcleo no deja ver en qué llamada"
                                                : "espera en " + thread.blocked.text();
          break;
        case Waker::clock:
          result += (thread.blocked.watched.empty() ? "duerme en " : "espera con límite en ") + thread.blocked.text() +
                    limit_text(thread.blocked);
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
  finding.processes = look_at_program(ancestor);
  if (!all_asleep(finding.processes)) return finding;

  std::optional<std::vector<Socket>> table;
  std::optional<Nanoseconds> earliest;
  bool opaque = false;
  for (Process& process : finding.processes) {
    const bool alarmed = !process.zombie && may_be_alarmed(process);
    for (Thread& thread : process.threads) {
      Blocked& blocked = thread.blocked;
      if (about_to_wake(process.pid, blocked, table)) return finding;
      if (blocked.waker == Waker::nothing_known) opaque = true;
      if (alarmed) wakes_alone(blocked, Waker::clock, std::nullopt);
      if (blocked.waker == Waker::clock || blocked.waker == Waker::network) {
        const auto limit = blocked.limit.value_or(Nanoseconds{0});
        earliest = std::min(limit, earliest.value_or(limit));
      }
    }
  }
  // Lo último, la segunda mirada: así todo lo anterior se vio mientras dormían. Un temporizador visto después podría
  // haberse parado al despertar a alguien.
  if (packets_pending() || !still_asleep(ancestor, finding.processes)) return finding;
  finding.earliest_wake = earliest.value_or(Nanoseconds{0});
  finding.activity = is_gone(finding.processes) ? Activity::gone
                     : opaque                   ? Activity::opaque
                     : earliest                 ? Activity::timed
                                                : Activity::quiescent;
  return finding;
}

}  // namespace witness
