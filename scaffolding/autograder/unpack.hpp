/// @file
/// Recorrer lo que entregó alguien que puede ser hostil: una carpeta o un archivo comprimido. No escribe nada: enseña
/// cada cosa y deja leer los archivos, sin salir de la carpeta ni seguir enlaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace autograder {

/// Qué es cada cosa que se encuentra.
enum class Kind {
  file,           ///< Un archivo corriente: lo único que se puede leer.
  folder,         ///< Una carpeta.
  symbolic_link,  ///< Un enlace simbólico.
  hard_link,      ///< Un enlace duro o, en una carpeta, un archivo que tiene más nombres.
  special,        ///< Un dispositivo, una tubería, un socket …
  encrypted,      ///< Un archivo cifrado dentro de un comprimido.
  outside,        ///< Dentro de un comprimido, algo con ruta absoluta o con «..».
  too_deep,       ///< Algo dentro de más de limits::depth carpetas. No se entra.
  unreadable,     ///< Algo que el sistema no deja leer, o sin nombre.
};

/// Algo que se encuentra.
struct Item {
  std::string path;  ///< Desde donde se empezó: los bytes del nombre, con «/», sin «.», «..» ni «/» delante.
  Kind kind = Kind::file;   ///< Qué es.
  std::uintmax_t size = 0;  ///< Su tamaño en bytes, si se sabe. En un comprimido es lo que él dice.
  /// Lee como mucho estos bytes del principio. Solo se puede llamar durante la visita.
  /// @throws Damaged si no se puede.
  std::function<std::string(std::size_t)> read;
};

/// Recibe cada cosa que se encuentra. Lo que lance interrumpe el recorrido.
using Visit = std::function<void(const Item&)>;

/// Un comprimido, o un archivo, que no se puede leer. what() dice por qué, como final de una frase: «está dañado».
class Damaged : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Recorre una carpeta, por orden de nombre.
/// @param folder la carpeta; ella sí puede ser un enlace. @param visit recibe cada cosa.
/// @throws Damaged si no se puede abrir.
void walk_folder(const std::filesystem::path& folder, const Visit& visit);

/// Recorre un zip, un tar o un tar.gz que está en el disco, en el orden en que está.
/// @param file el archivo. @param visit recibe cada cosa. @throws Damaged si no se puede leer entero.
void walk_archive_file(const std::filesystem::path& file, const Visit& visit);

/// Recorre un zip, un tar o un tar.gz que está en memoria, en el orden en que está.
/// @param bytes el comprimido. @param visit recibe cada cosa. @throws Damaged si no se puede leer entero.
void walk_archive(std::string_view bytes, const Visit& visit);

}  // namespace autograder
