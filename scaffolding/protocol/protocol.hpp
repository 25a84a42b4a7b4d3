/// @file
/// El protocolo HELO, DATA y QUIT: gramática, respuestas y límites. Es el único lugar en el que están escritos.
///
/// | el cliente envía                        | el servidor responde                                   | y después | |
/// --------------------------------------- | ------------------------------------------------------ |
/// -------------------------- | | `HELO`                                  | `100 OK` |                            | |
/// `DATA` y una línea de datos             | `300 DRCV`, cuando llega el fin de la línea de datos   | | | `QUIT` | `200
/// BYE`                                              | el servidor cierra primero | | cualquier otra línea | `400 BCMD`
/// y `Command-description: Bad command`        | la conversación sigue      | | una línea de más de protocol::max_line
/// | lo mismo                                               | el servidor cierra         |
///
/// Una línea termina en LF; un CR justo delante no cuenta. Las órdenes son exactas: ni minúsculas ni espacios de más.
/// Los datos pueden llevar cualquier byte menos LF, y también decir `QUIT`. No hay un orden obligatorio. Si el cliente
/// se va a mitad de una línea, esa línea no existió.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace protocol {

inline constexpr std::string_view hello = "HELO";  ///< Orden de saludo.
inline constexpr std::string_view data = "DATA";   ///< Orden que anuncia una línea de datos.
inline constexpr std::string_view quit = "QUIT";   ///< Orden de despedida.

// Las respuestas terminan en CRLF, como en los protocolos de Internet (RFC 5321, §2.3.8); quien lee acepta también LF.
inline constexpr std::string_view ok = "100 OK\r\n";          ///< Respuesta a HELO.
inline constexpr std::string_view bye = "200 BYE\r\n";        ///< Respuesta a QUIT.
inline constexpr std::string_view received = "300 DRCV\r\n";  ///< Respuesta a la línea de datos.
/// Respuesta a lo que no es una orden: dos líneas.
inline constexpr std::string_view bad_command = "400 BCMD\r\nCommand-description: Bad command\r\n";

inline constexpr std::size_t max_line = std::size_t{1} << 20;  ///< Longitud máxima de una línea sin su LF, en bytes.

/// Quita el CR del final de una línea, si lo lleva.
/// @param line la línea, ya sin su LF.
/// @return la línea, sin CR.
std::string_view without_cr(std::string_view line);

/// Cuántas líneas tiene una respuesta.
/// @param first_line su primera línea, sin CR ni LF.
/// @return 2 si es la de una orden no válida; si no, 1.
std::size_t lines_in_reply(std::string_view first_line);

/// El lado servidor de una conversación, sin la red: recibe bytes, cortados por donde sea, y dice qué responder.
class Session {
public:
  /// Procesa los bytes que acaban de llegar.
  /// @param bytes los bytes.
  /// @return las respuestas que hay que enviar, seguidas; vacío si no toca responder.
  std::string receive(std::string_view bytes);

  /// Procesa una línea que ya ha delimitado otro.
  /// @param line la línea, sin LF ni el CR que lo preceda.
  /// @return la respuesta que hay que enviar; vacía si no toca responder.
  std::string_view reply_to(std::string_view line);

  /// @return `true` si el servidor ya debe cerrar la conexión. Lo que llegue después no cuenta.
  [[nodiscard]] bool finished() const { return finished_; }

private:
  std::string line_;  // lo recibido de una línea que aún no ha terminado
  bool expects_data_ = false;
  bool finished_ = false;
};

}  // namespace protocol
