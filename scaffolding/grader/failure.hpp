/// @file
/// El fallo de una prueba, como datos: qué se esperaba, qué se observó, qué hacía el programa y cuál es la causa.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "grader/program.hpp"

namespace grader {

/// Lo que se cuenta de una prueba que falla.
struct Failure {
  std::string expected;                     ///< Qué se esperaba.
  std::string observed;                     ///< Qué se observó.
  std::string program;                      ///< Qué hacía el programa, según el núcleo.
  std::string cause;                        ///< Causa probable; vacía si no se sabe.
  std::vector<std::string> conversation{};  ///< Los pasos que llevaron al fallo; los pone fail().
  std::optional<PendingStep> pending{};     ///< Paso pendiente que lo explica todo.
};

/// Lo que lanza fail(): la prueba termina aquí. GoogleTest la da por fallida.
class Failed : public std::runtime_error {
public:
  /// @param what el fallo.
  explicit Failed(Failure what);
  Failure failure;  ///< El fallo.
};

/// Anota un paso de la conversación, para contarlo si la prueba falla.
/// @param step el paso, ya legible.
void narrate(std::string step);

/// Olvida, al destruirse, los pasos anotados mientras vivía: de mil conversaciones iguales, el informe de un fallo solo
/// cuenta la que falló.
class Aside {
public:
  Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  ~Aside();

private:
  std::size_t steps_;
};

/// Termina la prueba con un fallo.
/// @param failure los datos.
/// @throws Failed, siempre.
[[noreturn]] void fail(Failure failure);

/// Termina la prueba con un fallo debido a cómo acabó una espera. Si el programa anunció un paso pendiente, eso es lo
/// que se cuenta.
/// @param program el programa.
/// @param expected qué se esperaba.
/// @param stop cómo acabó la espera.
/// @param cause causa probable; vacía si no se sabe.
[[noreturn]] void fail(Program& program, std::string expected, const Stop& stop, std::string cause = {});

/// Termina la prueba con un fallo por algo observado en un programa que sigue en marcha.
/// @param program el programa.
/// @param expected qué se esperaba.
/// @param observed qué se observó.
/// @param cause causa probable; vacía si no se sabe.
[[noreturn]] void fail(Program& program, std::string expected, std::string observed, std::string cause = {});

/// Bytes como se muestran a una persona: entre comillas, con los que no se imprimen en notación de C, y cortados si son
/// muchos, con su longitud.
/// @param bytes los bytes.
/// @param limit cuántos se muestran como mucho.
std::string printable(std::string_view bytes, std::size_t limit = 60);

}  // namespace grader
