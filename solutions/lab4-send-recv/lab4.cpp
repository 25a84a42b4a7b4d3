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
    const ssize_t count = ::recv(connection, space.data(), space.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw std::system_error{errno, std::generic_category(), "recv"};
  }
}

}  // namespace

std::string receive_exactly(int connection, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const std::size_t more = receive_some(connection, std::span{bytes}.subspan(filled));
    // TODO(2): ¿ha llenado todo lo que se le ofrecía? ¿Y si el otro extremo ha cerrado?
    if (more == 0) break;
    filled += more;
  }
  bytes.resize(filled);
  return bytes;
}

void send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    // TODO(3): llama a send() con lo que queda. ¿Qué señal te mataría si el otro extremo ya no está? ¿Quién la evita?
    const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);

    // TODO(4): mira lo que ha devuelto: quita de bytes los que ha tomado. ¿Y si ha fallado?
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw std::system_error{errno, std::generic_category(), "send"};
    }
  }
}

std::optional<std::string> LineReader::receive_line() {
  std::array<char, block_size> block;
  // TODO(5): recibe hasta que en received_ haya un LF. ¿Y si ya lo hay? ¿Y si el otro extremo cierra antes?
  std::size_t end = received_.find('\n');
  while (end == std::string::npos && received_.size() <= protocol::max_line) {
    const std::size_t count = receive_some(connection_, block);
    if (count == 0) return std::nullopt;
    const std::size_t fresh = received_.size();
    received_.append(block.data(), count);
    end = received_.find('\n', fresh);
  }

  // TODO(6): una línea no puede crecer sin fin: si pasa de protocol::max_line, lanza std::length_error.
  if (std::min(end, received_.size()) > protocol::max_line) throw std::length_error{"línea demasiado larga"};

  // TODO(7): devuelve la línea, sin LF ni el CR que lo preceda, y deja en received_ lo que viene detrás.
  std::string line{protocol::without_cr(std::string_view{received_}.substr(0, end))};
  received_.erase(0, end + 1);
  return line;
}

std::uint64_t send_file(int connection, int file) {
  std::array<char, block_size> block;
  std::uint64_t total = 0;
  for (;;) {
    // TODO(8): lee un trozo con read() y envíalo con send_all(). ¿Cuándo se acaba? ¿Cuántos bytes del bloque valen?
    const ssize_t count = ::read(file, block.data(), block.size());
    if (count == -1) throw std::system_error{errno, std::generic_category(), "read"};
    if (count == 0) return total;
    send_all(connection, {block.data(), static_cast<std::size_t>(count)});
    total += static_cast<std::uint64_t>(count);
  }
}

std::uint64_t receive_file(int connection, int file) {
  std::array<char, block_size> block;
  std::uint64_t total = 0;
  while (const std::size_t count = receive_some(connection, block)) {
    // TODO(9): escribe en el archivo los bytes recibidos, todos: write() también puede quedarse a medias.
    for (std::size_t written = 0; written < count;) {
      const ssize_t more = ::write(file, block.data() + written, count - written);
      if (more == -1) throw std::system_error{errno, std::generic_category(), "write"};
      written += static_cast<std::size_t>(more);
    }
    total += count;
  }
  return total;
}

}  // namespace lab4
