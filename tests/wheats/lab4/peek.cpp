// MSG_PEEK para buscar el LF y no tomar nada de la línea siguiente, y MSG_WAITALL donde se sabe cuántos bytes faltan.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "lab4.hpp"
#include "protocol/protocol.hpp"

namespace lab4 {
namespace {

std::size_t receive(int connection, char* where, std::size_t size, int flags) {
  const ssize_t count = ::recv(connection, where, size, flags);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EINTR) return receive(connection, where, size, flags);
  throw std::system_error{errno, std::generic_category(), "recv"};
}

}  // namespace

std::string receive_exactly(int connection, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (const std::size_t more = receive(connection, bytes.data() + filled, count - filled, MSG_WAITALL)) {
    filled += more;
    if (filled == count) break;
  }
  return bytes.erase(filled);
}

void send_all(int connection, std::string_view bytes) {
  if (bytes.empty()) return;
  const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count == -1 && errno != EINTR) throw std::system_error{errno, std::generic_category(), "send"};
  send_all(connection, bytes.substr(count == -1 ? 0 : static_cast<std::size_t>(count)));
}

std::optional<std::string> LineReader::receive_line() {
  std::array<char, 4096> block;
  for (;;) {
    const std::size_t seen = receive(connection_, block.data(), block.size(), MSG_PEEK);
    if (seen == 0) return std::nullopt;
    const auto last = block.begin() + static_cast<std::ptrdiff_t>(seen);
    const auto newline = std::find(block.begin(), last, '\n');
    const bool complete = newline != last;
    const auto size = static_cast<std::size_t>(newline - block.begin());
    receive(connection_, block.data(), size + (complete ? 1 : 0), MSG_WAITALL);
    received_.append(block.data(), size);
    if (received_.size() > protocol::max_line) throw std::length_error{"línea demasiado larga"};
    if (!complete) continue;
    std::string line{protocol::without_cr(received_)};
    received_.clear();
    return line;
  }
}

std::uint64_t send_file(int connection, int file) {
  std::array<char, 4096> block;
  std::uint64_t total = 0;
  ssize_t count = 0;
  while ((count = ::read(file, block.data(), block.size())) > 0) {
    total += static_cast<std::uint64_t>(count);
    send_all(connection, {block.data(), static_cast<std::size_t>(count)});
  }
  if (count < 0) throw std::system_error{errno, std::generic_category(), "read"};
  return total;
}

std::uint64_t receive_file(int connection, int file) {
  std::array<char, 65536> block;
  std::uint64_t total = 0;
  std::size_t count = 0;
  do {
    count = receive(connection, block.data(), block.size(), MSG_WAITALL);
    std::string_view left{block.data(), count};
    while (!left.empty()) {
      const ssize_t written = ::write(file, left.data(), left.size());
      if (written == -1) throw std::system_error{errno, std::generic_category(), "write"};
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    total += count;
  } while (count > 0);
  return total;
}

}  // namespace lab4
