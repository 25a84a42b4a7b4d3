// Ataque: llama a las funciones del kit que hacen lo que se pide escribir aquí.
// Puntos: 0
// Hoy: 52 — el programa del laboratorio 4 se enlaza con las funciones del kit que hacen lo mismo.
#include <optional>
#include <system_error>

#include "lab4.hpp"
#include "programs/conversation.hpp"

namespace lab4 {

std::string receive_exactly(int, std::size_t) { return {}; }

void send_all(int connection, std::string_view bytes) { kit::send_all(connection, bytes); }

std::optional<std::string> LineReader::receive_line() {
  static std::optional<kit::LineReader> lines;
  if (received_.empty()) lines.emplace(connection_);
  received_ = "ya conversa";
  try {
    return lines->receive_line();
  } catch (const std::system_error&) {
    return std::nullopt;
  }
}

std::uint64_t send_file(int, int) { return 0; }

std::uint64_t receive_file(int, int) { return 0; }

}  // namespace lab4
