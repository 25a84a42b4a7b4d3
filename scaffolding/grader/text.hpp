/// @file
/// Texto para una terminal: cuánto ocupa y cómo se parte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace grader {

/// Columnas que ocupa un texto UTF-8 en una terminal, con un carácter por columna.
/// @param text el texto.
/// @return las columnas.
std::size_t columns(std::string_view text);

/// Parte una línea por los espacios para que quepa en un ancho; lo que sigue va sangrado como el principio. Una palabra
/// más larga que el ancho se deja entera.
/// @param line la línea.
/// @param width el ancho, en columnas.
/// @return las partes, al menos una.
std::vector<std::string> wrapped(const std::string& line, std::size_t width);

}  // namespace grader
