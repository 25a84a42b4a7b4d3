// Laboratorio 4: enviar y recibir todo, aunque TCP lo tome y lo entregue a trozos.
// La guía es GUIA.md, en esta misma carpeta. Para comprobar lo que llevas: make lab4
#include "lab4.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <stdexcept>
#include <system_error>

#include "programs/kit.hpp"
#include "protocol/protocol.hpp"

namespace lab4 {
namespace {

constexpr std::size_t block_size = 65536;

// Recibe lo que haya, como mucho lo que quepa. Devuelve cuántos bytes son: 0 solo si el otro extremo cerró.
std::size_t receive_some(int connection, std::span<char> space) {
  for (;;) {
    // TODO(1): llama a recv(). ¿Qué significan -1, 0 y cualquier otro número? ¿Qué se hace si una señal la interrumpe?
    kit::pending(1, connection, space);
  }
}

}  // namespace

std::string receive_exactly(int connection, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const std::size_t more = receive_some(connection, std::span{bytes}.subspan(filled));
    // TODO(2): ¿ha llenado todo lo que se le ofrecía? ¿Y si el otro extremo ha cerrado?
    kit::pending(2, more);
  }
  bytes.resize(filled);
  return bytes;
}

void send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    // TODO(3): llama a send() con lo que queda. ¿Qué señal te mataría si el otro extremo ya no está? ¿Quién la evita?
    const ssize_t count = kit::pending(3, connection);

    // TODO(4): mira lo que ha devuelto: quita de bytes los que ha tomado. ¿Y si ha fallado?
    kit::pending(4, count);
  }
}

std::optional<std::string> LineReader::receive_line() {
  std::array<char, block_size> block;
  // TODO(5): recibe hasta que en received_ haya un LF. ¿Y si ya lo hay? ¿Y si el otro extremo cierra antes?
  std::size_t end = received_.find('\n');
  kit::pending(5, receive_some, connection_, block);

  // TODO(6): una línea no puede crecer sin fin: si pasa de protocol::max_line, lanza std::length_error.
  kit::pending(6);

  // TODO(7): devuelve la línea, sin LF ni el CR que lo preceda, y deja en received_ lo que viene detrás.
  kit::pending(7, end);
}

std::uint64_t send_file(int connection, int file) {
  std::array<char, block_size> block;
  std::uint64_t total = 0;
  for (;;) {
    // TODO(8): lee un trozo con read() y envíalo con send_all(). ¿Cuándo se acaba? ¿Cuántos bytes del bloque valen?
    kit::pending(8, connection, file, block, total);
  }
}

std::uint64_t receive_file(int connection, int file) {
  std::array<char, block_size> block;
  std::uint64_t total = 0;
  while (const std::size_t count = receive_some(connection, block)) {
    // TODO(9): escribe en el archivo los bytes recibidos, todos: write() también puede quedarse a medias.
    kit::pending(9, file, count);
    total += count;
  }
  return total;
}

}  // namespace lab4
