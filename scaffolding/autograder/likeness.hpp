/// @file
/// Entregas que se parecen más de lo corriente, sin contar el código que reparte el kit. Lo mide similarity-tester.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "autograder/model.hpp"

namespace autograder {

/// Compara entre sí las entregas de un laboratorio.
/// @param lab número del laboratorio.
/// @param files el Student::id de cada uno y su archivo.
/// @return las parejas que se parecen sospechosamente, de mayor a menor; vacío si similarity-tester no está.
std::vector<Likeness> find_alike(int lab, const std::vector<std::pair<std::string, std::filesystem::path>>& files);

}  // namespace autograder
