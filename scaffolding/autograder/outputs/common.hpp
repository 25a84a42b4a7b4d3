/// @file
/// Lo que comparten los formatos: qué se cuenta de cada prueba, y cómo se escribe lo que viene de un estudiante.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "autograder/model.hpp"

namespace autograder {

/// Una línea de resultados: una prueba o, si el laboratorio no se evaluó, el laboratorio entero.
struct Row {
  int lab = 0;                    ///< El laboratorio.
  std::string number;             ///< «4.2»; «4» si es el laboratorio entero.
  std::string title;              ///< Su título.
  Status status = Status::error;  ///< Cómo acabó.
  double points = 0;              ///< Puntos ganados.
  double max_points = 0;          ///< Los que se podían ganar aquí.
  double seconds = 0;             ///< Lo que tardó.
  std::string explanation;        ///< Por qué no pasó, en varias líneas y ya limpio; vacía si pasó.
};

/// @return las líneas de un laboratorio. @param info lo que es. @param outcome en qué quedó.
std::vector<Row> rows(const LabInfo& info, const LabOutcome& outcome);

/// @return las líneas de todos los laboratorios de un estudiante. @param course la clase. @param student él.
std::vector<Row> rows(const Course& course, const Student& student);

/// @return lo que conviene saber de un laboratorio además de sus pruebas, ya limpio: que no compila, que la evaluación
/// no terminó, qué intento cuenta, qué se descontó. Vacío si nada. @param outcome en qué quedó.
std::string remarks(const LabOutcome& outcome);

/// @return lo que conviene saber de una entrega entera, ya limpio: las protecciones que faltaron, lo que se observó al
/// recibirla y lo que dice remarks() de cada laboratorio. @param course la clase. @param student el estudiante.
std::string remarks(const Course& course, const Student& student);

/// Un texto cualquiera, como UTF-8 válido y visible: lo que no es UTF-8 se sustituye, los controles se ven como un
/// símbolo (␀, ␍), los que cambian el sentido del texto, como ‹U+202E›. Solo quedan saltos de línea y tabuladores.
/// @param text el texto. @param limit cuántos bytes se muestran como mucho; lo demás se corta y se dice.
std::string clean(std::string_view text, std::size_t limit = 4096);

/// @return un texto limpio y en una sola línea: los saltos se ven como ⏎. @param text el texto.
std::string one_line(std::string_view text);

/// @return un número con dos decimales como mucho: «87,5». @param value el número. @param point el separador.
std::string decimal(double value, char point = ',');

/// @return «lab4». @param lab el número.
std::string lab_name(int lab);

/// @return lo que se dice de un estado: «pasó», «falló»… @param status el estado.
std::string_view status_text(Status status);

/// Escribe un archivo por estudiante en una carpeta nueva con el nombre del formato; lo que tuviera se borra. El nombre
/// de cada archivo es el Student::id con letras, cifras, «-» y «_»; los que así coincidan se numeran.
/// @param course la clase. @param folder la carpeta de salida. @param format el nombre del formato.
/// @param extension la de los archivos, con su punto. @param text lo que se escribe de cada uno.
/// @throws std::system_error si no se puede escribir.
void write_each(const Course& course, const std::filesystem::path& folder, std::string_view format,
                std::string_view extension, std::string (*text)(const Course& course, const Student& student));

/// @return una variable del entorno, de las que pone cada plataforma. @param name su nombre.
/// @param otherwise lo que vale si no está o está vacía.
std::string environment(const char* name, const std::string& otherwise);

/// @return JSON con sangría, siempre válido. @param json el valor. @param indent la sangría; -1: en una sola línea.
std::string dumped(const nlohmann::ordered_json& json, int indent = 1);

}  // namespace autograder
