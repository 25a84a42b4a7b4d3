/// @file
/// El archivo submission_metadata.yml de la exportación de Gradescope: de quién es cada carpeta.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace autograder {

/// Quien entregó.
struct Submitter {
  std::string name;   ///< Su nombre.
  std::string sid;    ///< Su número de estudiante; vacío si no lo tiene.
  std::string email;  ///< Su correo.
};

/// Lo que se sabe de una entrega.
struct Metadata {
  std::vector<Submitter> submitters;  ///< Varios, si es de un grupo.
  std::string created_at;             ///< Cuándo se entregó, ISO 8601; vacío si no se sabe.
  int previous_attempts = 0;          ///< Cuántas veces había entregado antes.
};

/// Lee el archivo. Los nombres de los campos pueden llevar delante los dos puntos de los símbolos de Ruby, y las horas
/// pueden ser un TimeWithZone. Lo que no conoce lo pasa por alto; si está cortado, vale lo que se leyó entero.
/// @param yaml el texto. @return las entregas, por el nombre de su carpeta.
std::map<std::string, Metadata> read_gradescope_metadata(std::string_view yaml);

}  // namespace autograder
