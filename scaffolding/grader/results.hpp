/// @file
/// El resultado de evaluar un laboratorio, como datos.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "grader/failure.hpp"
#include "grader/rubric.hpp"

namespace grader {

/// Cómo acabó una prueba.
enum class Status {
  passed,   ///< Pasó.
  failed,   ///< Falló.
  skipped,  ///< No se hizo: depende de otra que falló, o a esta máquina le falta algo.
  error,    ///< No se pudo hacer: el programa no compila.
};

/// El resultado de una prueba.
struct TestResult {
  const RubricTest* test = nullptr;  ///< La prueba.
  Status status = Status::error;     ///< Cómo acabó.
  bool unavailable = false;          ///< No se hizo porque a esta máquina le falta algo: sus puntos no cuentan.
  std::string reason;                ///< Por qué no se hizo, si no se hizo.
  std::optional<Failure> failure;    ///< El fallo, si falló.
  long duration_ms = 0;              ///< Lo que tardó, en milisegundos.

  /// @return los puntos ganados.
  [[nodiscard]] int points() const { return status == Status::passed ? test->points : 0; }
};

/// El resultado de un laboratorio.
struct LabResult {
  const Rubric* rubric = nullptr;  ///< La rúbrica.
  std::vector<TestResult> tests;   ///< Las pruebas, en el orden de la rúbrica. Las que no se pidieron no están.

  /// @return los puntos ganados.
  [[nodiscard]] int points() const;
  /// @return los puntos que se podían ganar con las pruebas pedidas.
  [[nodiscard]] int max_points() const;
  /// @return `true` si todas las pruebas pedidas pasaron.
  [[nodiscard]] bool all_passed() const;
};

/// Escribe el resultado en JSON: lab, title, points, max_points, tests[{id, title, status, points, max_points,
/// expected, observed, program, cause, conversation, hint, duration_ms}]. Si lo que falla son unos bytes, la prueba
/// lleva también first_wrong_byte: el lugar del primero distinto en lo observado, desde 0. La que no se pudo hacer en
/// esta máquina lleva unavailable: sus puntos no cuentan.
/// @param result el resultado.
/// @param file dónde. Se escribe entero o no se escribe.
/// @throws std::system_error si no se puede escribir.
void write_json(const LabResult& result, const std::filesystem::path& file);

/// Escribe un archivo entero, o no lo toca.
/// @param text lo que contendrá, sin el último fin de línea.
/// @param file el archivo.
/// @throws std::system_error si no se puede escribir.
void write_whole(const std::string& text, const std::filesystem::path& file);

}  // namespace grader
