/// @file
/// Los formatos en los que sale una clase evaluada. Cada uno es un archivo de outputs/, y aquí está la lista de todos.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "autograder/model.hpp"

namespace autograder {

/// Un formato.
struct Output {
  std::string name;         ///< Como se escribe en FORMATS=: «html», «gradescope», «moodle» …
  std::string description;  ///< Qué es, en una frase.
  /// Lo escribe. Recibe la clase y la carpeta de salida, que ya existe; crea dentro lo suyo.
  void (*write)(const Course& course, const std::filesystem::path& folder);
};

/// @return los formatos que hay, por orden de aparición en la ayuda.
const std::vector<Output>& outputs();

/// Rellena la hoja de notas de una tarea tal como se descarga de Moodle, en español o en inglés: la nota, con coma
/// decimal y en la escala de la hoja, y los comentarios de los estudiantes que encuentra por su identificador, por su
/// correo o por su nombre. Todo lo demás queda igual, byte a byte.
/// @param course la clase. @param worksheet la hoja descargada. @param out dónde se deja la rellena; puede ser la
/// misma.
/// @return los estudiantes de la clase que no están en la hoja, como «Ana Pérez (ana)».
/// @throws std::runtime_error con una frase, si no se puede leer o no es una de esas hojas.
/// @throws std::system_error si no se puede escribir.
std::vector<std::string> fill_moodle_worksheet(const Course& course, const std::filesystem::path& worksheet,
                                               const std::filesystem::path& out);

}  // namespace autograder
