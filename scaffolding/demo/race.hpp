/// @file
/// Varios clientes que llegan a la vez a un servidor, cada uno a su paso, y lo que tarda cada uno de verdad.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "demo/stage.hpp"
#include "grader/program.hpp"
#include "witness/sockets.hpp"

namespace demo {

/// Un cliente que saluda, envía unos datos y se despide, y piensa entre una línea y otra.
struct Visitor {
  std::string name;                   ///< Cómo se llama.
  std::chrono::milliseconds pause{};  ///< Cuánto piensa cada vez; lo hace tres veces.
};

/// Lo que se midió en una carrera.
struct Race {
  std::vector<Visit> visits;  ///< Los clientes, en el orden en que llegaron.
  /// Conexiones sin aceptar cuando el primero deja de pensar, según el núcleo; nada si preguntárselo (sin sock_diag)
  /// tarda tanto que cambiaría los tiempos.
  std::optional<std::uint32_t> waiting_outside;
};

/// @return los clientes de las demostraciones: unos piensan más, otros menos, y uno no piensa.
std::vector<Visitor> usual_visitors();

/// Envía a los clientes, todos a la vez, y espera a que se vaya el último.
/// @param server un servidor que ya escucha.
/// @param address dónde escucha; se conectan a 127.0.0.1, en su puerto.
/// @param visitors los clientes, en el orden en que llegan.
/// @return lo que se midió, con std::chrono::steady_clock.
/// @throws lo que grader::fail(), si el servidor no los atiende a todos.
Race race(grader::Program& server, const witness::Address& address, const std::vector<Visitor>& visitors);

/// @param before un tiempo.
/// @param after otro, mayor que cero.
/// @return cuántas veces cabe el segundo en el primero: «2,6».
std::string ratio(std::chrono::microseconds before, std::chrono::microseconds after);

}  // namespace demo
