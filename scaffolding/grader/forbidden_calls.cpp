#include "grader/forbidden_calls.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "programs/kit.hpp"

namespace grader {
namespace {

#ifdef __x86_64__
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#endif

constexpr std::uint32_t first_x32_call = 0x40000000;  // las de x86-64 con punteros de 32 bits: otra puerta a las mismas
constexpr std::uint32_t memfd_secret_call = 447;      // las cabeceras de este sistema pueden no tenerla aún

constexpr std::array<std::uint32_t, 15> forbidden{SYS_unshare,
                                                  SYS_setns,
                                                  SYS_mount,
                                                  SYS_memfd_create,
                                                  memfd_secret_call,
                                                  SYS_shmget,
                                                  SYS_io_uring_setup,
                                                  SYS_io_uring_enter,
                                                  SYS_io_uring_register,
                                                  SYS_add_key,
                                                  SYS_keyctl,
                                                  SYS_request_key,
                                                  SYS_bpf,
                                                  SYS_userfaultfd,
                                                  SYS_perf_event_open};

constexpr std::uint32_t new_namespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
constexpr sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
// Salta `count` instrucciones si no se cumple.
constexpr sock_filter unless(int test, std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), value, 0, count);
}

}  // namespace

void forbid_calls() {
  constexpr std::uint32_t refuse = SECCOMP_RET_ERRNO | EPERM;
  constexpr std::uint32_t unknown = SECCOMP_RET_ERRNO | ENOSYS;
  std::array<sock_filter, 14 + 2 * forbidden.size()> program{};
  std::size_t length = 0;
  const auto add = [&](std::initializer_list<sock_filter> more) {
    for (const sock_filter& one : more) program[length++] = one;
  };
  add({load(offsetof(seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0), answer(unknown),
       load(offsetof(seccomp_data, nr)), unless(BPF_JGE, first_x32_call, 1), answer(unknown)});
  for (const std::uint32_t call : forbidden) add({unless(BPF_JEQ, call, 1), answer(refuse)});
  // Lo que pide clone3() está en memoria y no se puede mirar: sin ella, las bibliotecas usan clone().
  add({unless(BPF_JEQ, SYS_clone3, 1), answer(unknown)});
  add({unless(BPF_JEQ, SYS_clone, 3), load(offsetof(seccomp_data, args)), unless(BPF_JSET, new_namespaces, 1),
       answer(refuse), answer(SECCOMP_RET_ALLOW)});
  const sock_fprog filter{static_cast<unsigned short>(length), program.data()};
  kit::check("prctl", ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  kit::check("prctl", ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
}

}  // namespace grader
