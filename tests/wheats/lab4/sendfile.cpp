// El archivo lo envía el núcleo con sendfile(); SIGPIPE se ignora con sigaction(), y se escribe con write() y writev().
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "lab4.hpp"
#include "protocol/protocol.hpp"

namespace lab4 {
namespace {

void ignore_sigpipe() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

// Repite una llamada mientras la interrumpan señales.
template <class Call>
std::size_t uninterrupted(const char* name, Call call) {
  ssize_t result = 0;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  if (result == -1) throw std::system_error{errno, std::generic_category(), name};
  return static_cast<std::size_t>(result);
}

}  // namespace

std::string receive_exactly(int connection, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0, more = 0;
  do {
    iovec piece{bytes.data() + filled, count - filled};
    more = uninterrupted("recv", [&] { return ::readv(connection, &piece, 1); });
    filled += more;
  } while (more > 0 && filled < count);
  bytes.resize(filled);
  return bytes;
}

void send_all(int connection, std::string_view bytes) {
  ignore_sigpipe();
  while (!bytes.empty()) {
    const std::size_t half = bytes.size() / 2;
    iovec pieces[2] = {{const_cast<char*>(bytes.data()), half},
                       {const_cast<char*>(bytes.data()) + half, bytes.size() - half}};
    bytes.remove_prefix(uninterrupted("send", [&] { return ::writev(connection, pieces, 2); }));
  }
}

std::optional<std::string> LineReader::receive_line() {
  std::vector<char> block(100'000);
  while (received_.find('\n') == std::string::npos) {
    if (received_.size() > protocol::max_line) throw std::length_error{"línea demasiado larga"};
    const std::size_t count = uninterrupted("recv", [&] { return ::read(connection_, block.data(), block.size()); });
    if (count == 0) return std::nullopt;
    received_.insert(received_.end(), block.data(), block.data() + count);
  }
  const std::size_t end = received_.find('\n');
  if (end > protocol::max_line) throw std::length_error{"línea demasiado larga"};
  const std::string line = received_.substr(0, end);
  received_ = received_.substr(end + 1);
  return std::string{protocol::without_cr(line)};
}

std::uint64_t send_file(int connection, int file) {
  ignore_sigpipe();
  std::uint64_t total = 0;
  char probe;
  if (::pread(file, &probe, 1, 0) == -1) throw std::system_error{errno, std::generic_category(), "read"};
  while (const std::size_t count =
             uninterrupted("send", [&] { return ::sendfile(connection, file, nullptr, std::size_t{1} << 30); }))
    total += count;
  return total;
}

std::uint64_t receive_file(int connection, int file) {
  std::vector<char> block(1 << 20);
  std::uint64_t total = 0;
  for (;;) {
    const std::size_t count = uninterrupted("recv", [&] { return ::read(connection, block.data(), block.size()); });
    if (count == 0) return total;
    std::size_t done = 0;
    while (done < count)
      done += uninterrupted("write", [&] { return ::write(file, block.data() + done, count - done); });
    total += done;
  }
}

}  // namespace lab4
