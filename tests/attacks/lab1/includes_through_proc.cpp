// Ataque: busca al compilar lo que el compilador o su padre tengan abierto en /proc, y las entregas de otros.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

#if __has_include("/proc/1/cwd/solutions/lab1-socket/lab1.cpp")
#error "se ve /proc/1/cwd/solutions/lab1-socket/lab1.cpp"
#endif
#if __has_include("/proc/self/cwd/solutions/lab1-socket/lab1.cpp")
#error "se ve /proc/self/cwd/solutions/lab1-socket/lab1.cpp"
#endif
#if __has_include("/proc/1/cwd/tests/lab1_test.cpp")
#error "se ve /proc/1/cwd/tests/lab1_test.cpp"
#endif
#if __has_include("/proc/self/cwd/tests/lab1_test.cpp")
#error "se ve /proc/self/cwd/tests/lab1_test.cpp"
#endif
#if __has_include("/proc/self/cwd/../lab1/lab1.cpp")
#error "se ve /proc/self/cwd/../lab1/lab1.cpp"
#endif
#if __has_include("/etc/shadow")
#error "se ve /etc/shadow"
#endif
#if __has_include("/root/.bashrc")
#error "se ve /root/.bashrc"
#endif
#if __has_include("/autograder/source/setup.sh")
#error "se ve /autograder/source/setup.sh"
#endif
#if __has_include("/proc/1/root/root/.profile")
#error "se ve /proc/1/root/root/.profile"
#endif

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
