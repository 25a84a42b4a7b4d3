/// @file
/// El informe en HTML: la clase y una página por estudiante, para leerlo sin conexión, imprimirlo o llevárselo.
#pragma once

#include <filesystem>

#include "autograder/model.hpp"

namespace autograder {

/// Escribe html/index.html y una página por estudiante a su lado. Cada página se basta a sí misma: ni pide nada a la
/// red ni necesita otro archivo, y sin JavaScript solo se pierde ordenar y filtrar la tabla. Las páginas de estudiantes
/// que quedaran de otra vez se borran.
/// @param course la clase.
/// @param folder la carpeta de salida, que ya existe.
/// @throws std::system_error o std::filesystem::filesystem_error si no se puede escribir.
/// @throws std::runtime_error si falta el estilo o el guion, que están en outputs/html/ del kit.
void write_html(const Course& course, const std::filesystem::path& folder);

}  // namespace autograder
