/// @file
/// Contrato del laboratorio 4: enviar y recibir todo, aunque TCP lo tome y lo entregue a trozos.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lab4 {

/// Recibe un número exacto de bytes, en las llamadas a recv(2) que hagan falta. Los que vengan detrás no se tocan.
/// @param connection socket de conexión; sigue siendo de quien llama.
/// @param count cuántos, en bytes.
/// @return los bytes: `count`, o menos si el otro extremo cerró antes.
/// @throws std::system_error con el errno de recv(2) y el texto «recv», si falla.
std::string receive_exactly(int connection, std::size_t count);

/// Envía todos los bytes, aunque send(2) los tome en varias veces o la interrumpa una señal.
/// @param connection socket de conexión; sigue siendo de quien llama.
/// @param bytes los bytes, de cualquier valor.
/// @throws std::system_error con el errno de send(2) y el texto «send», si falla. Si el otro extremo ya no está, con
/// EPIPE o ECONNRESET, y sin señal SIGPIPE.
void send_all(int connection, std::string_view bytes);

/// Recibe líneas de una conexión, lleguen los bytes cortados o juntos: lo que sobra de una línea se guarda para la
/// siguiente.
class LineReader {
public:
  /// @param connection socket de conexión; sigue siendo de quien llama.
  explicit LineReader(int connection) : connection_{connection} {}

  /// Espera la siguiente línea.
  /// @return la línea, de bytes de cualquier valor, sin su LF ni el CR que lo preceda; nada si el otro extremo cerró
  /// antes de terminarla.
  /// @throws std::system_error con el errno de recv(2) y el texto «recv», si falla.
  /// @throws std::length_error si la línea, sin su LF, pasa de protocol::max_line bytes: no se espera a su final.
  std::optional<std::string> receive_line();

private:
  int connection_;
  std::string received_;  // lo que ha llegado y todavía no se ha entregado
};

/// Envía un archivo entero, a trozos: no cabe suponer que quepa en memoria.
/// @param connection socket de conexión; sigue siendo de quien llama.
/// @param file archivo abierto para leer, desde donde esté; sigue siendo de quien llama.
/// @return cuántos bytes ha enviado.
/// @throws std::system_error con el errno y el nombre de la llamada que falló: «read» o «send».
std::uint64_t send_file(int connection, int file);

/// Guarda en un archivo todo lo que llegue, hasta que el otro extremo cierre.
/// @param connection socket de conexión; sigue siendo de quien llama.
/// @param file archivo abierto para escribir; sigue siendo de quien llama.
/// @return cuántos bytes ha recibido y escrito.
/// @throws std::system_error con el errno y el nombre de la llamada que falló: «recv» o «write».
std::uint64_t receive_file(int connection, int file);

}  // namespace lab4
