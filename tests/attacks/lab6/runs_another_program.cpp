// Ataque: se convierte en otro programa del sistema: un servidor que no es suyo.
// Puntos: 0
#include <unistd.h>

#include "lab6.hpp"

namespace lab6 {

int run_server(std::uint16_t) {
  ::execl("/bin/sh", "sh", "-c", "while :; do echo 100 OK; done", nullptr);
  return 0;
}

}  // namespace lab6
