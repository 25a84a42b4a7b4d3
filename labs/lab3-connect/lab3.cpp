// Laboratorio 3: conectar con un servidor por su nombre, y conversar con él.
// La guía es GUIA.md, en esta misma carpeta. Para comprobar lo que llevas: make lab3
#include "lab3.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "programs/conversation.hpp"
#include "protocol/protocol.hpp"

namespace lab3 {

kit::Descriptor connect_to(const std::string& host, const std::string& service) {
  // TODO(1): di a getaddrinfo() qué buscas: cualquier familia de direcciones, socket de flujo. ¿Y los demás campos?
  kit::pending(1);

  // TODO(2): resuelve el nombre y el servicio. Si falla, el motivo no está en errno: ¿dónde está?
  kit::pending(2, host, service);

  // TODO(3): haz que la lista se libere con freeaddrinfo() se salga por donde se salga.
  kit::pending(3);

  // TODO(4): recorre la lista: crea un socket para cada dirección e intenta conectarlo; el primero que lo logre es el
  // bueno.
  kit::pending(4);

  // TODO(5): ninguna dirección ha aceptado: lanza std::system_error con el error del último intento.
  kit::pending(5);
}

namespace {
std::string show_reply(kit::LineReader& replies, std::ostream& screen);
}

void converse(int server, std::istream& user, std::ostream& screen) {
  kit::LineReader replies{server};
  std::string line;
  while (std::getline(user, line)) {
    // TODO(6): envía la línea que ha escrito el usuario, con su fin de línea.
    kit::pending(6, server);

    // TODO(7): tras DATA todavía no hay respuesta: pide los datos con «Input data to send: » y envíalos.
    kit::pending(7);

    // TODO(8): muestra la respuesta con show_reply(). ¿Con cuál de ellas se acaba la conversación?
    kit::pending(8, show_reply, replies, screen);
  }
  throw std::runtime_error{"la entrada terminó sin despedirse con QUIT"};
}

namespace {

// Muestra una respuesta entera y devuelve su primera línea.
std::string show_reply(kit::LineReader& replies, std::ostream& screen) {
  // TODO(9): recibe la respuesta línea a línea y muestra cada una. ¿Cuántas son? ¿Y si el servidor cierra antes?
  kit::pending(9, replies, screen);
}

}  // namespace

}  // namespace lab3
