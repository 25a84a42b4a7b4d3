// El manejador de SIGTERM termina con _exit(), y el núcleo lo cierra todo; lee con FILE; en todas las direcciones.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "lab6.hpp"
#include "protocol/protocol.hpp"

namespace lab6 {
namespace {

extern "C" void leave(int) { ::_exit(0); }

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

bool reply(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent == -1) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

enum class Read { line, too_long, end };

Read read_line(std::FILE* from, std::string& line) {
  line.clear();
  for (int byte = 0; (byte = std::getc(from)) != EOF;) {
    if (byte == '\n') {
      if (line.ends_with('\r')) line.pop_back();
      return Read::line;
    }
    if (line.size() == protocol::max_line) return Read::too_long;
    line.push_back(static_cast<char>(byte));
  }
  return Read::end;
}

void attend(std::FILE* client) {
  const int connection = ::fileno(client);
  std::string line;
  for (;;) {
    Read read = read_line(client, line);
    if (read == Read::line && line == protocol::data) {
      read = read_line(client, line);
      if (read == Read::line) {
        if (!reply(connection, protocol::received)) return;
        continue;
      }
    }
    if (read == Read::too_long) reply(connection, protocol::bad_command);
    if (read != Read::line) return;
    if (line == protocol::quit) {
      reply(connection, protocol::bye);
      return;
    }
    if (!reply(connection, line == protocol::hello ? protocol::ok : protocol::bad_command)) return;
  }
}

}  // namespace

int run_server(std::uint16_t port) {
  std::signal(SIGTERM, leave);
  const kit::Descriptor listener{kit::check("socket", ::socket(PF_INET, SOCK_STREAM, IPPROTO_TCP))};
  constexpr int on = 1;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  const sockaddr_in any{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {INADDR_ANY}, .sin_zero = {}};
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any));
  kit::check("listen", ::listen(listener.get(), 0));
  while (true) {
    const std::unique_ptr<std::FILE, Closer> client{
        ::fdopen(kit::check("accept", ::accept(listener.get(), nullptr, nullptr)), "r")};
    attend(client.get());
  }
}

}  // namespace lab6
