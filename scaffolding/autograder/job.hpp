/// @file
/// Una evaluación que se basta a sí misma: un archivo, un laboratorio, una semilla y un resultado. La puede hacer este
/// proceso, otro o el planificador de un grupo de máquinas: `autograder job …`.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "autograder/model.hpp"

namespace autograder {

/// Cuánto se aísla el código de una entrega.
enum class Isolation {
  full,  ///< Espacios de nombres propios (bubblewrap): red, procesos, archivos, usuario.
  weak,  ///< Donde no los hay: límites, sin privilegios nuevos, Landlock si está. Hay que pedirlo, y cada informe lo
         ///< dice.
};

/// Lo que se evalúa.
struct Job {
  int lab = 0;                            ///< Número del laboratorio.
  std::filesystem::path source;           ///< labN.cpp, con cualquier nombre y en cualquier carpeta.
  unsigned seed = 1;                      ///< La semilla de los datos al azar.
  std::string test;                       ///< Nombre de la única prueba que se quiere; vacío: todas.
  Isolation isolation = Isolation::full;  ///< Cuánto se aísla.
  std::chrono::seconds limit{900};        ///< Lo que puede durar la evaluación, de reloj: el último recurso.
};

/// Lo que salió: de LabOutcome, lo que depende solo del archivo (lab, state, reason, messages, tests, seed y puntos sin
/// penalizar). El resumen del archivo (hash) lo pone quien lo pide, que lo necesita antes.
using JobResult = LabOutcome;

/// Comprueba que aquí se puede aislar así, para decirlo antes de empezar.
/// @param isolation cuánto.
/// @throws std::runtime_error con una frase que dice qué falta y qué hacer.
void require(Isolation isolation);

/// Hace una evaluación. No deja nada en marcha ni ningún archivo, pase lo que pase.
/// @param job lo que se evalúa.
/// @param work una carpeta propia, que no existe: la crea y la borra.
/// @return el resultado; lo que una entrega haga mal está dentro, no es una excepción.
/// @throws std::runtime_error con una frase, o std::system_error, si lo que falla es la máquina o el kit.
JobResult run(const Job& job, const std::filesystem::path& work);

/// Guarda el resultado en JSON, entero o nada. @param result el resultado. @param file el archivo.
/// @throws std::system_error si no se puede escribir.
void write_result(const JobResult& result, const std::filesystem::path& file);

/// Lee un resultado. @param text el JSON. @return el resultado. @throws std::runtime_error si no lo es.
JobResult read_result(const std::string& text);

/// Protecciones que aquí faltan con ese aislamiento, cada una en una frase; vacío si no falta ninguna.
/// @param isolation el aislamiento.
std::vector<std::string> missing_protections(Isolation isolation);

}  // namespace autograder
