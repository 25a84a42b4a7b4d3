/// @file
/// El socket de una conexión y lo que se sabe de sus dos extremos. Interno del lenguaje de los evaluadores.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grader/connection.hpp"
#include "grader/program.hpp"

namespace grader {

/// Un socket del evaluador conectado con el programa.
class Wire {
public:
  /// Prepara un socket ya conectado, o conectándose, y lo apunta en el programa.
  /// @param program el programa del otro extremo.
  /// @param descriptor el socket.
  /// @param remote dirección del programa.
  /// @param name cómo se llama el evaluador en la conversación.
  Wire(Program& program, kit::Descriptor descriptor, witness::Address remote, std::string name);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  /// Lee sin esperar lo que haya llegado.
  void receive();

  /// Envía todo, esperando a que el programa lea si no cabe.
  void send(std::string_view bytes);

  /// @return `true` si nada va de camino: ni del evaluador al programa ni al revés.
  bool settled();

  /// @return el extremo del programa, según el núcleo.
  [[nodiscard]] std::optional<witness::Socket> far_end() const;

  /// Suma de lo que cambia cuando el programa avanza en esta conexión.
  [[nodiscard]] std::uint64_t progress() const;

  /// Cierra el sentido de ida.
  void shut_write();
  /// Cierra del todo; con `abort`, mediante RST.
  void close(bool abort);

  /// Anota en la conversación algo que el evaluador envía.
  /// @param what qué.
  void narrate_sent(const std::string& what) const;
  /// Anota en la conversación algo que ha llegado del programa.
  /// @param what qué.
  void narrate_received(const std::string& what) const;

  Program& program;              ///< El programa del otro extremo.
  kit::Descriptor descriptor;    ///< El socket; cerrado después de close().
  witness::Address local;        ///< Este extremo.
  witness::Address remote;       ///< El del programa.
  std::string name;              ///< «C» o «S».
  std::string received;          ///< Lo recibido y todavía no esperado.
  Ending ending = Ending::open;  ///< Cómo está el otro extremo.
  bool reading = true;       ///< `false`: se deja sin leer lo que envíe el programa, para que su send() se bloquee.
  std::string likely_cause;  ///< Causa que se cuenta si falla un paso y no se ve otra mejor.
  bool needs_room = false;   ///< Hay algo que enviar y no cabe hasta que el programa lea.

private:
  std::uint64_t sent_ = 0;
  std::uint64_t received_count_ = 0;
  bool write_shut_ = false;
};

/// Estado de un programa en marcha.
struct Program::State {
  Supervised supervised;             ///< Sus procesos y tuberías.
  std::string output;                ///< Lo que ha escrito en la salida estándar, hasta `kept_output` bytes.
  std::string errors;                ///< Lo que ha escrito en la salida de errores, hasta `kept_output` bytes.
  std::size_t printed = 0;           ///< Bytes impresos en total.
  std::size_t printed_to_wires = 0;  ///< Lo más que una conexión ha tenido recibido y sin esperar, en bytes.
  std::size_t read_output = 0;       ///< Bytes de `output` ya entregados por prints_line().
  bool refuses_tasks = false;        ///< No puede crear procesos ni hilos, si pasa por la puerta.
  std::uint64_t answered_tasks = 0;  ///< Veces que la puerta ha contestado.
  std::optional<int> status;         ///< Su estado final, como el de waitpid(2), si ha terminado.
  std::vector<Wire*> wires;          ///< Conexiones abiertas con él.
  /// Conexiones que el evaluador ya cerró y cuyo cierre quizá aún va de camino: extremo del programa y del evaluador.
  std::vector<std::pair<witness::Address, witness::Address>> departing;

  /// Lee lo que haya impreso.
  void drain();
  /// @return `true` si nada va de camino en ninguna conexión.
  bool settled();
  /// Suma de lo que cambia cuando el programa avanza.
  [[nodiscard]] std::uint64_t progress() const;
};

}  // namespace grader
