/// @file
/// Por dónde va un trabajo largo: una barra que se redibuja, en una terminal; si no, una línea de vez en cuando.
#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>

namespace autograder {

/// @param seconds una duración, en segundos. @return «8 s», «3 min 20 s», «1 h 5 min».
std::string duration_text(double seconds);

/// Cuenta lo hecho, lo rápido que va y lo que queda.
class ProgressBar {
public:
  /// @param stream dónde se escribe.
  /// @param terminal si lo es, se redibuja en su sitio.
  /// @param total cuánto hay que hacer.
  ProgressBar(std::ostream& stream, bool terminal, std::size_t total);

  /// Hay uno más hecho.
  /// @param elapsed el tiempo desde el principio.
  void advance(std::chrono::duration<double> elapsed);

  /// Ha pasado el tiempo: lo que queda se vuelve a calcular. @param elapsed el tiempo desde el principio.
  void refresh(std::chrono::duration<double> elapsed);

  /// Borra la barra, para escribir otra cosa.
  void clear();

private:
  [[nodiscard]] std::string text(double seconds) const;

  std::ostream& stream_;
  bool terminal_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::size_t told_ = 0;  // décimas partes de las que ya se dio cuenta, fuera de una terminal
};

}  // namespace autograder
