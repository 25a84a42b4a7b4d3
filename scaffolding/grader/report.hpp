/// @file
/// Lo que ve el estudiante en la terminal.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "grader/results.hpp"

namespace grader {

inline constexpr std::size_t usual_width = 100;  ///< Ancho de un informe que no va a una terminal, en columnas.

/// Escribe el informe de una evaluación, prueba a prueba.
class Report {
public:
  /// @param out dónde.
  /// @param colour con colores de terminal o sin ellos; véase wants_colour().
  /// @param width ancho máximo de las explicaciones, en columnas; véase terminal_width().
  Report(std::ostream& out, bool colour, std::size_t width = usual_width) : out_{out}, colour_{colour}, width_{width} {}

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

  /// Cómo pedir más pistas.
  /// @param lab número del laboratorio.
  void more_hints(int lab);

  /// El archivo no se pudo construir.
  /// @param what qué falló, en una frase.
  void not_built(const std::string& what);

private:
  void detail(const std::string& label, const std::string& text);
  [[nodiscard]] std::string paint(const char* code, const std::string& text) const;

  std::ostream& out_;
  bool colour_;
  std::size_t width_;
};

/// @return `true` si la salida estándar es una terminal y la variable NO_COLOR no existe o está vacía (no-color.org).
bool wants_colour();

/// @return el ancho de la terminal de la salida estándar, en columnas y dentro de lo razonable; `usual_width` si no lo
/// es.
std::size_t terminal_width();

/// Dónde está un paso pendiente en un archivo.
/// @param source el archivo.
/// @param todo número del paso.
/// @return «archivo:línea» de la línea que contiene TODO(n); vacío si no está.
std::string place_of_todo(const std::filesystem::path& source, int todo);

}  // namespace grader
