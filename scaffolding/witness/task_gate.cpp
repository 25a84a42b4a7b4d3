#include "witness/task_gate.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace witness {
namespace {

#ifdef __x86_64__
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
constexpr std::array<std::uint32_t, 4> creating_calls{SYS_clone, SYS_clone3, SYS_fork, SYS_vfork};
#else
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
constexpr std::array<std::uint32_t, 2> creating_calls{SYS_clone, SYS_clone3};
#endif

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
constexpr sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
constexpr sock_filter skip_unless(std::uint32_t value) { return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1); }

}  // namespace

kit::Descriptor install_task_gate() {
  // Cada pregunta salta una instrucción si no se cumple.
  std::array<sock_filter, 5 + 2 * creating_calls.size()> program{};
  std::size_t length = 0;
  program[length++] = load(offsetof(seccomp_data, arch));
  program[length++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
  program[length++] = answer(SECCOMP_RET_ALLOW);
  program[length++] = load(offsetof(seccomp_data, nr));
  for (const std::uint32_t call : creating_calls) {
    program[length++] = skip_unless(call);
    program[length++] = answer(SECCOMP_RET_USER_NOTIF);
  }
  program[length++] = answer(SECCOMP_RET_ALLOW);
  const sock_fprog filter{static_cast<unsigned short>(length), program.data()};
  kit::check("prctl", ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  return kit::Descriptor{kit::check("seccomp", static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                                                          SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter)))};
}

std::size_t answer_task_gate(const kit::Descriptor& gate, bool refuse) {
  std::size_t answered = 0;
  for (pollfd entry{gate.get(), POLLIN, 0}; ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0; ++answered) {
    seccomp_notif request{};
    if (::ioctl(gate.get(), SECCOMP_IOCTL_NOTIF_RECV, &request) == -1) break;  // quien preguntaba ya no está
    seccomp_notif_resp response{};
    response.id = request.id;
    if (refuse) {
      response.error = -EAGAIN;
    } else {
      response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ::ioctl(gate.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);  // si falla, quien preguntaba ya no está
  }
  return answered;
}

}  // namespace witness
