/// @file
/// CSV: escribirlo sin que ninguna celda se ejecute, y leerlo sabiendo qué bytes son cada celda.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace autograder {

/// Una celda con un texto cualquiera, entre comillas. Si una hoja de cálculo lo tomaría por una fórmula (empieza por
/// = + - @ o un tabulador), lleva delante un apóstrofo: así es texto.
/// @param text el texto. @return la celda, sin separador.
std::string csv_cell(std::string_view text);

/// Una celda de una tabla leída.
struct CsvCell {
  std::string text;       ///< Lo que dice.
  std::size_t begin = 0;  ///< Dónde empieza en el archivo, con sus comillas.
  std::size_t end = 0;    ///< Dónde acaba.
};

/// Lee una tabla con o sin BOM, separada por comas, puntos y comas o tabuladores: vale el que más haya en la primera
/// línea.
/// @param text el archivo entero.
/// @return sus filas; las vacías no están.
std::vector<std::vector<CsvCell>> read_csv(std::string_view text);

}  // namespace autograder
