/// @file
/// La política de una clase: plazos, descuento por retraso y qué intento cuenta. Es un archivo JSON; todo es opcional:
///
///     {
///       "deadlines": {"1": "2026-10-01T23:59+02:00", "2": "2026-10-08 23:59"},
///       "penalty": {"percent": 10, "per": "day", "maximum": 50},
///       "grace_minutes": 15,
///       "attempts": "best",
///       "max_attempts": 3
///     }
///
/// - `deadlines`: el plazo de cada laboratorio, por su número. Sin zona, es la hora de esta máquina.
/// - `penalty`: qué tanto por ciento de los puntos del laboratorio se descuenta por cada día (`day`) u hora (`hour`) de
///   retraso, que cuenta entero en cuanto empieza, y cuánto como mucho. La nota no baja de cero.
/// - `grace_minutes`: retraso que se perdona; a quien lo supera se le cuenta desde el plazo.
/// - `attempts`: cuenta el mejor intento (`best`, con sus descuentos) o el último (`last`, lo que se hace sin
/// política).
/// - `max_attempts`: los intentos que hay después de estos no cuentan.
#pragma once

#include <chrono>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>

namespace autograder {

/// Un instante, con precisión de segundos.
using Instant = std::chrono::sys_seconds;

/// Lee una fecha y hora ISO 8601: «2026-10-01T23:59:00+02:00», «2026-10-01 23:59». Sin zona, es la de esta máquina.
/// @param text la fecha. @return el instante; nada si no lo es.
std::optional<Instant> read_instant(const std::string& text);

/// Lo que dice el archivo. Por defecto, lo que se hace sin él.
struct Policy {
  /// Qué intento cuenta.
  enum class Attempts { last, best };

  std::map<int, Instant> deadlines;    ///< Por laboratorio.
  double percent = 0;                  ///< Lo que descuenta cada periodo, en % de los puntos del laboratorio.
  std::chrono::seconds period{0};      ///< Un día o una hora.
  double maximum = 100;                ///< Lo que se descuenta como mucho, en %.
  std::chrono::minutes grace{0};       ///< Retraso que se perdona.
  Attempts attempts = Attempts::last;  ///< Qué intento cuenta.
  int max_attempts = std::numeric_limits<int>::max();  ///< Cuántos intentos cuentan.

  /// El descuento por retraso.
  /// @param lab número del laboratorio.
  /// @param submitted_at cuándo se entregó, ISO 8601; si no se entiende, no hay descuento.
  /// @return en % de los puntos del laboratorio, de 0 a 100.
  [[nodiscard]] double late_percent(int lab, const std::string& submitted_at) const;
};

/// Lee y comprueba el archivo de una política.
/// @param file el archivo.
/// @return la política.
/// @throws std::runtime_error con una frase que dice qué clave está mal y qué se esperaba.
Policy read_policy(const std::filesystem::path& file);

}  // namespace autograder
