/// @file
/// Contrato del laboratorio 2: un socket de escucha, y los clientes que llegan a él.
#pragma once

#include <cstdint>
#include <string>

#include "programs/kit.hpp"

namespace lab2 {

/// Un cliente recién aceptado.
struct Client {
  kit::Descriptor connection;  ///< Socket de conexión con él.
  std::string host;            ///< Su dirección IPv4, como texto: «127.0.0.1».
  std::uint16_t port = 0;      ///< Su puerto, en el orden de bytes de esta máquina.
};

/// Abre un socket de escucha TCP sobre IPv4. No lo heredan los programas que este ejecute (SOCK_CLOEXEC). Véanse
/// socket(2), inet_pton(3), bind(2), listen(2) e ip(7).
/// @param host dirección local, como texto: «127.0.0.1»; «0.0.0.0» son todas.
/// @param port puerto, en el orden de bytes de esta máquina; 0: el que elija el núcleo.
/// @param backlog cuántas conexiones completas pueden esperar sin que nadie las acepte.
/// @return el socket, en estado LISTEN.
/// @throws std::invalid_argument si `host` no es una dirección IPv4.
/// @throws std::system_error con el errno y el nombre de la llamada que falló: «socket», «bind» o «listen». No queda
/// nada
///         abierto.
kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog);

/// Espera a un cliente. El socket de escucha sigue escuchando. Véase accept(2).
/// @param listener descriptor de un socket de escucha; sigue siendo de quien llama.
/// @return el cliente, con un descriptor nuevo que no heredan otros programas (SOCK_CLOEXEC).
/// @throws std::system_error con el errno que dejó accept(2) y el texto «accept», si no se puede.
Client accept_client(int listener);

}  // namespace lab2
