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
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;

  // TODO(2): resuelve el nombre y el servicio. Si falla, el motivo no está en errno: ¿dónde está?
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); error != 0) {
    throw std::runtime_error{std::string{"getaddrinfo: "} + ::gai_strerror(error)};
  }

  // TODO(3): haz que la lista se libere con freeaddrinfo() se salga por donde se salga.
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, &::freeaddrinfo};

  // TODO(4): recorre la lista: crea un socket para cada dirección e intenta conectarlo; el primero que lo logre es el
  // bueno.
  int last_error = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    kit::Descriptor server{::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol)};
    if (server.is_open() && ::connect(server.get(), address->ai_addr, address->ai_addrlen) == 0) return server;
    last_error = errno;
  }

  // TODO(5): ninguna dirección ha aceptado: lanza std::system_error con el error del último intento.
  throw std::system_error{last_error, std::generic_category(), "connect"};
}

namespace {
std::string show_reply(kit::LineReader& replies, std::ostream& screen);
}

void converse(int server, std::istream& user, std::ostream& screen) {
  kit::LineReader replies{server};
  std::string line;
  while (std::getline(user, line)) {
    // TODO(6): envía la línea que ha escrito el usuario, con su fin de línea.
    kit::send_all(server, line + '\n');

    // TODO(7): tras DATA todavía no hay respuesta: pide los datos con «Input data to send: » y envíalos.
    if (line == protocol::data) {
      screen << "Input data to send: " << std::flush;
      if (!std::getline(user, line)) break;
      kit::send_all(server, line + '\n');
    }

    // TODO(8): muestra la respuesta con show_reply(). ¿Con cuál de ellas se acaba la conversación?
    if (show_reply(replies, screen) == "200 BYE") return;
  }
  throw std::runtime_error{"la entrada terminó sin despedirse con QUIT"};
}

namespace {

// Muestra una respuesta entera y devuelve su primera línea.
std::string show_reply(kit::LineReader& replies, std::ostream& screen) {
  // TODO(9): recibe la respuesta línea a línea y muestra cada una. ¿Cuántas son? ¿Y si el servidor cierra antes?
  std::string first;
  std::size_t shown = 0;
  do {
    const std::optional<std::string> line = replies.receive_line();
    if (!line) throw std::runtime_error{"el servidor cerró sin terminar su respuesta"};
    screen << *line << std::endl;
    if (shown++ == 0) first = *line;
  } while (shown < protocol::lines_in_reply(first));
  return first;
}

}  // namespace

}  // namespace lab3
