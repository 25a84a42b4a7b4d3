// Punteros y tamaños, como en C: read() y send(), y las líneas byte a byte, sin leer nunca de más.
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "lab4.hpp"
#include "protocol/protocol.hpp"

namespace lab4 {
namespace {

void give_up(const char* call) { throw std::system_error(errno, std::generic_category(), call); }

ssize_t read_again(int fd, char* where, size_t size, const char* call) {
  ssize_t count;
  while ((count = read(fd, where, size)) < 0 && errno == EINTR) continue;
  if (count < 0) give_up(call);
  return count;
}

}  // namespace

std::string receive_exactly(int connection, std::size_t count) {
  std::string bytes(count, 0);
  char* next = &bytes[0];
  size_t missing = count;
  while (missing > 0) {
    ssize_t got = read_again(connection, next, missing, "recv");
    if (got == 0) break;
    next += got;
    missing -= static_cast<size_t>(got);
  }
  return bytes.substr(0, count - missing);
}

void send_all(int connection, std::string_view bytes) {
  const char* next = bytes.data();
  size_t left = bytes.size();
  while (left > 0) {
    ssize_t sent = send(connection, next, left, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) give_up("send");
    next += sent;
    left -= static_cast<size_t>(sent);
  }
}

std::optional<std::string> LineReader::receive_line() {
  char byte = 0;
  received_.clear();
  while (read_again(connection_, &byte, 1, "recv") == 1) {
    if (byte == '\n') {
      if (!received_.empty() && received_.back() == '\r') received_.pop_back();
      return received_;
    }
    if (received_.size() == protocol::max_line) throw std::length_error("línea larga");
    received_ += byte;
  }
  return std::nullopt;
}

std::uint64_t send_file(int connection, int file) {
  char block[8192];
  uint64_t total = 0;
  ssize_t count;
  while ((count = read_again(file, block, sizeof block, "read")) > 0) {
    send_all(connection, std::string_view(block, static_cast<size_t>(count)));
    total += static_cast<uint64_t>(count);
  }
  return total;
}

std::uint64_t receive_file(int connection, int file) {
  char block[8192];
  uint64_t total = 0;
  ssize_t count;
  while ((count = read_again(connection, block, sizeof block, "recv")) > 0) {
    ssize_t done = 0;
    while (done < count) {
      ssize_t more = write(file, block + done, static_cast<size_t>(count - done));
      if (more < 0 && errno != EINTR) give_up("write");
      if (more > 0) done += more;
    }
    total += static_cast<uint64_t>(count);
  }
  return total;
}

}  // namespace lab4
