/// @file
/// Una conexión entre el evaluador y el programa, escrita como una conversación: `client.sends("HELO\n").expects("100
/// OK")`.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "grader/program.hpp"
#include "witness/sockets.hpp"

namespace grader {

/// Cómo está el otro extremo, visto desde la conexión.
enum class Ending {
  open,   ///< Sigue abierta.
  fin,    ///< El otro extremo cerró con orden (FIN).
  reset,  ///< El otro extremo la cortó (RST).
};

/// Una conexión con el programa, en cualquiera de los dos papeles. Cada paso vuelve cuando el núcleo demuestra que ha
/// ocurrido, o termina la prueba con el fallo, su causa y la conversación.
class Connection {
public:
  /// Hace suya una conexión.
  /// @param program el programa del otro extremo.
  /// @param descriptor el socket, conectado o conectándose.
  /// @param remote dirección del programa.
  /// @param name cómo se llama el evaluador en la conversación: «C» si hace de cliente, «S» si hace de servidor.
  Connection(Program& program, kit::Descriptor descriptor, const witness::Address& remote, std::string name);
  /// Se queda con la conexión de otro.
  /// @param other el otro, que deja de tenerla.
  Connection(Connection&& other) noexcept;
  /// Cierra la suya y se queda con la de otro.
  /// @param other el otro, que deja de tenerla.
  /// @return esta conexión.
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  /// Espera a que termine el saludo de tres vías.
  /// @return esta conexión.
  /// @throws lo que fail(), si no termina; si es porque la cola de conexiones pendientes está llena, lo dice.
  Connection& expects_established();

  /// Envía bytes en un solo segmento, si caben. No espera a que se lean.
  /// @param bytes los bytes.
  /// @return esta conexión.
  /// @throws lo que fail(), si no caben y el programa no lee.
  Connection& sends(std::string_view bytes);

  /// Envía varios trozos, cada uno cuando el núcleo demuestra que el programa ya leyó el anterior.
  /// @param pieces los trozos.
  /// @return esta conexión.
  /// @throws lo que fail(), si el programa no lee alguno.
  Connection& sends_in_pieces(std::initializer_list<std::string_view> pieces);

  /// Envía byte a byte, cada uno cuando el núcleo demuestra que el programa ya leyó el anterior.
  /// @param bytes los bytes.
  /// @return esta conexión.
  /// @throws lo que fail(), si el programa no lee alguno.
  Connection& sends_byte_by_byte(std::string_view bytes);

  /// Espera estas líneas, en este orden, y nada más detrás. LF y CRLF valen igual.
  /// @param lines las líneas, sin su fin de línea.
  /// @return esta conexión.
  /// @throws lo que fail(), si falta alguna, es otra o llega algo más.
  Connection& expects(std::initializer_list<std::string_view> lines);
  /// Espera una línea, y nada más detrás.
  /// @param line la línea, sin su fin de línea.
  /// @return esta conexión.
  /// @throws lo que fail(), si no llega, es otra o llega algo más.
  Connection& expects(std::string_view line) { return expects({line}); }

  /// Espera que el programa no envíe nada, y lo prueba.
  /// @param why qué debe estar esperando el programa, para el informe.
  /// @return esta conexión.
  /// @throws lo que fail(), si llega algo o el programa no descansa.
  Connection& expects_silence(std::string_view why);

  /// Espera que el programa cierre con orden (FIN), sin enviar nada más.
  /// @return esta conexión.
  /// @throws lo que fail(), si no cierra, corta con RST o envía algo.
  Connection& expects_close();

  /// Espera el fin de la conexión, con FIN o con RST, sin que llegue nada más.
  /// @return esta conexión.
  /// @throws lo que fail(), si no termina o llega algo.
  Connection& expects_ending();

  /// Espera el fin de la conexión después de estas líneas. Si termina con RST, el núcleo puede haberlas perdido, y
  /// vale.
  /// @param lines las líneas, sin su fin de línea.
  /// @param cause causa probable de que no termine; vacía si no se sabe.
  /// @return esta conexión.
  /// @throws lo que fail(), si no termina o llega otra cosa.
  Connection& expects_ending_after(std::initializer_list<std::string_view> lines, const std::string& cause = {});

  /// Espera una línea o el fin de la conexión, con FIN o con RST.
  /// @param line la línea, sin su fin de línea.
  /// @return esta conexión.
  /// @throws lo que fail(), si no llega ni una cosa ni la otra.
  Connection& expects_ending_or(std::string_view line);

  /// Espera exactamente estos bytes, que pueden ser muchos: los compara según llegan. Si fallan, dice desde cuál.
  /// @param bytes los bytes.
  /// @param cause causa probable de que falten; vacía si no se sabe.
  /// @return esta conexión.
  /// @throws lo que fail(), si faltan o son otros.
  Connection& expects_exactly(std::string_view bytes, const std::string& cause = {});

  /// Desde ahora, si un paso falla y lo visto no da otra causa, se cuenta esta.
  /// @param cause lo que explica cualquier fallo de los pasos que siguen.
  /// @return esta conexión.
  Connection& likely_cause(std::string cause);

  /// Espera estas líneas una y otra vez, y las compara según llegan. LF y CRLF valen igual.
  /// @param lines las líneas, sin su fin de línea.
  /// @param times cuántas veces.
  /// @param cause causa probable de que falten o lleguen otras; vacía si no se sabe.
  /// @return esta conexión.
  /// @throws lo que fail(), si falta alguna o llega otra.
  Connection& expects_repeatedly(std::initializer_list<std::string_view> lines, std::size_t times,
                                 const std::string& cause = {});

  /// Deja de leer: lo que envíe el programa se queda en las colas del núcleo y, cuando se llenan, su send() espera.
  /// @return esta conexión.
  Connection& stops_reading();

  /// Vuelve a leer lo que envíe el programa.
  /// @return esta conexión.
  Connection& reads_again();

  /// Espera a que el programa haya leído todo lo enviado.
  /// @return esta conexión.
  /// @throws lo que fail(), si no lo lee.
  Connection& expects_consumed();

  /// Cierra solo el sentido de ida (shutdown(2), SHUT_WR): el programa lee fin de archivo.
  /// @return esta conexión.
  Connection& half_closes();

  /// Cierra. La conexión ya no se puede usar.
  void closes();

  /// Corta con un reinicio (RST), mediante SO_LINGER a cero. La conexión ya no se puede usar.
  void resets();

  /// @return la dirección de este extremo: el programa debe verla como la del otro.
  [[nodiscard]] const witness::Address& local() const;
  /// @return la dirección del programa.
  [[nodiscard]] const witness::Address& remote() const;
  /// @return el extremo del programa según el núcleo, o nada si ya no existe.
  [[nodiscard]] std::optional<witness::Socket> far_end() const;
  /// @return `true` si el saludo de tres vías ha terminado en este extremo.
  [[nodiscard]] bool established() const;
  /// @return el programa del otro extremo.
  [[nodiscard]] Program& program() const;

private:
  std::unique_ptr<Wire> wire_;
};

/// Un servidor del evaluador, con guion: para juzgar programas cliente.
class ScriptedServer {
public:
  /// Escucha en un puerto efímero.
  /// @param host dirección IPv4 o IPv6 en la que escucha.
  /// @param port puerto, en el orden de esta máquina; 0: el que elija el núcleo.
  /// @throws std::system_error si no se puede.
  explicit ScriptedServer(const std::string& host = "127.0.0.1", std::uint16_t port = 0);

  /// @return dirección y puerto en los que escucha.
  [[nodiscard]] const witness::Address& address() const { return address_; }

  /// Espera a que el programa se conecte.
  /// @param program el cliente.
  /// @param cause da la causa probable de que no se conecte, cuando ya no lo hará.
  /// @return la conexión.
  /// @throws lo que fail(), si no se conecta.
  Connection accepts(Program& program, const std::function<std::string()>& cause = {});

private:
  kit::Descriptor listener_;
  witness::Address address_;
};

/// Un puerto en el que nadie escucha y que nadie más usará mientras exista este objeto: lo tiene asociado un socket que
/// no escucha, de modo que conectarse a él se rechaza (ECONNREFUSED).
class RefusingPort {
public:
  /// @param host dirección IPv4 o IPv6.
  /// @param port puerto, en el orden de esta máquina; 0: el que elija el núcleo.
  explicit RefusingPort(const std::string& host = "127.0.0.1", std::uint16_t port = 0);
  /// @return la dirección que rechaza.
  [[nodiscard]] const witness::Address& address() const { return address_; }

private:
  kit::Descriptor socket_;
  witness::Address address_;
};

/// Una dirección de bucle (127.0.0.0/8) elegida al azar: dos evaluadores a la vez no se estorban.
std::string private_loopback();

/// Un puerto libre, elegido al azar entre los que el núcleo nunca reparte por su cuenta: así nadie lo ocupa mientras
/// tanto. Sus dos bytes son distintos y, al revés, es otro puerto libre de los que puede usar cualquiera: la falta de
/// htons() se ve.
/// @param host dirección IPv4 en la que está libre.
/// @return el puerto, en el orden de esta máquina.
/// @throws std::system_error con EADDRINUSE si no hay ninguno.
std::uint16_t unassigned_port(const std::string& host);

/// Un puerto con sus dos bytes al revés: el que sale si falta htons(3) o ntohs(3).
/// @param port el puerto.
/// @return el otro.
std::uint16_t swapped(std::uint16_t port);

}  // namespace grader
