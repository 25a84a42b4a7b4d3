/// @file
/// Lo que una demostración cuenta de sí misma cuando se está grabando: sus pasos, quién es quién, qué enseña.
#pragma once

#include <string>

#include "demo/recorder/event.hpp"

namespace demo {

/// Desde ahora, lo que cuente este proceso se anota.
/// @param path el archivo.
/// @throws std::system_error si no se puede escribir en él.
void start_log(const std::string& path);

/// Anota un suceso, si se está grabando.
/// @param kind su clase.
/// @param fields lo propio de esa clase.
void tell(const std::string& kind, const Event& fields);

}  // namespace demo
