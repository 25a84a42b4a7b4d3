/// @file
/// Lo que ve el estudiante en la terminal.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "grader/results.hpp"

namespace grader {

/// Escribe el informe de una evaluación, prueba a prueba.
class Report {
public:
  /// @param out dónde.
  /// @param colour con colores de terminal o sin ellos; véase wants_colour().
  Report(std::ostream& out, bool colour) : out_{out}, colour_{colour} {}

  /// La cabecera: laboratorio y tiempo de compilación.
  /// @param rubric la rúbrica.
  /// @param compile_seconds lo que tardó la compilación, en segundos; nada si no se compiló.
  void header(const Rubric& rubric, std::optional<double> compile_seconds);

  /// El resultado de una prueba.
  void test(const TestResult& result);

  /// El total y el siguiente paso.
  /// @param result el resultado.
  /// @param source archivo del estudiante, para señalar la línea de su TODO; vacío si no hay.
  void total(const LabResult& result, const std::filesystem::path& source);

  /// El archivo no se pudo construir.
  /// @param what qué falló, en una frase.
  void not_built(const std::string& what);

private:
  void detail(const std::string& label, const std::string& text);
  [[nodiscard]] std::string paint(const char* code, const std::string& text) const;

  std::ostream& out_;
  bool colour_;
};

/// @return `true` si la salida estándar es una terminal y no existe la variable NO_COLOR (no-color.org).
bool wants_colour();

/// Dónde está un paso pendiente en un archivo.
/// @param source el archivo.
/// @param todo número del paso.
/// @return «archivo:línea» de la línea que contiene TODO(n); vacío si no está.
std::string place_of_todo(const std::filesystem::path& source, int todo);

}  // namespace grader
