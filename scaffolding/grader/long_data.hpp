/// @file
/// Datos largos: bytes en los que ningún trozo se repite, y de dónde ha salido lo que llegó fuera de su lugar.
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

/// De dónde salen unos bytes que no son los esperados, si son de otro lugar de los esperados.
/// @param expected todo lo que se esperaba, sin repeticiones.
/// @param place lugar del primer byte distinto, desde 0.
/// @param rest lo que llegó desde ese lugar.
/// @return una frase que dice si se repiten, o si falta algo antes; vacía si no se sabe.
std::string origin_of(std::string_view expected, std::size_t place, std::string_view rest);

/// Compara dos textos largos.
/// @param expected lo que se esperaba.
/// @param got lo que hay.
/// @return cuántos bytes del principio son iguales.
std::size_t equal_bytes(std::string_view expected, std::string_view got);

}  // namespace grader
