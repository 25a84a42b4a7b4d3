/// @file
/// Los resultados de una clase, guardados según llegan (SQLite). Cada uno es de un archivo, no de un estudiante: a
/// quien entrega lo mismo le vale el mismo. Los puntos no se guardan: los pone la rúbrica al hacer los informes.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "autograder/job.hpp"

namespace autograder {

/// Qué se evaluó, con qué y con qué datos: a igual clave, igual resultado.
struct Key {
  int lab = 0;            ///< Número del laboratorio.
  std::string hash;       ///< SHA-256 del archivo.
  std::string evaluator;  ///< fingerprint() del evaluador.
  unsigned seed = 0;      ///< La semilla de los datos al azar.

  /// Para ordenarlas.

  friend auto operator<=>(const Key&, const Key&) = default;  // NOLINT(modernize-use-nullptr): no hay ningún puntero
};

/// El archivo de los resultados. Lo que put() guardó sigue ahí aunque al proceso lo maten en el acto.
class Store {
public:
  /// Lo abre, y lo crea si no existe.
  /// @param file el archivo.
  /// @throws std::runtime_error con una frase, si no se puede o es de otro programa.
  explicit Store(const std::filesystem::path& file);

  /// La semilla de la clase: la que se pide o, si no se pide ninguna, la última; la primera vez, una al azar.
  /// @param asked la que se pide.
  /// @return la semilla, que queda guardada.
  unsigned seed(std::optional<unsigned> asked);

  /// @param key la clave. @return el resultado; nada si no está.
  std::optional<JobResult> find(const Key& key);

  /// Guarda un resultado, entero o nada; sustituye al que hubiera.
  /// @param key la clave. @param result el resultado.
  void put(const Key& key, const JobResult& result);

  /// Olvida un resultado. @param key la clave.
  void forget(const Key& key);

  /// Da por bueno con esta clave el resultado más reciente del mismo archivo con otro evaluador, si con este no lo hay.
  /// @param key la clave.
  void adopt(const Key& key);

  /// Hace varios cambios de una vez: o quedan todos, o ninguno. @param changes los cambios.
  template <typename Changes>
  void together(Changes changes) {
    run("BEGIN IMMEDIATE");
    try {
      changes();
      run("COMMIT");
    } catch (...) {
      sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

private:
  class Statement;
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };

  void run(const char* sql);
  [[noreturn]] void fail() const;

  std::unique_ptr<sqlite3, Close> database_;
  std::filesystem::path file_;
};

}  // namespace autograder
