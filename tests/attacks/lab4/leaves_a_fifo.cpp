// Ataque: cambia por una tubería con nombre el archivo que tenía que guardar: quien la abra se queda esperando.
// Puntos: 0
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "lab4.hpp"

namespace {

// La ruta del archivo que el evaluador va a leer.
std::string path_of(int file) {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size() - 1);
  return size == -1 ? std::string{} : std::string{path.data()};
}

void attack(int file) {
  const std::string path = path_of(file);
  ::unlink(path.c_str());
  ::mkfifo(path.c_str(), 0666);
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
