/// @file
/// Las llamadas al sistema del programa del estudiante durante una sesión corta, vistas con strace(1).
#pragma once

#include <string>

namespace learner {

/// Arranca el programa de un laboratorio bajo strace, conversa con él y enseña, entre lo que uno dice y otro responde,
/// las llamadas al sistema que hace.
/// @param lab número del laboratorio.
/// @param submission carpeta que contiene labN.cpp.
/// @return 0 si la sesión llegó al final; 1 si no, y entonces ha dicho por qué.
/// @throws std::runtime_error si falta strace, no se le permite trabajar, o no está el archivo.
int trace(int lab, const std::string& submission);

}  // namespace learner
