// Cuenta en la salida de errores todo lo que hace; recvmsg() y sendmsg() en lugar de recv() y send().
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "lab4.hpp"
#include "protocol/protocol.hpp"

namespace lab4 {
namespace {

using Transfer = ssize_t (*)(int socket, const msghdr& message);

std::size_t transfer(const char* name, Transfer call, int connection, char* bytes, std::size_t size) {
  iovec piece{bytes, size};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  for (;;) {
    const ssize_t count = call(connection, message);
    const int error = errno;
    if (count >= 0) {
      std::cerr << name << ": " << count << " bytes\n";
      return static_cast<std::size_t>(count);
    }
    if (error != EINTR) throw std::system_error{error, std::generic_category(), name};
    std::cerr << name << ": una señal\n";
  }
}

std::size_t receive(int connection, char* bytes, std::size_t size) {
  const Transfer call = [](int socket, const msghdr& message) {
    msghdr copy = message;
    return ::recvmsg(socket, &copy, 0);
  };
  return transfer("recv", call, connection, bytes, size);
}

}  // namespace

std::string receive_exactly(int connection, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    const std::size_t before = bytes.size();
    bytes.resize(count);
    const std::size_t more = receive(connection, &bytes[before], count - before);
    bytes.resize(before + more);
    if (more == 0) break;
  }
  std::cerr << "bloque de " << bytes.size() << " bytes\n";
  return bytes;
}

void send_all(int connection, std::string_view bytes) {
  const Transfer call = [](int socket, const msghdr& message) { return ::sendmsg(socket, &message, MSG_NOSIGNAL); };
  for (std::size_t sent = 0; sent < bytes.size();)
    sent += transfer("send", call, connection, const_cast<char*>(bytes.data()) + sent, bytes.size() - sent);
}

std::optional<std::string> LineReader::receive_line() {
  constexpr std::size_t step = 2000;
  std::size_t end = 0;
  while ((end = received_.find('\n')) == std::string::npos && received_.size() <= protocol::max_line) {
    const std::size_t before = received_.size();
    received_.resize(before + step);
    std::size_t more = 0;
    try {
      more = receive(connection_, received_.data() + before, step);
    } catch (const std::system_error& error) {
      std::cerr << "no se puede recibir: " << error.what() << '\n';
      throw;
    }
    received_.resize(before + more);
    if (more == 0) {
      std::cerr << "el otro extremo ha cerrado, y quedan " << before << " bytes\n";
      return std::nullopt;
    }
  }
  if (end == std::string::npos || end > protocol::max_line) throw std::length_error{"línea demasiado larga"};
  const std::size_t next = end + 1;
  if (end > 0 && received_[end - 1] == '\r') --end;
  std::string line(received_, 0, end);
  received_.erase(0, next);
  std::cerr << "línea de " << line.size() << " bytes\n";
  return line;
}

std::uint64_t send_file(int connection, int file) {
  std::array<char, 10000> block;
  std::uint64_t total = 0;
  for (ssize_t count = 1; count != 0;) {
    count = ::read(file, block.data(), block.size());
    if (count == -1) throw std::system_error{errno, std::generic_category(), "read"};
    send_all(connection, {block.data(), static_cast<std::size_t>(count)});
    total += static_cast<std::uint64_t>(count);
  }
  std::cerr << "archivo enviado\n";
  return total;
}

std::uint64_t receive_file(int connection, int file) {
  std::array<char, 10000> block;
  std::uint64_t total = 0;
  for (;;) {
    const std::size_t count = receive(connection, block.data(), block.size());
    if (count == 0) break;
    const ssize_t written = ::write(file, block.data(), count);
    if (written == -1) throw std::system_error{errno, std::generic_category(), "write"};
    if (static_cast<std::size_t>(written) != count) throw std::system_error{ENOSPC, std::generic_category(), "write"};
    total += count;
  }
  std::cerr << "archivo recibido\n";
  return total;
}

}  // namespace lab4
