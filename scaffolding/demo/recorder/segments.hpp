/// @file
/// Los segmentos TCP que pasan por la interfaz de bucle, capturados con libpcap, y los estados que se deducen de ellos.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "demo/recorder/event.hpp"

namespace demo {

/// Un segmento TCP (RFC 9293, §3.1).
struct Segment {
  std::int64_t time = 0;           ///< Cuándo, en nanosegundos de CLOCK_MONOTONIC.
  std::string from;                ///< De dónde sale: «127.0.0.2:4000».
  std::string to;                  ///< Adónde va.
  std::uint32_t sequence = 0;      ///< Número de secuencia, tal cual.
  std::uint32_t acknowledged = 0;  ///< Acuse de recibo, tal cual.
  std::uint16_t window = 0;        ///< Ventana, sin escalar.
  bool syn = false;                ///< SYN.
  bool ack = false;                ///< ACK.
  bool fin = false;                ///< FIN.
  bool rst = false;                ///< RST.
  bool psh = false;                ///< PSH.
  std::size_t length = 0;          ///< Bytes de datos.
  std::string data;                ///< Los primeros bytes de datos.
};

/// Descifra una trama Ethernet.
/// @param frame los bytes capturados, que pueden no ser todos.
/// @return el segmento, sin el instante; nada si no es TCP sobre IPv4 o IPv6.
std::optional<Segment> decode(std::span<const unsigned char> frame);

/// Una captura en marcha.
class Capture {
public:
  /// Empieza a capturar en la interfaz de bucle.
  /// @throws std::runtime_error con el motivo, si no se puede: falta libpcap, o permiso.
  Capture();
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// @return el descriptor que avisa de que hay segmentos nuevos.
  [[nodiscard]] int descriptor() const;
  /// Recoge los que haya, sin esperar.
  /// @param offset lo que dio realtime_offset().
  void collect(std::int64_t offset);
  /// @return todos los recogidos.
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
  /// @return cuántos se perdieron porque no se recogieron a tiempo.
  [[nodiscard]] unsigned lost() const;

private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::vector<Segment> segments_;
};

/// Deduce los estados de los dos extremos de cada conexión, con las transiciones de RFC 9293, §3.3.2. En la interfaz de
/// bucle, lo que se envía llega en el acto: por eso se ven así estados que duran microsegundos.
class StateMachine {
public:
  /// Un extremo de una conexión que cambia de estado.
  struct Change {
    std::string local;   ///< De quién es el estado.
    std::string remote;  ///< El otro extremo.
    const char* before;  ///< El que tenía, con los nombres del núcleo: «SYN_SENT».
    const char* after;   ///< El que tiene.
  };

  /// @param segment el siguiente segmento.
  /// @return los cambios que provoca, en orden.
  std::vector<Change> sees(const Segment& segment);

  /// @param segment un segmento que ya se ha visto.
  /// @return el suceso, con los números de secuencia relativos al SYN de cada lado.
  [[nodiscard]] Event to_event(const Segment& segment) const;

private:
  struct End {
    const char* state = "CLOSED";
    std::uint32_t first = 0;           // número de secuencia de su SYN
    std::optional<std::uint32_t> fin;  // lo que tiene que confirmar quien reciba su FIN
  };
  using Ends = std::pair<std::string, std::string>;

  std::map<Ends, End> ends_;
};

}  // namespace demo
