/// @file
/// Contrato del laboratorio 6: un servidor entero, que atiende a un cliente detrás de otro.
#pragma once

#include <cstdint>

#include "programs/kit.hpp"

namespace lab6 {

/// Sirve el protocolo de protocol.hpp por TCP sobre IPv4, a un cliente cada vez, hasta que llegue SIGTERM. Los demás
/// clientes esperan en la cola del núcleo. Lo que haga un cliente —cortar la conexión, irse a mitad de una línea— no
/// afecta a los siguientes. Véanse listen(2), accept(2), recv(2), send(2), signalfd(2) y signal(7).
/// @param port puerto, en el orden de bytes de esta máquina. Escucha en 127.0.0.1, solo para esta máquina, y se puede
/// volver a asociar en cuanto el servidor termina (SO_REUSEADDR).
/// @return el estado de salida del programa: 0 cuando llega SIGTERM, haya o no un cliente dentro.
/// @throws std::system_error con el errno y el nombre de la llamada que falló, si no se puede escuchar en ese puerto o
/// aceptar clientes.
int run_server(std::uint16_t port);

}  // namespace lab6
