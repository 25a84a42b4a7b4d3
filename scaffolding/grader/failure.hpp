/// @file
/// El fallo de una prueba, como datos: qué se esperaba, qué se observó, qué hacía el programa y cuál es la causa.
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "grader/mismatch.hpp"
#include "grader/program.hpp"
#include "grader/text.hpp"

namespace grader {

/// Lo que se cuenta de una prueba que falla.
struct Failure {
  std::string expected;                     ///< Qué se esperaba.
  std::string observed;                     ///< Qué se observó.
  std::string program;                      ///< Qué hacía el programa, según el núcleo.
  std::string cause;                        ///< Causa probable; vacía si no se sabe.
  std::vector<std::string> conversation{};  ///< Los pasos que llevaron al fallo; los pone fail().
  std::optional<PendingStep> pending{};     ///< Paso pendiente que lo explica todo.
  std::optional<Mismatch> mismatch{};       ///< Los bytes que no son los esperados, si el fallo es ese; véase tells().

  /// Cuenta, como lo esperado y lo observado, unos bytes que no son los esperados.
  /// @param what los bytes.
  void tells(Mismatch what);
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

/// Termina la prueba con un fallo por unos bytes que no son los esperados, de un programa que sigue en marcha.
/// @param program el programa.
/// @param mismatch los bytes.
/// @param cause causa probable; vacía si no se sabe.
[[noreturn]] void fail(Program& program, Mismatch mismatch, std::string cause = {});

/// Junta dos causas: ninguna se pierde.
/// @param better la que mejor explica el fallo, que va delante; vacía si no se sabe.
/// @param other la otra; vacía si no se sabe.
std::string both(std::string better, const std::string& other);

}  // namespace grader
