// Laboratorio 5: un puerto que se puede volver a usar en el acto, y un cierre que no pierde nada.
// La guía es GUIA.md, en esta misma carpeta. Para comprobar lo que llevas: make lab5
#include "lab5.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "programs/conversation.hpp"

namespace lab5 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  // La dirección, como en el laboratorio 2.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    throw std::invalid_argument{"no es una dirección IPv4: " + host};
  }

  // TODO(1): crea el socket, de flujo y sin herencia, con un dueño que lo cierre si algo falla después.
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};

  // TODO(2): permite que su dirección se vuelva a usar aunque queden conexiones en TIME_WAIT. ¿En qué nivel está la
  // opción? ¿Antes de qué llamada tiene que estar puesta?
  const int yes = 1;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));

  // TODO(3): asócialo a la dirección y ponlo a la escucha, con la cola pedida.
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

void close_in_order(kit::Descriptor connection) {
  // TODO(4): di que no enviarás más, pero sigue recibiendo. ¿Qué le llega al otro extremo? ¿Y lo que aún no ha leído?
  kit::check("shutdown", ::shutdown(connection.get(), SHUT_WR));

  // TODO(5): lee y descarta lo que aún llegue, hasta que el otro extremo cierre. ¿Con qué valor lo dice recv()? ¿Quién
  // cierra después el descriptor?
  std::array<char, 4096> discarded;
  for (;;) {
    const ssize_t count = ::recv(connection.get(), discarded.data(), discarded.size(), 0);
    if (count == 0) return;
    if (count == -1 && errno != EINTR) throw std::system_error{errno, std::generic_category(), "recv"};
  }
}

void serve_and_close(kit::Descriptor connection) {
  // TODO(6): conversa con el cliente y cierra en orden. ¿Qué le pasa al servidor si a este cliente se le rompe la
  // conexión mientras se cierra?
  kit::serve_client(connection.get());
  try {
    close_in_order(std::move(connection));
  } catch (const std::system_error& error) {
    std::cerr << "conexión perdida: " << error.what() << '\n';
  }
}

}  // namespace lab5
