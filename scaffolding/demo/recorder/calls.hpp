/// @file
/// Las llamadas al sistema de una demostración, leídas de lo que escribe strace(1).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <istream>
#include <set>
#include <string>
#include <vector>

#include "demo/recorder/event.hpp"

namespace demo {

/// @param log el archivo en el que escribirá.
/// @param command el programa que se mira, con sus argumentos.
/// @return la orden de strace que entiende read_calls().
std::vector<std::string> strace_command(const std::string& log, const std::vector<std::string>& command);

/// De quién son las llamadas que interesan.
struct Watched {
  pid_t demo = 0;            ///< La demostración: hace de cliente o de servidor con sus sockets de Internet.
  std::set<pid_t> programs;  ///< Los procesos que ejecutan el programa del laboratorio. Sus hijos cuentan también.
  std::int64_t offset = 0;   ///< Lo que dio realtime_offset().
};

/// Lee lo que ha escrito strace. De la demostración cuentan solo los sockets de Internet que ha creado ella, y no sus
/// miradas: ni los que toma prestados, ni los recv() que no encuentran nada.
/// @param log lo que escribió.
/// @param watched de quién.
/// @return un suceso por llamada, en el instante en que empezó.
std::vector<Event> read_calls(std::istream& log, const Watched& watched);

}  // namespace demo
