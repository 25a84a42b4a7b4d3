// El programa del laboratorio 5.
//
//   lab5                            consola: «listen HOST PUERTO BACKLOG» llama a lab5::open_listener(); «accept»
//                                   acepta un cliente del último socket de escucha, y «close» llama a
//                                   lab5::close_in_order() con la última conexión aceptada
//   lab5 serve HOST PUERTO BACKLOG  un servidor, de un cliente cada vez, con esas funciones y lab5::serve_and_close()
#include <sys/socket.h>

#include <iostream>
#include <stdexcept>
#include <vector>

#include "lab5.hpp"
#include "programs/console.hpp"

namespace {

kit::Descriptor accept_from(const kit::Descriptor& listener) {
  return kit::Descriptor{kit::check("accept", ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))};
}

// Los descriptores abiertos desde la consola viven lo que ella, salvo los que se cierran.
struct Console {
  kit::OpenDescriptors listeners;
  kit::OpenDescriptors connections;

  std::string answer(std::istream& words) {
    std::string order, host, port, backlog;
    words >> order >> host >> port >> backlog;
    if (order == "listen") return listeners.keep(lab5::open_listener(host, kit::to_port(port), std::stoi(backlog)));
    if (order == "accept") {
      return connections.keep(
          accept_from(listeners.last("no hay ningún socket de escucha: primero, «listen HOST PUERTO BACKLOG»")));
    }
    if (order == "close") {
      lab5::close_in_order(connections.take_last("no hay ninguna conexión: primero, «accept»"));
      return "cerrada";
    }
    throw std::invalid_argument{"no conozco la orden «" + order +
                                "»: son «listen HOST PUERTO BACKLOG», «accept» y «close»"};
  }
};

int serve(const std::string& host, const std::string& port, const std::string& backlog) {
  const kit::Descriptor listener = lab5::open_listener(host, kit::to_port(port), std::stoi(backlog));
  for (;;) lab5::serve_and_close(accept_from(listener));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  return kit::run_program([&] {
    Console console;
    if (arguments.empty()) return kit::run_console([&](std::istream& words) { return console.answer(words); });
    if (arguments.size() == 4 && arguments[0] == "serve") return serve(arguments[1], arguments[2], arguments[3]);
    throw std::invalid_argument{"uso: lab5 [serve HOST PUERTO BACKLOG]"};
  });
}
