/// @file
/// Los personajes de una demostración: el programa del estudiante, lo que el núcleo dice de él, y los clientes que
/// hablan con él cuando es un servidor. Lo que se enseña del núcleo sale siempre del testigo, en ese momento.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "demo/stage.hpp"
#include "grader/connection.hpp"
#include "grader/program.hpp"

namespace demo {

/// La demostración de un laboratorio. Basta con declarar una en scaffolding/demo/labN.cpp para que exista.
class Script {
public:
  /// Lo que hay que representar.
  /// @param stage dónde.
  /// @param program el programa del laboratorio, ya construido con el archivo del estudiante.
  using Play = void (*)(Stage& stage, const std::filesystem::path& program);

  /// @param lab número del laboratorio.
  /// @param play lo que hay que representar. Termina con grader::fail() si el programa no hace lo que debe.
  Script(int lab, Play play);

  /// @param lab número del laboratorio.
  /// @return su demostración, o `nullptr` si no tiene.
  static Play find(int lab);
};

/// Lo que quien mira quiere cambiar de una demostración, por el entorno: «BACKLOG=2».
/// @param name su nombre.
/// @param least el menor valor que admite.
/// @param most el mayor.
/// @param usual el que tiene si no se dice otro.
/// @return el valor.
/// @throws std::runtime_error si no es un número, o no está entre esos dos.
int knob(const char* name, int least, int most, int usual);

/// Arranca el programa del estudiante.
/// @param program el programa.
/// @param arguments sus argumentos.
grader::Program starts(const std::filesystem::path& program, const std::vector<std::string>& arguments = {});

/// Arranca el programa del estudiante.
/// @param launch cómo.
grader::Program starts(const grader::Launch& launch);

/// Espera a que el programa descanse.
/// @param program el programa.
/// @return qué hace entonces, según el núcleo: «espera en recv(4)», «terminó con estado 0».
std::string activity(grader::Program& program);

/// Un extremo de una conexión TCP, en palabras.
/// @param end el extremo, según el núcleo; nada si no existe.
/// @return su estado y lo que haya en su cola: «ESTABLISHED», «CLOSE_WAIT», «ya no existe» …
std::string text_of(const std::optional<witness::Socket>& end);

/// Un descriptor del programa, en palabras.
/// @param program el programa.
/// @param descriptor el descriptor.
/// @return a qué apunta y, si es un socket, qué dice de él el núcleo.
std::string text_of(const grader::Program& program, const witness::OpenDescriptor& descriptor);

/// Enseña los sockets abiertos del programa y lo que está haciendo.
/// @param stage dónde.
/// @param program el programa.
void show_sockets(Stage& stage, grader::Program& program);

/// Enseña los dos extremos de una conexión y lo que hace el programa.
/// @param stage dónde.
/// @param connection la conexión.
/// @param program_is_server `true` si el programa del estudiante es el servidor.
void show_ends(Stage& stage, const grader::Connection& connection, bool program_is_server);

/// Un cliente de la demostración en conversación con el servidor del estudiante.
class Client {
public:
  /// @param stage dónde se enseña.
  /// @param connection su conexión.
  /// @param name cómo se llama, si hay varios.
  Client(Stage& stage, grader::Connection connection, std::string name = {});

  /// Espera a que termine el saludo de tres vías, y lo enseña.
  Client& connects();
  /// Envía bytes.
  Client& says(std::string_view bytes);
  /// Espera exactamente estos bytes.
  Client& hears(std::string_view bytes);
  /// Espera a que el servidor haya leído todo lo enviado.
  Client& is_read();
  /// Espera el cierre del servidor (FIN).
  Client& hears_close();
  /// Cierra su extremo.
  void closes();
  /// Enseña los dos extremos de la conexión.
  void shows_ends() { show_ends(stage_, connection_, true); }
  /// @return su conexión.
  [[nodiscard]] grader::Connection& connection() { return connection_; }

private:
  Stage& stage_;
  grader::Connection connection_;
  std::string name_;
};

/// El resto de una sesión, tras HELO: DATA, una orden que no existe y QUIT, con un paso para cada una.
/// @param stage dónde.
/// @param client el cliente.
void converse(Stage& stage, Client& client);

}  // namespace demo
