/// @file
/// Un servidor entero que se juzga por lo que hace, en cualquier lenguaje: lo comparten los laboratorios que evalúan
/// uno. Puede escuchar en 127.0.0.1, en todas las direcciones o también en IPv6.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grader/connection.hpp"
#include "grader/program.hpp"
#include "witness/sockets.hpp"

namespace grader {

/// @return un puerto libre en todas las direcciones de esta máquina, como los de unassigned_port().
std::uint16_t free_port();

/// El programa del estudiante, escuchando en el puerto que se le pidió.
class Server {
public:
  /// Arranca el programa, con el puerto como argumento, y espera a que escuche.
  /// @param variant qué servidor, si el archivo del laboratorio contiene varios; un programa entero (PROGRAM=) es uno.
  /// @param port el puerto que se le pide.
  /// @throws lo que fail(), si no llega a escuchar, o escucha en otro puerto.
  explicit Server(const std::string& variant = {}, std::uint16_t port = free_port())
      : Server{launch(variant, port), port} {}

  /// Como el anterior, arrancado de otra manera.
  /// @param launch cómo se arranca, hecho con launch().
  /// @param port el puerto que se le pide.
  Server(const Launch& launch, std::uint16_t port);

  /// Cómo se arranca el programa; quien llama puede añadir condiciones.
  /// @param variant qué servidor, si el archivo del laboratorio contiene varios.
  /// @param port el puerto que se le pide.
  [[nodiscard]] static Launch launch(const std::string& variant, std::uint16_t port);

  /// Conecta con él.
  /// @return la conexión.
  Connection connect() { return program_.connect_to(address_); }

  /// @return el programa.
  [[nodiscard]] Program& program() { return program_; }
  /// @return el puerto en el que escucha.
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// @return la dirección en la que escucha.
  [[nodiscard]] const witness::Address& address() const { return address_; }

  /// Los procesos que tienen abierto un socket.
  /// @param inode el socket.
  /// @return los procesos, los padres antes que sus hijos.
  [[nodiscard]] std::vector<pid_t> holders(ino_t inode) const;

  /// El proceso que acepta clientes.
  /// @return el primero que tiene abierto el socket de escucha; el principal, si ya no lo tiene ninguno.
  [[nodiscard]] pid_t receptionist() const;

  /// Espera a que descanse, y comprueba que sigue en marcha.
  /// @param after después de qué, para el informe: «un RST».
  /// @param cause causa probable de que no siga.
  /// @param busy causa probable de que no descanse; vacía si es la misma.
  /// @throws lo que fail(), si ha terminado o no descansa.
  void expect_alive(const std::string& after, const std::string& cause, const std::string& busy = {});

  /// Comprueba que sigue en marcha y atiende a otro cliente.
  /// @param after después de qué, para el informe: «un RST».
  /// @param cause causa probable de que no siga.
  /// @throws lo que fail(), si no lo hace.
  void expect_still_serving(const std::string& after, const std::string& cause);

  /// Espera a que descanse y envía SIGTERM a los procesos que escuchan.
  void terminate();

  /// Espera a que no quede ningún proceso del programa, aunque siga en camino algo de lo que envió.
  /// @return cómo acabó la espera; Outcome::happened si no queda ninguno.
  Stop wait_until_gone();

  /// Espera a que termine el programa entero; si es el archivo en C++, con estado 0. Un shell o un intérprete pueden
  /// tener otra costumbre.
  /// @param cause causa probable de que no termine.
  /// @throws lo que fail(), si no lo hace.
  void expect_clean_end(const std::string& cause);

private:
  [[nodiscard]] std::vector<pid_t> listeners() const;

  std::uint16_t port_;
  Program program_;
  witness::Address address_;
};

/// Órdenes que llegan cortadas: por la mitad, byte a byte, con el CR separado del LF. Termina con QUIT.
/// @param client una conexión nueva.
/// @throws lo que fail(), en cuanto el servidor se aparta del protocolo.
void cut_conversation(Connection& client);

/// Órdenes que llegan juntas, y media más detrás. Termina con QUIT.
/// @param client una conexión nueva.
/// @throws lo que fail(), en cuanto el servidor se aparta del protocolo.
void joined_conversation(Connection& client);

/// Un cliente pide mucho y no lee: el servidor acaba sin sitio para enviar sus respuestas, y espera.
/// @param server el servidor.
/// @param client una conexión con él.
/// @return cuántas órdenes no válidas se le han enviado; el cliente sigue sin leer.
/// @throws lo que fail(), si el servidor no espera.
std::size_t stops_reading_replies(Server& server, Connection& client);

}  // namespace grader
