/// @file
/// Datos largos: bytes en los que ningún trozo se repite, y en qué se diferencia lo que llegó de lo que se esperaba.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace grader {

/// Bytes de todos los valores, sin repeticiones: se sabe de dónde ha salido cualquier trozo. Siempre los mismos.
/// @param count cuántos.
/// @param from desde cuál, contando desde 0; múltiplo de 8.
/// @return los bytes.
std::string unrepeated_bytes(std::size_t count, std::size_t from = 0);

/// Letras sin repeticiones largas: como unrepeated_bytes(), pero se leen bien en un informe.
/// @param count cuántas.
/// @return las letras.
std::string unrepeated_text(std::size_t count);

/// El primer lugar en el que lo recibido deja de ser lo esperado.
struct Difference {
  std::string observed;  ///< Qué hay ahí, en una frase.
  std::string cause;     ///< Si lo de ahí es de otro lugar (se repite, o falta algo antes), lo dice; si no, vacía.
};

/// Explica una diferencia.
/// @param expected todo lo que se esperaba.
/// @param place lugar del primer byte distinto, desde 0: los anteriores llegaron bien.
/// @param rest lo que llegó desde ese lugar; vacío si no llegó nada más.
/// @return la explicación.
Difference explain_difference(std::string_view expected, std::size_t place, std::string_view rest);

/// Compara dos textos largos.
/// @param expected lo que se esperaba.
/// @param got lo que hay.
/// @return cuántos bytes del principio son iguales.
std::size_t equal_bytes(std::string_view expected, std::string_view got);

}  // namespace grader
