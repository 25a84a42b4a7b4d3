#include "programs/conversation.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "programs/kit.hpp"
#include "protocol/protocol.hpp"

namespace kit {
namespace {

// Bytes que han llegado, hasta llenar el bloque; vacío si el otro extremo cerró.
std::string_view receive_some(int connection, std::array<char, 4096>& block) {
  for (;;) {
    const ssize_t count = ::recv(connection, block.data(), block.size(), 0);
    if (count >= 0) return {block.data(), static_cast<std::size_t>(count)};
    if (errno != EINTR) throw std::system_error{errno, std::generic_category(), "recv"};
  }
}

}  // namespace

void send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw std::system_error{errno, std::generic_category(), "send"};
    }
  }
}

std::optional<std::string> LineReader::receive_line() {
  std::array<char, 4096> block;
  std::size_t end = buffer_.find('\n');
  while (end == std::string::npos) {
    const std::string_view bytes = receive_some(connection_, block);
    if (bytes.empty()) return std::nullopt;
    const std::size_t fresh = buffer_.size();
    buffer_ += bytes;
    end = buffer_.find('\n', fresh);
    if (end == std::string::npos && buffer_.size() > protocol::max_line)
      throw std::length_error{"línea demasiado larga"};
  }
  std::string line{protocol::without_cr(std::string_view{buffer_}.substr(0, end))};
  buffer_.erase(0, end + 1);
  return line;
}

void serve_client(int connection) try {
  std::array<char, 4096> block;
  protocol::Session session;
  while (!session.finished()) {
    const std::string_view bytes = receive_some(connection, block);
    if (bytes.empty()) return;
    send_all(connection, session.receive(bytes));
  }
} catch (const std::system_error& error) {
  std::cerr << "conexión perdida: " << error.what() << '\n';
}

}  // namespace kit
