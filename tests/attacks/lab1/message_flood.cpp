// Ataque: hace escribir al compilador decenas de miles de mensajes, y por lo demás acierta.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

#define MESSAGE _Pragma("message \"0123456789012345678901234567890123456789012345678901234567890123456789\"")
#define M8 MESSAGE MESSAGE MESSAGE MESSAGE MESSAGE MESSAGE MESSAGE MESSAGE
#define M64 M8 M8 M8 M8 M8 M8 M8 M8
#define M512 M64 M64 M64 M64 M64 M64 M64 M64
M512 M512 M512 M512

    namespace lab1 {
  int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

  void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
