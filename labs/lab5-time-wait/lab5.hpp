/// @file
/// Contrato del laboratorio 5: un puerto que se puede volver a usar en el acto, y un cierre que no pierde nada.
#pragma once

#include <cstdint>
#include <string>

#include "programs/kit.hpp"

namespace lab5 {

/// Abre un socket de escucha TCP sobre IPv4, como en el laboratorio 2, que además se puede volver a abrir en el acto:
/// en la misma dirección y el mismo puerto, aunque queden en TIME_WAIT conexiones de un servidor anterior. Mientras ese
/// servidor siga escuchando, no. No lo heredan los programas que este ejecute (SOCK_CLOEXEC). Véanse socket(7)
/// (SO_REUSEADDR), setsockopt(2), bind(2) y listen(2).
/// @param host dirección local, como texto: «127.0.0.1»; «0.0.0.0» son todas.
/// @param port puerto, en el orden de bytes de esta máquina; 0: el que elija el núcleo.
/// @param backlog cuántas conexiones completas pueden esperar sin que nadie las acepte.
/// @return el socket, en estado LISTEN.
/// @throws std::invalid_argument si `host` no es una dirección IPv4.
/// @throws std::system_error con el errno y el nombre de la llamada que falló: «socket», «setsockopt», «bind» o
///         «listen». No queda nada abierto.
kit::Descriptor open_listener(const std::string& host, std::uint16_t port, int backlog);

/// Cierra una conexión en orden: anuncia con un FIN que no enviará más, lee y descarta lo que aún llegue hasta que el
/// otro extremo cierre también, y solo entonces cierra el descriptor. Así, ni se pierde lo que estaba por entregar ni
/// sale un RST. Si el otro extremo no cierra, espera; no hay límite de tiempo. Véanse shutdown(2), recv(2) y RFC 9293,
/// §3.6.
/// @param connection socket de conexión. Cuando esta función termina, como sea, está cerrado.
/// @throws std::system_error con el errno y el nombre de la llamada que falló, «shutdown» o «recv», si la conexión
///         estaba rota o se rompe mientras tanto.
void close_in_order(kit::Descriptor connection);

/// Atiende a un cliente de principio a fin: conversa con él mediante kit::serve_client() hasta que se despida o se
/// vaya, y entonces cierra la conexión con close_in_order(). Si el cliente se despide con QUIT, el servidor cierra
/// primero. Que a un cliente se le rompa la conexión no es un fallo del servidor: se dice en la salida de errores, y
/// ya está.
/// @param connection socket de conexión. Cuando esta función termina, está cerrado.
void serve_and_close(kit::Descriptor connection);

}  // namespace lab5
