// Ataque: crea sus propios espacios de nombres para ser root en ellos y montar discos en memoria.
// Puntos: 100
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si lo consigue, se delata.
const struct Early {
  Early() {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWNET) == 0) std::abort();
    if (::mount("none", "/tmp", "tmpfs", 0, nullptr) == 0 || ::umount2("/tmp", MNT_DETACH) == 0) std::abort();
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
