/// @file
/// Los nombres de las entregas: en qué codificación vienen, y qué dicen del estudiante y del intento.
#pragma once

#include <string>
#include <string_view>

namespace autograder {

/// ¿Es UTF-8 válido? @param bytes los bytes.
bool is_utf8(std::string_view bytes);

/// Un nombre para mostrarlo: en UTF-8 y sin caracteres de control. El que no es UTF-8 se lee como CP437 si la mayoría
/// de sus bytes altos son menores de 0xC0 (ahí tiene las letras con tilde) y como Latin-1 si no. Dos nombres distintos
/// pueden mostrarse igual: no sirve para distinguirlos.
/// @param raw los bytes del nombre.
std::string readable(std::string_view raw);

/// Número del laboratorio de un archivo llamado labN.cpp, con mayúsculas o minúsculas.
/// @param name su nombre, sin carpetas. @return el número, o 0 si no se llama así.
int lab_of_file(std::string_view name);

/// ¿Se llama como la carpeta de un laboratorio: labN o labN-lo-que-sea? @param name su nombre. @param lab el número.
bool is_folder_of_lab(std::string_view name, int lab);

/// Qué clase de comprimido es un archivo, por su nombre.
enum class Packing {
  none,    ///< No lo es.
  opened,  ///< De los que se abren: zip, tar, tar.gz.
  other,   ///< De otra clase: rar, 7z …
};

/// @param name nombre de un archivo. @return qué clase de comprimido es.
Packing packing_of(std::string_view name);

/// @param name nombre de un archivo. @return el nombre sin la extensión de comprimido, o sin `.cpp`.
std::string_view stem_of(std::string_view name);

/// Lo que dice de quién es una entrega el nombre de su carpeta o de su archivo.
struct Owner {
  std::string key;         ///< Los bytes que lo distinguen de los demás estudiantes.
  std::string id;          ///< Para Submission::student.
  std::string name;        ///< Nombre para mostrar.
  int attempt = 1;         ///< Número de intento.
  bool is_moodle = false;  ///< ¿Es un nombre de los de Moodle?
  std::string file;        ///< En él, cómo se llamaba el archivo; vacío si es una carpeta.
};

/// Lee un nombre. Reconoce dos formas:
///  - la de Moodle, `Apellido Nombre_12345_assignsubmission_file_` y quizá el nombre de un archivo detrás: el
///  estudiante
///    es el 12345;
///  - cualquier otra: el estudiante se llama así. Si acaba en `intentoN` o `attemptN` (con «_», «-» o un espacio, o sin
///    nada, delante y delante de N), es su intento N. Un número sin esa palabra es parte del nombre: `grupo-2` no es el
///    segundo intento de `grupo`.
/// @param name el nombre, sin extensión de comprimido si era un comprimido.
Owner owner_of(std::string_view name);

}  // namespace autograder
