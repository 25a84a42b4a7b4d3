/// @file
/// El esqueleto de los programas de los laboratorios: una función principal que cuenta los errores, y una consola de
/// órdenes con la que usar, desde fuera, las funciones de un laboratorio.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "programs/kit.hpp"

namespace kit {

/// Hace el trabajo de un programa y convierte en estado de salida cómo acabó.
/// @param work el trabajo; devuelve el estado de salida.
/// @return lo que devuelva `work`, o 1 si lanza una excepción, que se cuenta en la salida de errores.
int run_program(const std::function<int()>& work);

/// Lee el número de un puerto.
/// @param text el texto: de «0» a «65535».
/// @return el puerto, en el orden de bytes de esta máquina.
/// @throws std::invalid_argument si no lo es.
std::uint16_t to_port(std::string_view text);

/// Atiende órdenes de la entrada estándar, una por línea, hasta que se acabe. A cada orden responde con una línea en la
/// salida estándar: lo que devuelva `answer` o, si lanza una excepción, «error: …», con el número de errno si lo tiene.
/// @param answer hace lo que dice una orden y devuelve la respuesta. Recibe las palabras de la orden.
/// @return el estado de salida del programa: 0.
int run_console(const std::function<std::string(std::istream& words)>& answer);

/// Descriptores que abren las órdenes de una consola: siguen abiertos mientras exista este objeto.
class OpenDescriptors {
public:
  /// Guarda uno más.
  /// @param descriptor el descriptor.
  /// @return lo que se responde: «descriptor 4».
  std::string keep(Descriptor descriptor);

  /// @param if_empty qué falta por hacer si no hay ninguno, en una frase.
  /// @return el último que se guardó.
  /// @throws std::logic_error con esa frase si no hay ninguno.
  Descriptor& last(const char* if_empty);

  /// Deja de guardar el último.
  /// @param if_empty qué falta por hacer si no hay ninguno, en una frase.
  /// @return ese descriptor, para quien lo quiera cerrar.
  /// @throws std::logic_error con esa frase si no hay ninguno.
  Descriptor take_last(const char* if_empty);

private:
  std::vector<Descriptor> kept_;
};

}  // namespace kit
