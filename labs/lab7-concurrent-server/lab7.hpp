/// @file
/// Contrato del laboratorio 7: un servidor concurrente, con un proceso por cliente y con un hilo por cliente.
#pragma once

#include <cstdint>

#include "programs/kit.hpp"

namespace lab7 {

/// Sirve el protocolo de protocol.hpp a todos los clientes a la vez, con un proceso por cliente, hasta que llegue
/// SIGTERM; entonces termina a sus hijos y los recoge. Ningún cliente retrasa a otro, ningún hijo queda zombi, y que no
/// se pueda atender a un cliente (faltan descriptores o procesos) no afecta a los demás. Véanse fork(2), waitpid(2),
/// accept(2) y signal(7).
/// @param port puerto de 127.0.0.1, en el orden de bytes de esta máquina.
/// @return cuántos clientes ha atendido; también cuentan los que estaban dentro al llegar SIGTERM.
/// @throws std::system_error con el errno y el nombre de la llamada que falló, si no se puede escuchar en ese puerto.
long run_process_server(std::uint16_t port);

/// Lo mismo, con un hilo por cliente; al llegar SIGTERM, cierra las conexiones y espera a todos los hilos. Véanse
/// pthreads(7), std::thread y shutdown(2).
/// @param port puerto de 127.0.0.1, en el orden de bytes de esta máquina.
/// @return cuántos clientes ha atendido; también cuentan los que estaban dentro al llegar SIGTERM.
/// @throws std::system_error con el errno y el nombre de la llamada que falló, si no se puede escuchar en ese puerto.
long run_thread_server(std::uint16_t port);

}  // namespace lab7
