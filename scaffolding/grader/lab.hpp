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
protected:
  void SetUp() override;

  /// Cómo se arranca el programa del estudiante con estos argumentos; quien llama puede añadir condiciones.
  /// @param arguments los argumentos.
  [[nodiscard]] static Launch launch(std::vector<std::string> arguments);

  /// Arranca el programa del estudiante.
  /// @param arguments los argumentos.
  [[nodiscard]] static Program starts(std::vector<std::string> arguments = {});
};

/// Termina la prueba sin juzgarla, porque a esta máquina le falta algo. Sus puntos no cuentan.
/// @param reason qué falta, en una frase.
/// @throws testing::AssertionException, siempre.
[[noreturn]] void skip(std::string reason);

}  // namespace grader
