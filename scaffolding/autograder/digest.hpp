/// @file
/// El resumen SHA-256 de un texto o de un archivo: dos archivos con el mismo son el mismo.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace autograder {

/// @param text lo que se resume. @return su SHA-256, en hexadecimal.
std::string sha256(std::string_view text);

/// Lee un archivo entero. @param file el archivo. @return sus bytes. @throws std::system_error si no se puede leer.
std::string read_file(const std::filesystem::path& file);

}  // namespace autograder
