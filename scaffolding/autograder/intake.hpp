/// @file
/// La recepción de las entregas: de una carpeta con lo que sea (carpetas, zip, tar.gz, la descarga de Moodle, la
/// exportación de Gradescope) salen los archivos labN.cpp de cada estudiante, y nada más.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace autograder {

/// Lo que se acepta, con holgura para una entrega de verdad. Lo que pasa de aquí se rechaza con el motivo.
namespace limits {
inline constexpr std::size_t source = std::size_t{1} << 20;          ///< Bytes de un labN.cpp.
inline constexpr std::size_t sources = std::size_t{16} << 20;        ///< Bytes de todos los labN.cpp de una entrega.
inline constexpr std::size_t packed = std::size_t{64} << 20;         ///< Bytes de un comprimido de una entrega.
inline constexpr std::uintmax_t unpacked = std::uintmax_t{1} << 28;  ///< Bytes de todo lo que hay dentro.
inline constexpr std::uintmax_t ratio = 200;  ///< Cuántas veces más grande puede ser lo de dentro que el comprimido…
inline constexpr std::uintmax_t small = std::uintmax_t{16} << 20;  ///< … si pasa de estos bytes.
inline constexpr int entries = 10'000;                             ///< Archivos y carpetas de una entrega.
inline constexpr int depth = 32;                                   ///< Carpetas una dentro de otra.
inline constexpr int class_entries = 2'000'000;                    ///< Archivos y carpetas de toda la clase.
inline constexpr std::size_t metadata = std::size_t{256} << 20;    ///< Bytes de submission_metadata.yml.
}  // namespace limits

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
///
/// **Qué es una entrega.** Cada carpeta, zip, tar o tar.gz que haya en la raíz es la de un estudiante (owner_of() dice
/// de quién y qué intento). En la raíz de la descarga de Moodle puede haber también archivos sueltos. En la de
/// Gradescope, submission_metadata.yml dice quiénes entregaron, y si son varios la entrega es de cada uno. La raíz
/// puede estar dentro de otra carpeta: se entra en la que está sola si dentro hay al menos dos entregas, o
/// submission_metadata.yml. Si la propia raíz es la de un estudiante (hay un labN.cpp y el camino hasta él son solo
/// carpetas `labs` o `labN…`), es una única entrega. Dos estudiantes cuyos nombres se muestran igual siguen siendo dos:
/// al segundo se le añade «~2».
///
/// **Qué se toma de ella.** Solo los labN.cpp, con mayúsculas o minúsculas y en cualquier carpeta que no empiece por un
/// punto, tal como están: ni el BOM, ni CRLF, ni una codificación distinta de UTF-8 impiden compilar, y solo se anotan.
/// Un zip o tar.gz que esté dentro se abre; los que este contenga, no. Si un labN.cpp está repetido, vale el que está
/// en una carpeta `labN` o `labN-…`; si no hay uno o hay varios, el que está en menos carpetas; y si aún empatan, el
/// primero por orden de ruta. Se rechazan los que están vacíos, los que tienen bytes nulos, y todo lo que pasa de
/// limits.
///
/// @param submissions la carpeta que las contiene, o un zip, tar o tar.gz con lo mismo dentro.
/// @param work la carpeta de trabajo; la crea, y lo que tuviera de otra vez se borra.
/// @param labs los laboratorios que se evalúan; los labN.cpp de los demás se pasan por alto sin más.
/// @return los intentos, por estudiante y número de intento; siempre en el mismo orden. Quien no entregó nada que sirva
/// también está, con el motivo.
/// @throws std::runtime_error con una frase que dice qué se esperaba y qué hay, si no hay ninguna entrega, si no se
/// pueden leer o si no se puede escribir en la carpeta de trabajo.
std::vector<Submission> take_in(const std::filesystem::path& submissions, const std::filesystem::path& work,
                                const std::set<int>& labs);

}  // namespace autograder
