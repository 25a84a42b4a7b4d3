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
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    throw std::invalid_argument{"no es una dirección IPv4: " + host};
  }

  // TODO(2): crea el socket, de flujo y sin herencia, y dale un dueño que lo cierre si algo falla después.
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};

  // TODO(3): asócialo a la dirección con bind(). ¿Qué tamaño se le pasa?
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));

  // TODO(4): ponlo a la escucha, con la cola pedida.
  kit::check("listen", ::listen(listener.get(), backlog));
  return listener;
}

Client accept_client(int listener) {
  // TODO(5): acepta una conexión. ¿Qué le dice accept4() a quien llama en su segundo y tercer argumentos? ¿Y qué tiene
  // que valer el tercero antes de llamarla?
  sockaddr_in address{};
  socklen_t size = sizeof address;
  Client client;
  client.connection = kit::Descriptor{
      kit::check("accept", ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC))};

  // TODO(6): di quién es: su dirección como texto y su puerto en el orden de esta máquina.
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  client.host = text.data();
  client.port = ntohs(address.sin_port);
  return client;
}

}  // namespace lab2
