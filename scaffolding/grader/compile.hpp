/// @file
/// Construye el programa de un laboratorio con el archivo del estudiante: lo único que se compila en cada evaluación.
#pragma once

#include <filesystem>
#include <string>

namespace grader {

/// Lo que salió de una compilación.
struct Compilation {
  bool built = false;             ///< `true` si hay programa.
  std::filesystem::path program;  ///< El programa.
  std::string messages;           ///< Avisos y errores del compilador, hasta 64 KiB.
  double seconds = 0;             ///< Lo que tardó, en segundos.
};

/// Busca el archivo de un laboratorio en una carpeta: suelto, o en la carpeta del laboratorio.
/// @param folder la carpeta.
/// @param lab número del laboratorio.
/// @return la ruta de labN.cpp.
/// @throws std::runtime_error con una frase que dice qué se esperaba y qué hay.
std::filesystem::path find_source(const std::filesystem::path& folder, int lab);

/// La carpeta de un laboratorio en el repositorio.
/// @param lab número del laboratorio.
/// @return su ruta.
/// @throws std::runtime_error si no existe.
std::filesystem::path lab_folder(int lab);

/// Distingue el archivo propio, el de labs/, de otras entregas.
/// @param source labN.cpp.
/// @param lab número del laboratorio.
/// @return `true` si es el de la carpeta del laboratorio.
bool is_own(const std::filesystem::path& source, int lab);

/// Compila el archivo del estudiante, con AddressSanitizer y UBSan, y lo enlaza con el programa del laboratorio.
/// @param source labN.cpp.
/// @param lab número del laboratorio.
/// @param colour mensajes del compilador con colores de terminal.
/// @return el resultado.
/// @throws std::system_error si no se puede ejecutar el compilador.
Compilation compile(const std::filesystem::path& source, int lab, bool colour);

}  // namespace grader
