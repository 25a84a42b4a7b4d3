/// @file
/// Lo que se guarda de cada laboratorio entre una evaluación y la siguiente: los puntos, lo que falló la última vez y
/// las pistas ya vistas. Solo de la entrega propia, la de labs/.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "grader/results.hpp"

namespace grader {

/// Lo que se guarda de una prueba de la última evaluación.
struct KeptTest {
  int id = 0;                     ///< Su número en la rúbrica.
  Status status = Status::error;  ///< Cómo acabó.
  std::string reason;             ///< Por qué no se hizo, si no se hizo.
  int pending = 0;                ///< Paso pendiente que anunció el programa; 0 si ninguno.
  std::string place;              ///< «archivo:línea» de ese paso.
};

/// Lo que se guarda de un laboratorio.
struct Progress {
  int points = 0;               ///< Puntos de la última evaluación completa.
  int max_points = 0;           ///< Los que se podían ganar en ella; 0 si aún no hay ninguna completa.
  int best = 0;                 ///< Los mejores puntos de una evaluación completa.
  std::string passed;           ///< fingerprint() del archivo con el que pasaron todas las pruebas; vacía si ninguno.
  std::vector<KeptTest> tests;  ///< Las pruebas de la última evaluación, completa o no.
  std::map<int, int> hints;     ///< Cuántas pistas se han visto de cada prueba, por su número.
};

/// Dónde se guarda: en .progress/, fuera de build/ para que «make clean» no lo borre, o en la carpeta que diga la
/// variable de entorno PROGRESS_FOLDER.
/// @param lab número del laboratorio.
/// @return la ruta del archivo.
std::filesystem::path progress_file(int lab);

/// Lee lo guardado de un laboratorio.
/// @param lab número del laboratorio.
/// @return lo guardado, o nada si nunca se ha evaluado.
/// @throws std::runtime_error con una frase que dice qué archivo está estropeado y qué hacer.
std::optional<Progress> read_progress(int lab);

/// Guarda lo de un laboratorio.
/// @param lab número del laboratorio.
/// @param progress lo que se guarda.
/// @throws std::system_error si no se puede escribir.
void write_progress(int lab, const Progress& progress);

/// Añade una evaluación a lo guardado. Lo que estuviera estropeado se empieza de nuevo.
/// @param result la evaluación; con menos pruebas que la rúbrica no cambia los puntos.
/// @param print fingerprint() del archivo evaluado.
/// @throws std::system_error si no se puede escribir.
void keep(const LabResult& result, const std::string& print);

/// Distingue un archivo de otro por lo que contiene.
/// @param file el archivo.
/// @return un resumen de su contenido (FNV-1a de 64 bits): vale para saber si ha cambiado, no contra quien engañe.
std::string fingerprint(const std::filesystem::path& file);

/// La prueba a la que se refieren las pistas y el siguiente paso: la primera que falló.
/// @param progress lo guardado.
/// @return la prueba, o `nullptr` si no falló ninguna.
const KeptTest* first_failed(const Progress& progress);

}  // namespace grader
