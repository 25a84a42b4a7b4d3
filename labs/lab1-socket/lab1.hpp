/// @file
/// Contrato del laboratorio 1: crear un socket, contar sus errores y cerrarlo.
#pragma once

namespace lab1 {

/// Crea un socket del dominio y tipo pedidos, con el protocolo que les corresponde por defecto. No lo heredan los
/// programas que este ejecute (SOCK_CLOEXEC). Véase socket(2).
/// @param domain dominio de comunicación: AF_INET, AF_INET6, AF_UNIX …
/// @param type tipo: SOCK_STREAM, SOCK_DGRAM …
/// @return el descriptor del socket, que ahora es de quien llama. Puede ser 0.
/// @throws std::system_error con el errno que dejó socket(2) y el texto «socket», si no se puede crear.
int create_socket(int domain, int type);

/// Cierra un socket. Véase close(2).
/// @param fd su descriptor, que deja de existir.
/// @throws std::system_error con el errno que dejó close(2) y el texto «close», si no se puede cerrar.
void close_socket(int fd);

}  // namespace lab1
