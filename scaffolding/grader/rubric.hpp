/// @file
/// La rúbrica de un laboratorio: rubric.json, junto a él. Es el único lugar de su número, título, pruebas, puntos y
/// pistas. Las de las pruebas ocultas, si las hay, están en tests/hidden/labN.json.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace grader {

/// Una prueba de la rúbrica.
struct RubricTest {
  int id = 0;                      ///< Número con el que la conoce el estudiante: 1, 2, 3 …
  std::string name;                ///< Nombre de la prueba de GoogleTest.
  std::string title;               ///< Frase que dice qué debe cumplirse.
  int points = 0;                  ///< Puntos.
  std::vector<int> after;          ///< Pruebas sin las que esta no tiene sentido.
  int todo = 0;                    ///< Paso de la guía que la hace pasar.
  std::vector<std::string> hints;  ///< Pistas graduadas: concepto, dónde, qué llamada, código.
  /// Necesita el archivo compilado además para vigilar las carreras entre hilos (Lab::race_launch()).
  bool races = false;
};

/// La rúbrica de un laboratorio.
struct Rubric {
  int lab = 0;        ///< Número del laboratorio.
  std::string title;  ///< Título.
  /// Qué argumentos recibe el programa, si el laboratorio también evalúa programas enteros en cualquier lenguaje
  /// (PROGRAM=): «host», «port». Vacío si solo evalúa funciones.
  std::vector<std::string> arguments;
  std::vector<RubricTest> tests;  ///< Pruebas, por número.
  /// Con qué argumentos se arranca el programa para enseñar sus llamadas al sistema. Con «{port}», es un cliente y ese
  /// es el puerto del servidor; sin él, es un servidor.
  std::vector<std::string> trace{};

  /// @param name nombre de la prueba de GoogleTest.
  /// @return la prueba, o `nullptr` si no está.
  [[nodiscard]] const RubricTest* find(const std::string& name) const;
  /// @return `true` si alguna prueba vigila las carreras entre hilos.
  [[nodiscard]] bool watches_races() const;
  /// @return la suma de los puntos.
  [[nodiscard]] int points() const;
};

/// Lee y comprueba una rúbrica: números seguidos, dependencias anteriores, 100 puntos, cuatro pistas.
/// @param file ruta de rubric.json.
/// @return la rúbrica.
/// @throws std::runtime_error con lo que está mal y dónde.
Rubric read_rubric(const std::filesystem::path& file);

/// Añade a una rúbrica las pruebas ocultas de un archivo, con la misma forma; sus números siguen a los que ya hay.
/// @param rubric la rúbrica; si algo está mal, no sirve ya.
/// @param file ruta del archivo.
/// @throws std::runtime_error con lo que está mal y dónde.
void add_hidden_tests(Rubric& rubric, const std::filesystem::path& file);

/// La rúbrica con la que se evalúa un laboratorio: la suya y, si las hay, las pruebas ocultas.
/// @param lab número del laboratorio.
/// @return la rúbrica.
/// @throws std::runtime_error con lo que está mal y dónde.
Rubric rubric_of(int lab);

}  // namespace grader
