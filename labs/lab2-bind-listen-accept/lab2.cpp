// Laboratorio 2: un socket de escucha, y los clientes que llegan a él.
// La guía es GUIA.md, en esta misma carpeta. Para comprobar lo que llevas: make lab2
#include "lab2.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace lab2 {

kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog) {
  // TODO(1): escribe la dirección en un sockaddr_in. ¿En qué orden de bytes va el puerto? ¿Qué devuelve inet_pton() si
  // el texto no es una dirección?
  kit::pending(1, host, port);

  // TODO(2): crea el socket, de flujo y sin herencia, y dale un dueño que lo cierre si algo falla después.
  kit::Descriptor listener{kit::pending(2)};

  // TODO(3): asócialo a la dirección con bind(). ¿Qué tamaño se le pasa?
  kit::pending(3);

  // TODO(4): ponlo a la escucha, con la cola pedida.
  kit::pending(4, backlog);
  return listener;
}

Client accept_client(int listener) {
  // TODO(5): acepta una conexión. ¿Qué le dice accept4() a quien llama en su segundo y tercer argumentos? ¿Y qué tiene
  // que valer el tercero antes de llamarla?
  Client client;
  kit::pending(5, listener);

  // TODO(6): di quién es: su dirección como texto y su puerto en el orden de esta máquina.
  kit::pending(6);
  return client;
}

}  // namespace lab2
