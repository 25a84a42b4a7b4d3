// Ataque: escucha lo que pasa por la red con sockets sin formato, y cambia la interfaz de bucle.
// Puntos: 100
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

// Se pide dejar la interfaz como está: no cambia nada, aunque se permita. Si se permite algo, se delata.
void sniff() {
  if (::socket(AF_PACKET, SOCK_RAW, 0) != -1 || ::socket(AF_INET, SOCK_RAW, IPPROTO_TCP) != -1) std::abort();
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  if (::ioctl(any, SIOCGIFFLAGS, &loopback) == 0 && ::ioctl(any, SIOCSIFFLAGS, &loopback) == 0) std::abort();
  ::close(any);
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) {
  sniff();
  return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0));
}

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
