/// @file
/// Construye el programa de un laboratorio con el archivo del estudiante: lo único que se compila en cada evaluación.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "grader/jail.hpp"
#include "programs/kit.hpp"

namespace grader {

/// Qué se vigila en el programa.
enum class Watch {
  memory,  ///< La memoria y el comportamiento indefinido: AddressSanitizer y UBSan.
  races,   ///< Las carreras entre hilos: ThreadSanitizer. Solo en los laboratorios cuya rúbrica lo pide.
};

/// Lo que salió de una compilación.
struct Compilation {
  bool built = false;             ///< `true` si hay programa.
  std::filesystem::path program;  ///< El programa.
  std::string messages;           ///< Avisos y errores del compilador, hasta 64 KiB.
  double seconds = 0;             ///< Lo que tardó, en segundos.
};

/// Busca el archivo de un laboratorio en una carpeta: suelto, o en la carpeta del laboratorio.
/// @param folder la carpeta.
/// @param lab número del laboratorio.
/// @return la ruta de labN.cpp.
/// @throws std::runtime_error con una frase que dice qué se esperaba y qué hay.
std::filesystem::path find_source(const std::filesystem::path& folder, int lab);

/// La carpeta de un laboratorio en el repositorio.
/// @param lab número del laboratorio.
/// @return su ruta.
/// @throws std::runtime_error si no existe.
std::filesystem::path lab_folder(int lab);

/// Distingue el archivo propio, el de labs/, de otras entregas.
/// @param source labN.cpp.
/// @param lab número del laboratorio.
/// @return `true` si es el de la carpeta del laboratorio.
bool is_own(const std::filesystem::path& source, int lab);

/// Dónde está el programa que vigila las carreras.
/// @param program el que vigila la memoria.
/// @return su ruta, a su lado.
std::filesystem::path race_program(const std::filesystem::path& program);

/// Cómo se compila lo de un extraño.
struct Workshop {
  std::filesystem::path folder;  ///< Carpeta del programa; el compilador no puede escribir en ninguna otra.
  Jail jail = Jail::full;        ///< Cuánto se aísla el compilador.
};

/// Una compilación del archivo del estudiante, que se enlaza con el programa del laboratorio. Avanza por su cuenta.
class Compiling {
public:
  /// La empieza.
  /// @param source labN.cpp.
  /// @param lab número del laboratorio.
  /// @param watch qué vigilará el programa.
  /// @param colour mensajes del compilador con colores de terminal.
  /// @param workshop dónde, si es de un extraño.
  /// @throws std::system_error si no se puede crear un proceso.
  Compiling(const std::filesystem::path& source, int lab, Watch watch, bool colour,
            const std::optional<Workshop>& workshop = std::nullopt);
  Compiling(const Compiling&) = delete;
  Compiling& operator=(const Compiling&) = delete;
  /// La abandona, si no ha terminado.
  ~Compiling();

  /// Espera a que termine.
  /// @return el resultado.
  /// @throws std::runtime_error si no se pudo aislar al compilador.
  Compilation finish();

private:
  bool read_messages(std::string& messages) const;
  void abandon();

  std::filesystem::path program_;
  std::filesystem::path partial_;
  kit::Descriptor messages_;
  bool has_workshop_;
  kit::Descriptor jail_status_;  // lo que cuenta bwrap, si lo hay
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  pid_t compiler_ = -1;
};

/// Compila el archivo del estudiante para vigilar la memoria.
/// @param source labN.cpp.
/// @param lab número del laboratorio.
/// @param colour mensajes del compilador con colores de terminal.
/// @return el resultado.
/// @throws std::system_error si no se puede crear un proceso.
Compilation compile(const std::filesystem::path& source, int lab, bool colour);

}  // namespace grader
