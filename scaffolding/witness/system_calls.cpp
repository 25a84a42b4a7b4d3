#include "witness/system_calls.hpp"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <ctime>

#include "witness/capabilities.hpp"

#if !defined(__x86_64__) && !defined(__aarch64__)
#error "El testigo conoce los números de llamada de x86-64 y aarch64; añade aquí los de esta arquitectura."
#endif

namespace witness {
namespace {

// Números de llamada que no comparten las dos arquitecturas: aarch64 no tiene las llamadas antiguas.
#ifdef __x86_64__
constexpr long sys_poll = SYS_poll;
constexpr long sys_select = SYS_select;
constexpr long sys_epoll_wait = SYS_epoll_wait;
constexpr long sys_pause = SYS_pause;
#else
constexpr long sys_poll = -101;
constexpr long sys_select = -102;
constexpr long sys_epoll_wait = -103;
constexpr long sys_pause = -104;
#endif
constexpr long sys_futex_waitv = 449;   // Linux 5.16; el mismo número en todas las arquitecturas
constexpr long sys_epoll_pwait2 = 441;  // Linux 5.11

// Copia memoria de otro proceso. Devuelve false si no se puede.
bool copy_from(pid_t pid, std::uint64_t address, void* destination, std::size_t size) {
  if (!available(Capability::process_memory)) return false;
  iovec local{destination, size};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): es una dirección de otro proceso.
  iovec remote{reinterpret_cast<void*>(address), size};
  return ::process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

int as_int(std::uint64_t argument) { return static_cast<int>(static_cast<std::uint32_t>(argument)); }

// timespec y timeval ocupan lo mismo: segundos y fracción, de 64 bits. Un tiempo desmedido se queda en unos treinta
// años.
std::chrono::nanoseconds duration(std::int64_t seconds, std::int64_t nanoseconds) {
  constexpr std::int64_t longest = 1'000'000'000;
  return std::chrono::seconds{std::clamp(seconds, -longest, longest)} + std::chrono::nanoseconds{nanoseconds};
}

// Un límite que está en memoria del programa; puntero nulo: no hay límite.
void read_limit(pid_t pid, std::uint64_t address, bool in_microseconds, Blocked& blocked) {
  if (address == 0) return;
  blocked.waker = Waker::clock;
  std::array<std::int64_t, 2> time{};
  if (!copy_from(pid, address, time.data(), sizeof time)) return;
  blocked.limit = duration(time[0], in_microseconds ? time[1] * 1000 : time[1]);
}

// Un límite absoluto: la hora de un reloj a la que despertará.
void read_deadline(pid_t pid, clockid_t clock, std::uint64_t address, Blocked& blocked) {
  if (address == 0) return;
  blocked.waker = Waker::clock;
  std::array<std::int64_t, 2> time{};
  timespec now{};
  if (!copy_from(pid, address, time.data(), sizeof time) || ::clock_gettime(clock, &now) == -1) return;
  blocked.limit = duration(time[0] - now.tv_sec, time[1] - now.tv_nsec);
}

void limit_in_milliseconds(std::uint64_t argument, Blocked& blocked) {
  const int milliseconds = as_int(argument);
  if (milliseconds < 0) return;
  blocked.waker = Waker::clock;
  blocked.limit = std::chrono::milliseconds{milliseconds};
}

void watch_poll(pid_t pid, std::uint64_t address, std::uint64_t count, Blocked& blocked) {
  constexpr std::uint64_t most = 4096;
  std::vector<pollfd> watched(std::min(count, most));
  if (count > most || (count > 0 && !copy_from(pid, address, watched.data(), watched.size() * sizeof(pollfd)))) {
    blocked.waker = Waker::nothing_known;
    return;
  }
  for (const pollfd& entry : watched) {
    if (entry.fd < 0) continue;
    blocked.watched.push_back({entry.fd, entry.events});
    if ((entry.events & POLLOUT) != 0 && (entry.events & POLLIN) == 0) blocked.waker = Waker::output;
  }
}

void watch_select(pid_t pid, const SystemCall& call, Blocked& blocked) {
  constexpr std::array<short, 3> events{POLLIN, POLLOUT, POLLPRI};
  const int count = as_int(call.arguments[0]);
  if (count > FD_SETSIZE) {
    blocked.waker = Waker::nothing_known;
    return;
  }
  const std::size_t bytes = (static_cast<std::size_t>(std::max(count, 0)) + 63) / 64 * 8;
  for (std::size_t set = 0; set < events.size(); ++set) {
    fd_set part;
    FD_ZERO(&part);
    const std::uint64_t address = call.arguments[set + 1];
    if (address == 0 || bytes == 0) continue;
    if (!copy_from(pid, address, &part, bytes)) {
      blocked.waker = Waker::nothing_known;
      return;
    }
    for (int fd = 0; fd < count; ++fd) {
      if (FD_ISSET(fd, &part)) blocked.watched.push_back({fd, events[set]});
    }
  }
}

struct OnDescriptor {
  long number;
  const char* name;
  Waker waker;
};

// Llamadas cuyo primer argumento es el descriptor en el que esperan.
constexpr std::array on_descriptor{
    OnDescriptor{SYS_read, "read", Waker::input},          OnDescriptor{SYS_readv, "readv", Waker::input},
    OnDescriptor{SYS_recvfrom, "recv", Waker::input},      OnDescriptor{SYS_recvmsg, "recvmsg", Waker::input},
    OnDescriptor{SYS_recvmmsg, "recvmmsg", Waker::input},  OnDescriptor{SYS_accept, "accept", Waker::input},
    OnDescriptor{SYS_accept4, "accept", Waker::input},     OnDescriptor{SYS_write, "write", Waker::output},
    OnDescriptor{SYS_writev, "writev", Waker::output},     OnDescriptor{SYS_sendto, "send", Waker::output},
    OnDescriptor{SYS_sendmsg, "sendmsg", Waker::output},   OnDescriptor{SYS_sendmmsg, "sendmmsg", Waker::output},
    OnDescriptor{SYS_sendfile, "sendfile", Waker::output}, OnDescriptor{SYS_splice, "splice", Waker::input},
    OnDescriptor{SYS_connect, "connect", Waker::network},  OnDescriptor{SYS_fcntl, "fcntl", Waker::thread},
    OnDescriptor{SYS_flock, "flock", Waker::thread},       OnDescriptor{SYS_close, "close", Waker::clock},
};

short events_of(Waker waker) {
  return waker == Waker::input ? short{POLLIN} : waker == Waker::output ? short{POLLOUT} : short{0};
}

// Una llamada interrumpida por SIGSTOP que el núcleo reanuda aparece como restart_syscall, con los argumentos que
// tenía. Solo reanuda así poll(), futex() con límite y las dos de dormir. El lugar del núcleo dice cuál era; antes de
// Linux 5.16 no se ve en x86-64, y quedan los argumentos: de la duda no sale nunca un silencio.
long resumed(const SystemCall& call, std::string_view kernel_place) {
  const long poll = sys_poll > 0 ? sys_poll : SYS_ppoll;
  if (kernel_place.find("futex") != std::string_view::npos) return SYS_futex;
  if (kernel_place.find("poll") != std::string_view::npos) return poll;
  constexpr std::uint64_t lowest_address = 4096;  // por debajo no es un puntero, sino el número de un reloj
  if (call.arguments[0] < lowest_address) return SYS_clock_nanosleep;
  if (!kernel_place.empty() && kernel_place != "0") return SYS_nanosleep;
  // El segundo argumento es en poll() cuántos descriptores; en nanosleep(), un puntero; en futex(), 0, 9, 128 o más.
  const std::uint64_t count = call.arguments[1];
  return count >= 1 && count < 128 && count != 9 ? poll : SYS_restart_syscall;
}

}  // namespace

std::string Blocked::text() const {
  std::string result = call.empty() ? "una llamada desconocida" : call;
  result += '(';
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (i == 8) {
      result += ", …";
      break;
    }
    if (i > 0) result += ", ";
    result += std::to_string(watched[i].descriptor);
  }
  return result + ')';
}

Blocked interpret(pid_t pid, const SystemCall& original, std::string_view kernel_place) {
  SystemCall call = original;
  Blocked blocked;
  if (call.number == SYS_restart_syscall) call.number = resumed(call, kernel_place);
  const auto& argument = call.arguments;

  const auto* simple = std::find_if(on_descriptor.begin(), on_descriptor.end(),
                                    [&](const OnDescriptor& known) { return known.number == call.number; });
  if (simple != on_descriptor.end()) {
    blocked.waker = simple->waker;
    blocked.call = simple->name;
    blocked.watched = {{as_int(argument[0]), events_of(simple->waker)}};
    blocked.obeys_socket_limit = simple->waker == Waker::input || simple->waker == Waker::output;
    if (call.number == SYS_recvmmsg) read_limit(pid, argument[4], false, blocked);
  } else if (call.number == sys_poll || call.number == SYS_ppoll) {
    blocked.call = call.number == sys_poll ? "poll" : "ppoll";
    blocked.waker = Waker::input;
    watch_poll(pid, argument[0], argument[1], blocked);
    if (call.number == sys_poll) {
      limit_in_milliseconds(argument[2], blocked);
    } else {
      read_limit(pid, argument[2], false, blocked);
    }
  } else if (call.number == sys_select || call.number == SYS_pselect6) {
    blocked.call = "select";
    blocked.waker = Waker::input;
    watch_select(pid, call, blocked);
    read_limit(pid, argument[4], call.number == sys_select, blocked);
  } else if (call.number == sys_epoll_wait || call.number == SYS_epoll_pwait || call.number == sys_epoll_pwait2) {
    blocked.call = "epoll_wait";
    blocked.waker = Waker::input;
    blocked.watched = {{as_int(argument[0]), POLLIN}};
    if (call.number == sys_epoll_pwait2) {
      read_limit(pid, argument[3], false, blocked);
    } else {
      limit_in_milliseconds(argument[3], blocked);
    }
  } else if (call.number == SYS_futex) {
    blocked.call = "futex";
    constexpr std::uint64_t command_mask = 0x7f;  // sin FUTEX_PRIVATE_FLAG ni FUTEX_CLOCK_REALTIME
    constexpr std::uint64_t wait = 0, lock_pi = 6, wait_bitset = 9, wait_requeue_pi = 11, lock_pi2 = 13;
    const std::uint64_t command = argument[1] & command_mask;
    if (command == wait) {
      blocked.waker = Waker::thread;
      read_limit(pid, argument[3], false, blocked);
    } else if (command == lock_pi || command == wait_bitset || command == wait_requeue_pi || command == lock_pi2) {
      constexpr std::uint64_t realtime = 256;  // FUTEX_CLOCK_REALTIME
      const bool by_the_calendar = command == lock_pi || (argument[1] & realtime) != 0;
      blocked.waker = Waker::thread;
      read_deadline(pid, by_the_calendar ? CLOCK_REALTIME : CLOCK_MONOTONIC, argument[3], blocked);
    }
  } else if (call.number == sys_futex_waitv) {
    blocked.call = "futex_waitv";
    blocked.waker = Waker::thread;
    read_deadline(pid, as_int(argument[4]), argument[3], blocked);
  } else if (call.number == SYS_wait4) {
    blocked.call = "waitpid";
    blocked.waker = Waker::process;
  } else if (call.number == SYS_waitid) {
    blocked.call = "waitid";
    blocked.waker = Waker::process;
  } else if (call.number == sys_pause || call.number == SYS_rt_sigsuspend) {
    blocked.call = call.number == sys_pause ? "pause" : "sigsuspend";
    blocked.waker = Waker::signal;
  } else if (call.number == SYS_rt_sigtimedwait) {
    blocked.call = "sigwait";
    blocked.waker = Waker::signal;
    read_limit(pid, argument[2], false, blocked);
  } else if (call.number == SYS_nanosleep || call.number == SYS_clock_nanosleep) {
    blocked.call = call.number == SYS_nanosleep ? "nanosleep" : "clock_nanosleep";
    blocked.waker = Waker::clock;
    constexpr std::uint64_t absolute = 1;  // TIMER_ABSTIME
    if (call.number == SYS_nanosleep) {
      read_limit(pid, argument[0], false, blocked);
    } else if ((argument[1] & absolute) == 0) {
      read_limit(pid, argument[2], false, blocked);
    } else {
      read_deadline(pid, as_int(argument[0]), argument[2], blocked);
    }
  } else {
    blocked.call = "llamada al sistema " + std::to_string(call.number);
  }
  return blocked;
}

}  // namespace witness
