// Laboratorio 6: un servidor entero, que atiende a un cliente detrás de otro.
// La guía es GUIA.md, en esta misma carpeta. Para comprobar lo que llevas: make lab6
#include "lab6.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#include "protocol/protocol.hpp"

namespace lab6 {
namespace {

struct Terminated {};  // se lanza al llegar SIGTERM; no es un error, y por eso no es una std::exception

kit::Descriptor watch_sigterm() {
  // TODO(1): convierte SIGTERM en un descriptor con signalfd(). ¿Qué haría la señal si no la bloquearas antes?
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  kit::check("sigprocmask", ::sigprocmask(SIG_BLOCK, &signals, nullptr));
  return kit::Descriptor{kit::check("signalfd", ::signalfd(-1, &signals, SFD_CLOEXEC))};
}

kit::Descriptor open_listener(std::uint16_t port) {
  // TODO(2): abre el socket de escucha, en 127.0.0.1 y en ese puerto. ¿Qué opción le falta para poder volver a
  // arrancar enseguida, y antes de qué llamada va?
  kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  const int yes = 1;
  kit::check("setsockopt", ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), SOMAXCONN));
  return listener;
}

// Espera a que un descriptor esté listo para leer (POLLIN) o para escribir (POLLOUT), o a que llegue SIGTERM.
void wait_for(int descriptor, short events, int sigterm) {
  // TODO(3): espera a los dos descriptores a la vez con poll(), sin límite. Si ha llegado SIGTERM, lanza Terminated.
  std::array<pollfd, 2> watched{{{descriptor, events, 0}, {sigterm, POLLIN, 0}}};
  kit::check("poll", ::poll(watched.data(), watched.size(), -1));
  if (watched[1].revents != 0) throw Terminated{};
}

// La conversación con un cliente. Nace y muere con él: así, lo que deje a medias no lo ve el siguiente.
class Session {
public:
  Session(int connection, int sigterm) : connection_{connection}, sigterm_{sigterm} {}

  void serve() {
    while (!finished_) {
      // TODO(5): recibe lo que haya llegado y añádelo a received_. ¿Y si el cliente ya no va a enviar más?
      std::array<char, 16384> block;
      wait_for(connection_, POLLIN, sigterm_);
      const int count = kit::check("recv", static_cast<int>(::recv(connection_, block.data(), block.size(), 0)));
      if (count == 0) return;
      received_.append(block.data(), static_cast<std::size_t>(count));

      // TODO(6): saca de received_ cada línea completa y responde. ¿Y si una línea no se acaba nunca?
      std::string replies;
      std::string_view rest{received_};
      std::size_t end = 0;
      while (!finished_ && (end = rest.find('\n')) <= protocol::max_line) {  // npos es mayor que cualquier número
        replies += reply_to(protocol::without_cr(rest.substr(0, end)));
        rest.remove_prefix(end + 1);
      }
      if (!finished_ && rest.size() > protocol::max_line) {
        replies += protocol::bad_command;
        finished_ = true;
      }
      received_.erase(0, received_.size() - rest.size());
      send_all(replies);
    }
  }

private:
  std::string_view reply_to(std::string_view line) {
    // TODO(7): da la respuesta a esta línea. ¿Es una orden, o son los datos que anunció la anterior?
    if (expects_data_) {
      expects_data_ = false;
      return protocol::received;
    }
    expects_data_ = line == protocol::data;
    if (expects_data_) return {};
    finished_ = line == protocol::quit;
    if (finished_) return protocol::bye;
    return line == protocol::hello ? protocol::ok : protocol::bad_command;
  }

  void send_all(std::string_view bytes) {
    // TODO(8): envía todos los bytes, sin quedarte en send() si el cliente no lee, y sin morir si ya se ha ido.
    while (!bytes.empty()) {
      wait_for(connection_, POLLOUT, sigterm_);
      const ssize_t count = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      bytes.remove_prefix(static_cast<std::size_t>(kit::check("send", static_cast<int>(count))));
    }
  }

  int connection_;
  int sigterm_;
  std::string received_;
  bool expects_data_ = false;
  bool finished_ = false;
};

}  // namespace

int run_server(std::uint16_t port) try {
  const kit::Descriptor sigterm = watch_sigterm();
  const kit::Descriptor listener = open_listener(port);
  for (;;) {
    // TODO(4): espera a un cliente y acéptalo. ¿Quién cierra su conexión, y cuándo?
    wait_for(listener.get(), POLLIN, sigterm.get());
    const kit::Descriptor connection{kit::check("accept", ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))};
    try {
      Session{connection.get(), sigterm.get()}.serve();
    } catch (const std::system_error& error) {
      // TODO(9): la conexión con este cliente se ha roto: di por qué en la salida de errores. ¿Y los demás clientes?
      std::cerr << "cliente perdido: " << error.what() << '\n';
    }
  }
} catch (const Terminated&) {
  return 0;
}

}  // namespace lab6
