/// @file
/// De los intentos de cada estudiante y los resultados de cada archivo, la clase: aquí se ponen los puntos de la
/// rúbrica y se aplica la política. No ejecuta nada.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "autograder/intake.hpp"
#include "autograder/job.hpp"
#include "autograder/model.hpp"
#include "autograder/policy.hpp"
#include "grader/rubric.hpp"

namespace autograder {

/// Da el resultado de un archivo de un laboratorio; si no se pudo evaluar, uno State::interrupted que dice por qué.
using Lookup = std::function<JobResult(int lab, const std::filesystem::path& file)>;

/// Lo que se sabe de un laboratorio por su rúbrica. @param rubric la rúbrica. @return sus datos para los informes.
LabInfo lab_info(const grader::Rubric& rubric);

/// Pone a un resultado los puntos, los títulos y las pistas de la rúbrica. La lista de pruebas es siempre la de la
/// rúbrica: a la que falta en el resultado le toca Status::error, con 0 puntos.
/// @param result lo que salió del archivo. @param rubric la rúbrica. @return el laboratorio, sin penalizar.
LabOutcome marked(const JobResult& result, const grader::Rubric& rubric);

/// Hace los estudiantes de la clase, por nombre.
/// @param attempts los intentos de todos.
/// @param rubrics las rúbricas de los laboratorios que se evalúan.
/// @param policy la política.
/// @param result los resultados.
/// @return los estudiantes, cada uno con todos los laboratorios.
std::vector<Student> make_students(const std::vector<Submission>& attempts, const std::vector<grader::Rubric>& rubrics,
                                   const Policy& policy, const Lookup& result);

}  // namespace autograder
