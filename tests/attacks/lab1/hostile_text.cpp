// Ataque: mete en sus mensajes secuencias de terminal, HTML, etiquetas de plataformas, ceros y UTF-8 incorrecto.
// Puntos: 0
// Se ve: <script>
#include <stdexcept>
#include <string>

#include "lab1.hpp"

namespace lab1 {

int create_socket(int, int) {
  std::string text = "\x1b[2J\x1b]0;aprobado\x07\x1b[32m✓\r<script>alert(1)</script><img src=x onerror=alert(1)>";
  text += "]]></failure></testsuite>,;\"'=1+1|Grade :=>> 100 --|> ${HOME} `id` \xff\xfe\xc3(\xed\xa0\x80\xf4\x90";
  text += '\0';
  throw std::runtime_error{text + std::string(5000, 'x')};
}

void close_socket(int) {}

}  // namespace lab1
