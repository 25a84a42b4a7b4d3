// Ninguna llamada espera (MSG_DONTWAIT): con EAGAIN, quien espera es poll(), sin límite.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "lab4.hpp"
#include "programs/kit.hpp"
#include "protocol/protocol.hpp"

namespace lab4 {
namespace {

using Block = std::array<char, 16384>;

bool worth_repeating(int connection, short events) {
  const int error = errno;
  if (error == EINTR) return true;
  if (error != EAGAIN && error != EWOULDBLOCK) return false;
  pollfd entry{connection, events, 0};
  ::poll(&entry, 1, -1);
  return true;
}

std::size_t some(int connection, char* where, std::size_t size) {
  for (;;) {
    const ssize_t count = ::recv(connection, where, size, MSG_DONTWAIT);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (!worth_repeating(connection, POLLIN)) throw std::system_error{errno, std::generic_category(), "recv"};
  }
}

}  // namespace

std::string receive_exactly(int connection, std::size_t count) {
  std::string bytes;
  Block block;
  while (bytes.size() < count) {
    const std::size_t more = some(connection, block.data(), std::min(block.size(), count - bytes.size()));
    if (more == 0) break;
    bytes.append(block.data(), more);
  }
  return bytes;
}

void send_all(int connection, std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (!worth_repeating(connection, POLLOUT)) {
      throw std::system_error{errno, std::generic_category(), "send"};
    }
  }
}

std::optional<std::string> LineReader::receive_line() {
  Block block;
  std::size_t looked = 0;
  for (;;) {
    const auto end = received_.find('\n', looked);
    const bool complete = end != std::string::npos;
    if ((complete ? end : received_.size()) > protocol::max_line) throw std::length_error{"demasiado larga"};
    if (complete) {
      std::string rest = received_.substr(end + 1);
      received_.resize(end);
      if (received_.ends_with('\r')) received_.pop_back();
      return std::exchange(received_, std::move(rest));
    }
    looked = received_.size();
    const std::size_t more = some(connection_, block.data(), block.size());
    if (more == 0) return {};
    received_.append(block.data(), more);
  }
}

std::uint64_t send_file(int connection, int file) {
  Block block;
  std::uint64_t total = 0;
  while (const int count = kit::check("read", static_cast<int>(::read(file, block.data(), block.size())))) {
    send_all(connection, {block.data(), static_cast<std::size_t>(count)});
    total += static_cast<std::uint64_t>(count);
  }
  return total;
}

std::uint64_t receive_file(int connection, int file) {
  Block block;
  std::uint64_t total = 0;
  while (const std::size_t count = some(connection, block.data(), block.size())) {
    std::string_view left{block.data(), count};
    while (!left.empty()) {
      const int written = kit::check("write", static_cast<int>(::write(file, left.data(), left.size())));
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    total += count;
  }
  return total;
}

}  // namespace lab4
