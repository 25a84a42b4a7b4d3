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
  return kit::Descriptor{kit::pending(1)};
}

kit::Descriptor open_listener(std::uint16_t port) {
  // TODO(2): abre el socket de escucha, en 127.0.0.1 y en ese puerto. ¿Qué opción le falta para poder volver a
  // arrancar enseguida, y antes de qué llamada va?
  return kit::Descriptor{kit::pending(2, port)};
}

// Espera a que un descriptor esté listo para leer (POLLIN) o para escribir (POLLOUT), o a que llegue SIGTERM.
void wait_for(int descriptor, short events, int sigterm) {
  // TODO(3): espera a los dos descriptores a la vez con poll(), sin límite. Si ha llegado SIGTERM, lanza Terminated.
  kit::pending(3, descriptor, events, sigterm);
}

// La conversación con un cliente. Nace y muere con él: así, lo que deje a medias no lo ve el siguiente.
class Session {
public:
  Session(int connection, int sigterm) : connection_{connection}, sigterm_{sigterm} {}

  void serve() {
    while (!finished_) {
      // TODO(5): recibe lo que haya llegado y añádelo a received_. ¿Y si el cliente ya no va a enviar más?
      kit::pending(5, wait_for, connection_, sigterm_);

      // TODO(6): saca de received_ cada línea completa y responde. ¿Y si una línea no se acaba nunca?
      kit::pending(6, &Session::reply_to, &Session::send_all, received_);
    }
  }

private:
  std::string_view reply_to(std::string_view line) {
    // TODO(7): da la respuesta a esta línea. ¿Es una orden, o son los datos que anunció la anterior?
    kit::pending(7, line, expects_data_);
  }

  void send_all(std::string_view bytes) {
    // TODO(8): envía todos los bytes, sin quedarte en send() si el cliente no lee, y sin morir si ya se ha ido.
    kit::pending(8, bytes);
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
    const kit::Descriptor connection{kit::pending(4, listener)};
    try {
      Session{connection.get(), sigterm.get()}.serve();
    } catch (const std::system_error& error) {
      // TODO(9): la conexión con este cliente se ha roto: di por qué en la salida de errores. ¿Y los demás clientes?
      kit::pending(9, error);
    }
  }
} catch (const Terminated&) {
  return 0;
}

}  // namespace lab6
