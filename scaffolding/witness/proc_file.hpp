/// @file
/// Lectura de los archivos de /proc: pequeños, cambiantes y de otro proceso que puede acabar en cualquier momento.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace witness {

/// Lee un archivo entero.
/// @param path la ruta.
/// @return su contenido, o nada si no existe o no se deja leer.
std::optional<std::string> read_file(const std::string& path);

/// Los nombres de un directorio que son números: procesos, hilos, descriptores.
/// @param path la ruta.
/// @return los números, en orden; vacío si no existe o no se deja leer.
std::vector<int> numbers_in(const std::string& path);

/// Busca «campo: valor» en un archivo como /proc/PID/status.
/// @param text contenido del archivo.
/// @param field nombre del campo, con los dos puntos.
/// @return lo que sigue al campo, sin blancos al principio; vacío si no está.
std::string_view field_of(std::string_view text, std::string_view field);

/// Lee un número decimal sin signo al principio de un texto.
/// @param text el texto.
/// @return el número, o 0 si no empieza por una cifra.
std::uint64_t to_number(std::string_view text);

}  // namespace witness
