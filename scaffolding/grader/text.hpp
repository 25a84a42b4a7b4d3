/// @file
/// Texto para una terminal: cómo se muestran unos bytes, cuánto ocupan y cómo se parte una línea.
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

/// Un carácter, o un byte que no es parte de ninguno que se pueda imprimir, como se muestra a una persona.
struct Shown {
  std::string text;       ///< Él mismo o, si no se imprime, su notación en C. Las comillas llevan delante una barra.
  std::size_t bytes = 0;  ///< Los bytes que son.
};

/// El carácter con el que empiezan unos bytes.
/// @param bytes los bytes, al menos uno.
Shown first_shown(std::string_view bytes);

/// Bytes como se muestran a una persona: entre comillas, con los que no se imprimen en notación de C, y cortados si son
/// muchos, con su longitud.
/// @param bytes los bytes.
/// @param limit cuántas columnas se muestran como mucho, sin contar las comillas.
std::string printable(std::string_view bytes, std::size_t limit = 60);

/// Un texto que HTML y SVG muestran tal cual, también dentro de un atributo.
/// @param text el texto.
std::string html_escaped(std::string_view text);

/// Un número, para leerlo: «4096», «1.048.576».
/// @param number el número.
std::string grouped(std::size_t number);

/// Un número de bytes, para leerlo: «1 byte», «4096 bytes», «1.048.576 bytes».
/// @param count el número.
std::string bytes_text(std::size_t count);

}  // namespace grader
