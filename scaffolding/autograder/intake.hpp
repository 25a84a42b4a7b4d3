/// @file
/// La recepción de las entregas: de una carpeta con lo que sea (carpetas, zip, tar.gz, la descarga de Moodle, la
/// exportación de Gradescope) salen los archivos labN.cpp de cada estudiante, y nada más.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace autograder {

/// Un intento de un estudiante.
struct Submission {
  std::string student;       ///< Student::id.
  std::string name;          ///< Nombre para mostrar.
  std::string email;         ///< Vacío si no se sabe.
  int attempt = 1;           ///< Número de intento, desde 1.
  std::string submitted_at;  ///< Cuándo, ISO 8601; vacío si no se sabe.
  std::map<int, std::filesystem::path>
      files;                           ///< Por laboratorio, una copia de labN.cpp dentro de la carpeta de trabajo.
  std::map<int, std::string> refused;  ///< Por laboratorio, por qué no se aceptó.
  std::vector<std::string> notes;      ///< Lo que se observó, en frases.
};

/// Recibe las entregas. Solo escribe dentro de la carpeta de trabajo, y deja ahí copias: a las entregas no las toca.
/// @param submissions la carpeta que las contiene.
/// @param work la carpeta de trabajo; la crea, y lo que tuviera de otra vez se sustituye.
/// @param labs los laboratorios que se evalúan; los demás archivos se pasan por alto sin más.
/// @return los intentos, por estudiante y número de intento; siempre en el mismo orden.
/// @throws std::runtime_error con una frase que dice qué se esperaba y qué hay, si no hay ninguna entrega.
std::vector<Submission> take_in(const std::filesystem::path& submissions, const std::filesystem::path& work,
                                const std::set<int>& labs);

}  // namespace autograder
