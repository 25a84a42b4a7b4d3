/// @file
/// El punto de partida de los evaluadores: `using Lab2 = grader::Lab; TEST_F(Lab2, ListensWhereAsked) { … }`.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grader/connection.hpp"
#include "grader/failure.hpp"
#include "grader/program.hpp"
#include "protocol/protocol.hpp"

namespace grader {

/// Una prueba de un laboratorio. No se hace si falló una de la que depende.
class Lab : public testing::Test {
public:
  /// No hace la prueba si falló alguna de las que depende según la rúbrica.
  void SetUp() override;

  /// Cómo se arranca el programa del estudiante con estos argumentos; quien llama puede añadir condiciones.
  /// @param arguments los argumentos.
  [[nodiscard]] static Launch launch(std::vector<std::string> arguments);

  /// Como launch(), con el programa construido para vigilar las carreras entre hilos (ThreadSanitizer). Un programa
  /// entero (PROGRAM=) es el de siempre.
  /// @param arguments los argumentos.
  /// @throws lo que skip(), si aquí no se puede construir.
  [[nodiscard]] static Launch race_launch(std::vector<std::string> arguments);

  /// Arranca el programa del estudiante.
  /// @param arguments los argumentos.
  [[nodiscard]] static Program starts(std::vector<std::string> arguments = {});

  /// @return `true` si se evalúa el archivo del laboratorio; `false` si es un programa entero, en cualquier lenguaje
  /// (PROGRAM=).
  [[nodiscard]] static bool grades_file();
};

/// Una conversación entera, con los cuatro códigos, hasta que el servidor cierra.
/// @param client la conexión con el servidor.
/// @throws lo que fail(), en cuanto el servidor se aparta del protocolo.
void whole_conversation(Connection& client);

/// Comprueba que ningún socket del programa lo heredarían los programas que ejecute (FD_CLOEXEC, fcntl(2)).
/// @param program el programa.
/// @throws lo que fail(), si alguno se heredaría.
void expect_nothing_inherited(Program& program);

/// Lo que responde la consola de un laboratorio cuando falla una llamada al sistema; véase kit::run_console().
/// @param call la llamada.
/// @param error el errno que dejó.
/// @return «error: bind: Address already in use (errno 98)».
std::string error_text(const std::string& call, int error);

/// Pone argumentos en una orden de las de PROGRAM=: cada «{nombre}» se sustituye por su valor.
/// @param command la orden: «python3 cliente.py {host} {port}».
/// @param names los nombres, sin llaves.
/// @param values los valores, en el mismo orden.
/// @return la orden, lista para el shell.
std::string with_arguments(std::string command, const std::vector<std::string>& names,
                           const std::vector<std::string>& values);

/// Termina la prueba sin juzgarla, porque a esta máquina le falta algo. Sus puntos no cuentan.
/// @param reason qué falta, en una frase.
/// @throws testing::AssertionException, siempre.
[[noreturn]] void skip(std::string reason);

}  // namespace grader
