/// @file
/// Contrato del laboratorio 3: conectar con un servidor por su nombre, y conversar con él.
#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "programs/kit.hpp"

namespace lab3 {

/// Conecta por TCP con un servidor. Prueba, en orden, todas las direcciones que da getaddrinfo(3), IPv4 e IPv6, hasta
/// que una acepte. Véase connect(2).
/// @param host nombre o dirección numérica.
/// @param service nombre de servicio o número de puerto.
/// @return el socket conectado. No lo heredan los programas que este ejecute (SOCK_CLOEXEC), y es el único que queda
/// abierto.
/// @throws std::runtime_error con el texto de gai_strerror(3), si el nombre o el servicio no se pueden resolver.
/// @throws std::system_error con el errno del último intento y el texto «connect», si ninguna dirección acepta.
kit::Descriptor connect_to(const std::string& host, const std::string& service);

/// Conversa con el servidor: le envía cada línea que escribe el usuario y muestra cada línea de sus respuestas. Tras
/// enviar `DATA` no espera respuesta: escribe `Input data to send: ` y envía la línea siguiente. Vuelve cuando el
/// servidor se despide con `200 BYE`.
/// @param server socket conectado; sigue siendo de quien llama.
/// @param user lo que escribe el usuario.
/// @param screen lo que ve el usuario: cada cosa, en cuanto la hay.
/// @throws std::runtime_error si el servidor cierra antes de despedirse o al usuario se le acaba la entrada.
void converse(int server, std::istream& user, std::ostream& screen);

}  // namespace lab3
