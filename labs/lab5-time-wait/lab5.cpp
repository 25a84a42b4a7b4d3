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
  kit::Descriptor listener{kit::pending(1)};

  // TODO(2): permite que su dirección se vuelva a usar aunque queden conexiones en TIME_WAIT. ¿En qué nivel está la
  // opción? ¿Antes de qué llamada tiene que estar puesta?
  kit::pending(2);

  // TODO(3): asócialo a la dirección y ponlo a la escucha, con la cola pedida.
  kit::pending(3, address, backlog);
  return listener;
}

void close_in_order(kit::Descriptor connection) {
  // TODO(4): di que no enviarás más, pero sigue recibiendo. ¿Qué le llega al otro extremo? ¿Y lo que aún no ha leído?
  kit::pending(4, connection);

  // TODO(5): lee y descarta lo que aún llegue, hasta que el otro extremo cierre. ¿Con qué valor lo dice recv()? ¿Quién
  // cierra después el descriptor?
  kit::pending(5);
}

void serve_and_close(kit::Descriptor connection) {
  // TODO(6): conversa con el cliente y cierra en orden. ¿Qué le pasa al servidor si a este cliente se le rompe la
  // conexión mientras se cierra?
  kit::pending(6, connection);
}

}  // namespace lab5
