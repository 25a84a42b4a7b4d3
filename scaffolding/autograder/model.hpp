/// @file
/// Lo que sabe el autocalificador de una clase ya evaluada: de aquí salen los informes y todos los formatos.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace autograder {

/// Cómo acabó una prueba.
enum class Status {
  passed,       ///< Pasó.
  failed,       ///< Falló.
  skipped,      ///< No se hizo: depende de otra que falló.
  unavailable,  ///< No se hizo: a la máquina le falta algo. Sus puntos no cuentan, ni a favor ni en contra.
  error,        ///< No se pudo hacer: el archivo no compila, o el evaluador no la contó. Vale 0.
};

/// El resultado de una prueba. Los textos vienen del programa del estudiante: cada formato los protege a su manera.
struct TestOutcome {
  std::string name;                       ///< La identifica en la rúbrica: «ListensWhereAsked».
  int id = 0;                             ///< Su número en el laboratorio.
  std::string title;                      ///< Su título en español.
  Status status = Status::error;          ///< Cómo acabó.
  int points = 0;                         ///< Puntos ganados.
  int max_points = 0;                     ///< Puntos que vale.
  std::string expected;                   ///< Qué se esperaba.
  std::string observed;                   ///< Qué se observó, o por qué no se hizo.
  std::string program;                    ///< Qué hacía el programa, según el núcleo.
  std::string cause;                      ///< Causa probable; vacía si no se sabe.
  std::string hint;                       ///< La primera pista de la prueba.
  std::vector<std::string> conversation;  ///< Los pasos que llevaron al fallo.
  long duration_ms = 0;                   ///< Lo que tardó, en milisegundos.
};

/// En qué quedó un laboratorio de un estudiante.
enum class State {
  missing,       ///< No lo entregó.
  refused,       ///< Lo entregó, pero no se pudo aceptar (véase LabOutcome::reason).
  not_compiled,  ///< No compila.
  graded,        ///< Evaluado.
  interrupted,   ///< La evaluación no terminó por sí sola (véase LabOutcome::reason): lo que no se contó vale 0.
};

/// El resultado de un laboratorio de un estudiante.
struct LabOutcome {
  int lab = 0;                     ///< Número del laboratorio.
  State state = State::missing;    ///< En qué quedó.
  std::string reason;              ///< Por qué, si no se evaluó con normalidad.
  std::string messages;            ///< Lo que dijo el compilador.
  std::vector<TestOutcome> tests;  ///< Todas las pruebas de la rúbrica, en su orden; vacío si no se evaluó.
  double points = 0;               ///< La nota, con las penalizaciones ya descontadas; de 0 a max_points.
  double max_points = 0;           ///< Los puntos que se podían ganar (sin las pruebas unavailable).
  double penalty = 0;              ///< Puntos que descontó la política de entregas tardías.
  int attempt = 1;                 ///< Qué intento es el que cuenta.
  int attempts = 1;                ///< Cuántos intentos hubo.
  std::string submitted_at;        ///< Cuándo se entregó, ISO 8601; vacío si no se sabe.
  std::string hash;                ///< SHA-256 del archivo evaluado, en hexadecimal.
  unsigned seed = 0;               ///< La semilla con la que se evaluó: con ella se repite el veredicto.
};

/// Un estudiante y sus laboratorios.
struct Student {
  std::string id;     ///< Lo identifica en la clase: el de su plataforma, o el nombre de su carpeta.
  std::string name;   ///< Nombre para mostrar.
  std::string email;  ///< Vacío si no se sabe.
  std::vector<std::string>
      notes;  ///< Lo que se observó en su entrega: «sobraba leeme.txt», «enlace simbólico rechazado».
  std::map<int, LabOutcome> labs;  ///< Por número; uno por cada laboratorio de la clase.

  /// @return la suma de sus puntos.
  [[nodiscard]] double points() const;
  /// @return la suma de los puntos que podía ganar.
  [[nodiscard]] double max_points() const;
};

/// Una prueba de la rúbrica.
struct RubricEntry {
  std::string name;   ///< La identifica.
  int id = 0;         ///< Su número.
  std::string title;  ///< Su título.
  int points = 0;     ///< Los puntos que vale.
};

/// Un laboratorio que se evaluó.
struct LabInfo {
  int lab = 0;                     ///< Su número.
  std::string title;               ///< Su título: «send y recv incrementales».
  std::vector<RubricEntry> tests;  ///< Sus pruebas, en orden.
};

/// Dos entregas que se parecen más de lo corriente. Se muestra; nunca cambia una nota.
struct Likeness {
  int lab = 0;         ///< El laboratorio.
  std::string first;   ///< Student::id de uno.
  std::string second;  ///< Student::id del otro.
  int percent = 0;     ///< Lo que se parecen, de 0 a 100.
};

/// Una clase evaluada.
struct Course {
  std::string title;                             ///< Para las cabeceras: el nombre de la carpeta de entregas.
  std::string graded_at;                         ///< Cuándo se terminó de evaluar, ISO 8601.
  std::vector<std::string> missing_protections;  ///< Protecciones que faltaron, cada una en una frase; vacío: ninguna.
  std::vector<LabInfo> labs;                     ///< Los laboratorios evaluados, en orden.
  std::vector<Student> students;                 ///< Los estudiantes, por nombre.
  std::vector<Likeness> alike;                   ///< Parecidos sospechosos, de mayor a menor.
};

/// Pasa un laboratorio a JSON. @param json dónde. @param outcome el laboratorio.
void to_json(nlohmann::ordered_json& json, const LabOutcome& outcome);
/// Lee un laboratorio de JSON. @param json de dónde. @param outcome el laboratorio.
/// @throws nlohmann::json::exception si no lo es.
void from_json(const nlohmann::ordered_json& json, LabOutcome& outcome);
/// Pasa una clase a JSON. @param json dónde. @param course la clase.
void to_json(nlohmann::ordered_json& json, const Course& course);
/// Lee una clase de JSON. @param json de dónde. @param course la clase. @throws nlohmann::json::exception si no lo es.
void from_json(const nlohmann::ordered_json& json, Course& course);

/// Guarda una clase en un archivo, entero o nada. @param course la clase. @param file el archivo.
/// @throws std::system_error si no se puede escribir.
void write_course(const Course& course, const std::filesystem::path& file);
/// Lee una clase guardada con write_course(). @param file el archivo. @return la clase.
/// @throws std::runtime_error con una frase que dice qué se esperaba, si no se puede leer o no es una clase.
Course read_course(const std::filesystem::path& file);

}  // namespace autograder
