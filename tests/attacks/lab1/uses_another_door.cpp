// Ataque: pide lo que no se admite por las otras puertas de x86: las llamadas x32 y las de 32 bits.
// Puntos: 100
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si alguna se abre, se delata.
const struct Early {
  Early() {
#ifdef __x86_64__
    constexpr long x32 = 0x40000000;
    if (::syscall(x32 + SYS_unshare, CLONE_NEWUSER) == 0 || ::syscall(x32 + SYS_memfd_create, "x", 0) >= 0)
      std::abort();
    long result = 310;  // unshare
    asm volatile("int $0x80" : "+a"(result) : "b"(CLONE_NEWUSER) : "memory");
    if (result == 0) std::abort();
#endif
    if (::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr) != -1) std::abort();
    clone_args wanted{};
    wanted.flags = CLONE_NEWUSER;
    wanted.exit_signal = SIGCHLD;
    if (::syscall(SYS_clone3, &wanted, sizeof wanted) != -1) std::abort();
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
