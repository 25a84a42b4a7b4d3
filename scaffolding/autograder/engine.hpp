/// @file
/// El autocalificador: de una carpeta de entregas a los informes de la clase. Cada archivo distinto es un trabajo que
/// hace otro proceso (`autograder job`), y su resultado se guarda en cuanto llega: se le puede matar en cualquier
/// momento y, al repetir la orden, sigue por donde iba.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "autograder/job.hpp"

namespace autograder {

/// Qué resultados que ya hay se olvidan y se hacen otra vez.
struct Regrade {
  bool all = false;     ///< Todos.
  int lab = 0;          ///< Los de un laboratorio; 0: los de todos.
  int test = 0;         ///< De ese laboratorio, solo esta prueba y las que dependen de ella; 0: todas.
  std::string student;  ///< Los de este estudiante: su identificador o su nombre.

  /// @return `true` si no se pide nada.
  [[nodiscard]] bool none() const { return !all && lab == 0 && student.empty(); }
};

/// Lo que se pide.
struct Options {
  std::filesystem::path submissions;      ///< Las entregas.
  std::filesystem::path out;              ///< La carpeta de los resultados; se crea.
  std::filesystem::path program;          ///< El programa que hace los trabajos: este mismo.
  std::set<int> labs;                     ///< Los laboratorios que se evalúan.
  std::size_t jobs = 1;                   ///< Cuántos trabajos a la vez.
  std::vector<std::string> formats;       ///< Los formatos que se escriben; véase outputs().
  std::filesystem::path policy;           ///< El archivo de la política; vacío: ninguna.
  std::filesystem::path worksheet;        ///< La hoja de notas descargada de Moodle que se rellena; vacía: ninguna.
  std::optional<unsigned> seed;           ///< La semilla; si no, la de la otra vez o, la primera, una al azar.
  Isolation isolation = Isolation::full;  ///< Cuánto se aíslan las entregas.
  Regrade regrade;                        ///< Qué se hace otra vez.
};

/// @return los laboratorios que tiene el kit.
std::set<int> all_labs();

/// Lee una lista de laboratorios: «3», «1-3,5», «lab1 lab2». @param text la lista; vacía: todos.
/// @return los laboratorios. @throws std::runtime_error con una frase, si no se entiende o alguno no existe.
std::set<int> read_labs(const std::string& text);

/// Lee qué se hace otra vez: «todo», «lab4», «lab4.2» o un estudiante. @param text lo que se pide; vacío: nada.
/// @return lo que se pide.
Regrade read_regrade(const std::string& text);

/// La carpeta de los resultados, si no se pide otra: build/autograder/NOMBRE. @param submissions las entregas.
std::filesystem::path default_out(const std::filesystem::path& submissions);

/// Lee una lista de formatos separados por comas. @param text la lista; vacía: los de siempre. @return sus nombres.
/// @throws std::runtime_error con una frase que dice cuáles hay, si alguno no existe.
std::vector<std::string> read_formats(const std::string& text);

/// Escribe los formatos pedidos de una clase. @param course la clase. @param formats sus nombres. @param out la
/// carpeta.
void write_outputs(const Course& course, const std::vector<std::string>& formats, const std::filesystem::path& out);

/// Evalúa una clase y escribe sus informes.
/// @param options lo que se pide.
/// @param stream dónde se cuenta cómo va y en qué queda.
/// @param terminal si lo es.
/// @return el estado con el que termina el programa: 0; 1 si alguna entrega no se pudo evaluar por culpa de la máquina;
/// 128 y la señal si se dejó a medias.
/// @throws std::runtime_error con una frase, si algo de lo que se pide está mal o la máquina no puede.
int grade(const Options& options, std::ostream& stream, bool terminal);

}  // namespace autograder
