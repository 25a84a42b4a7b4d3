/// @file
/// Lo que los primeros laboratorios toman prestado para conversar: enviar todo, recibir líneas y atender a un cliente.
/// En el laboratorio 4 lo escribirás tú.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kit {

/// Envía todos los bytes, aunque send(2) los tome en varias veces.
/// @param connection socket de conexión.
/// @param bytes los bytes.
/// @throws std::system_error si send(2) falla; si el otro extremo ya no está, con EPIPE o ECONNRESET y sin señal
/// SIGPIPE.
void send_all(int connection, std::string_view bytes);

/// Recibe líneas de una conexión, lleguen los bytes cortados o juntos.
class LineReader {
public:
  /// @param connection socket de conexión; sigue siendo de quien llama.
  explicit LineReader(int connection) : connection_{connection} {}

  /// Espera la siguiente línea.
  /// @return la línea, sin LF ni el CR que lo preceda, o nada si el otro extremo cerró antes de terminarla.
  /// @throws std::system_error si recv(2) falla; std::length_error si la línea pasa de protocol::max_line.
  std::optional<std::string> receive_line();

private:
  int connection_;
  std::string buffer_;
};

/// Atiende a un cliente según el protocolo, hasta que se despida o se vaya. Si la conexión se rompe, lo dice en la
/// salida de errores y vuelve.
/// @param connection socket de conexión; sigue siendo de quien llama.
void serve_client(int connection);

}  // namespace kit
