// Ataque: hace que el compilador repita secuencias de terminal, HTML, etiquetas y UTF-8 incorrecto.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include "lab1.hpp"
#include "programs/kit.hpp"

#pragma message("\x1b[2J\x1b]0;aprobado\x07<script>alert(1)</script>\nGrade :=>> 100\n\xff\xfe\xc3(")

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
