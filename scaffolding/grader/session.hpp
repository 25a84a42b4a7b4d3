/// @file
/// Lo que comparten las pruebas de una evaluación: la rúbrica, el programa y los resultados. Interno del lenguaje.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "grader/compile.hpp"
#include "grader/jail.hpp"
#include "grader/results.hpp"

namespace grader {

/// Una evaluación en curso.
struct Session {
  Rubric rubric;                        ///< La rúbrica.
  std::filesystem::path program;        ///< El programa del estudiante, ya construido.
  std::optional<Compiling> race_build;  ///< La compilación que vigila las carreras, mientras no haga falta.
  std::string command;  ///< En su lugar, una orden que arranca un programa entero; véase Rubric::arguments.
  LabResult result;     ///< Los resultados hasta ahora.
  std::vector<std::string> conversation;   ///< Los pasos de la prueba en curso.
  std::optional<Failure> failure;          ///< El fallo de la prueba en curso.
  std::optional<std::string> unavailable;  ///< Por qué no puede hacerse aquí la prueba en curso.
  std::optional<std::string> depends;      ///< De qué prueba fallida depende la prueba en curso.
  Jail jail = Jail::none;                  ///< Cuánto se aíslan los programas.
  bool restless = false;  ///< Alguna espera acabó porque el programa daba vueltas, sondeaba o dormía.
};

/// @return la evaluación en curso.
Session& session();

}  // namespace grader
