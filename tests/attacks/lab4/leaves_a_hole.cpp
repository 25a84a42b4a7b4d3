// Ataque: deja un archivo casi vacío que dice medir 8 EiB, o lo más que se le deje.
// Puntos: 0
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "lab4.hpp"

namespace {

void attack(int file) {
  for (off_t size = off_t{1} << 62; size > 0 && ::ftruncate(file, size) != 0; size /= 2) {
  }
}

}  // namespace

namespace lab4 {

// Solo los archivos, con el mismo ataque al enviarlos que al recibirlos.
std::uint64_t send_file(int, int) { return 0; }

std::uint64_t receive_file(int connection, int file) {
  std::array<char, 65536> block{};
  std::uint64_t total = 0;
  for (ssize_t count = 0; (count = ::recv(connection, block.data(), block.size(), 0)) > 0;) {
    total += static_cast<std::uint64_t>(count);
  }
  attack(file);
  return total;
}

std::string receive_exactly(int, std::size_t) { return {}; }

void send_all(int, std::string_view) {}

std::optional<std::string> LineReader::receive_line() { return std::nullopt; }

}  // namespace lab4
