/// @file
/// Bytes que no son los que se esperaban, y cómo se señala el primero distinto.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace grader {

/// Lo esperado y lo observado, uno debajo del otro, y debajo una señal en el primer byte distinto.
struct Aligned {
  std::string expected;  ///< Lo esperado.
  std::string observed;  ///< Lo observado, en las mismas columnas.
  std::string mark;      ///< «^ aquí», en la columna del primer byte distinto.
};

/// Bytes que llegaron y que no son los que se esperaban, o a los que les falta o les sobra algo. Solo guarda los que
/// rodean al primero distinto.
class Mismatch {
public:
  /// Compara dos textos enteros, que son distintos.
  /// @param expected lo que se esperaba.
  /// @param observed lo que llegó.
  /// @param where qué parte de lo esperado es, o cuándo se esperaba; vacía si no hace falta decirlo.
  Mismatch(std::string_view expected, std::string_view observed, std::string where = {});

  /// Lo que llegó se comparó según llegaba.
  /// @param expected todo lo que se esperaba.
  /// @param place lugar del primer byte distinto, desde 0: los anteriores llegaron bien.
  /// @param rest lo que llegó desde ese lugar; vacío si no llegó nada más.
  /// @param where qué parte de lo esperado es, o cuándo se esperaba; vacía si no hace falta decirlo.
  Mismatch(std::string_view expected, std::size_t place, std::string_view rest, std::string where = {});

  /// Lo que se ha comparado no es todo lo que hay: no se dice cuánto es.
  void has_more() { complete_ = false; }

  /// Cuenta también qué pasó después de que llegaran los bytes.
  /// @param what qué pasó, en una frase.
  void then(std::string what) { after_ = std::move(what); }

  /// @return el lugar del primer byte distinto, desde 0.
  [[nodiscard]] std::size_t first_wrong_byte() const { return place_; }
  /// @return qué parte de lo esperado es, o cuándo se esperaba; vacía si no hace falta decirlo.
  [[nodiscard]] const std::string& where() const { return where_; }
  /// @return qué pasó después; vacía si no se sabe.
  [[nodiscard]] const std::string& after() const { return after_; }

  /// Lo muestra con los bytes que no se imprimen en notación de C y, si no cabe, recortado alrededor de la diferencia,
  /// con su longitud.
  /// @param width columnas de las que dispone.
  [[nodiscard]] Aligned aligned(std::size_t width) const;

  /// @return lo esperado, en una línea.
  [[nodiscard]] std::string expected_text() const;
  /// @return lo observado, en una línea.
  [[nodiscard]] std::string observed_text() const;

  /// Para pasarlo de un proceso a otro. @param to dónde. @param from qué.
  friend void to_json(nlohmann::json& to, const Mismatch& from);
  /// Lo contrario. @param from de dónde. @param to qué. @throws nlohmann::json::exception si no es uno.
  friend void from_json(const nlohmann::json& from, Mismatch& to);

private:
  std::size_t place_;
  std::size_t expected_size_;
  std::size_t observed_size_;
  std::string same_;      // los últimos bytes iguales
  std::string expected_;  // los primeros que se esperaban desde el lugar
  std::string observed_;  // los primeros que llegaron desde el lugar
  bool complete_ = true;
  std::string where_;
  std::string after_;
};

}  // namespace grader
