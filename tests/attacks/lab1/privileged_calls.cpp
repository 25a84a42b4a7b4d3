// Ataque: pide lo que solo puede hacer root: prioridad, nombre de la máquina, dispositivos, otra raíz.
// Puntos: 100
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Ninguna de estas cambia nada, aunque se permita. Si se permite alguna, se delata.
const struct Early {
  Early() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    if (::sethostname(name.data(), std::strlen(name.data())) == 0) std::abort();
    const sched_param priority{1};
    if (::sched_setscheduler(0, SCHED_FIFO, &priority) == 0) std::abort();
    if (::setpriority(PRIO_PROCESS, 0, -20) == 0) std::abort();
    if (::mknod("/tmp/attack-disco", S_IFBLK | 0600, makedev(8, 0)) == 0) std::abort();
    if (::chroot("/") == 0 || ::open("/dev/mem", O_RDONLY | O_CLOEXEC) != -1) std::abort();
    if (::open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC) != -1) std::abort();
    if (::open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC) != -1) std::abort();
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
