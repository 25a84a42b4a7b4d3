// El programa del laboratorio 5.
//
//   lab5                            consola: «listen HOST PUERTO BACKLOG» llama a lab5::open_listener(); «accept»
//                                   acepta un cliente del último socket de escucha, y «close» llama a
//                                   lab5::close_in_order() con la última conexión aceptada
//   lab5 serve HOST PUERTO BACKLOG  un servidor, de un cliente cada vez, con esas funciones y lab5::serve_and_close()
#include <sys/socket.h>

#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lab5.hpp"
#include "programs/console.hpp"

namespace {

std::uint16_t to_port(const std::string& text) { return static_cast<std::uint16_t>(std::stoi(text)); }

kit::Descriptor accept_from(const kit::Descriptor& listener) {
  return kit::Descriptor{kit::check("accept", ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))};
}

// El último de una lista que no puede estar vacía.
kit::Descriptor& last(std::vector<kit::Descriptor>& descriptors, const char* if_empty) {
  if (descriptors.empty()) throw std::logic_error{if_empty};
  return descriptors.back();
}

// Los descriptores abiertos desde la consola viven lo que ella, salvo los que se cierran.
struct Console {
  std::vector<kit::Descriptor> listeners;
  std::vector<kit::Descriptor> connections;

  std::string answer(std::istream& words) {
    std::string order, host, port, backlog;
    words >> order >> host >> port >> backlog;
    if (order == "listen") {
      listeners.push_back(lab5::open_listener(host, to_port(port), std::stoi(backlog)));
      return "descriptor " + std::to_string(listeners.back().get());
    }
    if (order == "accept") {
      connections.push_back(
          accept_from(last(listeners, "no hay ningún socket de escucha: primero, «listen HOST PUERTO BACKLOG»")));
      return "descriptor " + std::to_string(connections.back().get());
    }
    if (order == "close") {
      kit::Descriptor connection = std::move(last(connections, "no hay ninguna conexión: primero, «accept»"));
      connections.pop_back();
      lab5::close_in_order(std::move(connection));
      return "cerrada";
    }
    throw std::invalid_argument{"no conozco la orden «" + order +
                                "»: son «listen HOST PUERTO BACKLOG», «accept» y «close»"};
  }
};

int serve(const std::string& host, const std::string& port, const std::string& backlog) {
  const kit::Descriptor listener = lab5::open_listener(host, to_port(port), std::stoi(backlog));
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
