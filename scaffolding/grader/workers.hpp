/// @file
/// Las pruebas de una evaluación, varias a la vez y cada una en un proceso propio: mientras una espera a que el núcleo
/// cuente algo, otra avanza. Lo que se ve es lo mismo que si se hicieran una tras otra.
#pragma once

#include <functional>
#include <vector>

#include "grader/results.hpp"

namespace grader {

/// Hace las pruebas pedidas. Ninguna empieza antes de que acaben aquellas de las que depende.
/// @param tests las que se piden, en el orden de la rúbrica.
/// @param perform hace una prueba, ya en su proceso; lo que cambie en session() se pierde, salvo Session::restless.
/// @param done recibe los resultados, en el orden de la rúbrica y en cuanto se puede.
/// @throws std::system_error si no se pueden crear procesos.
void run_tests(const std::vector<const RubricTest*>& tests, const std::function<TestResult(const RubricTest&)>& perform,
               const std::function<void(TestResult)>& done);

}  // namespace grader
