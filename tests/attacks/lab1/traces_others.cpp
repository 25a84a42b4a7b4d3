// Ataque: se engancha con ptrace a su padre y a cuantos procesos ve, y abre su memoria.
// Puntos: 100
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Si lo consigue con alguno, se delata.
void trace_others() {
  for (pid_t pid = 1; pid < 300; ++pid) {
    if (pid == ::getpid()) continue;
    const std::string memory = "/proc/" + std::to_string(pid) + "/mem";
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0) std::abort();
    if (::open(memory.c_str(), O_RDWR | O_CLOEXEC) != -1) std::abort();
  }
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  trace_others();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
