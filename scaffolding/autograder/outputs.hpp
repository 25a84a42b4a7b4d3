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

}  // namespace autograder
