// El programa del laboratorio 2.
//
//   lab2                            consola: «listen HOST PUERTO BACKLOG» llama a lab2::open_listener(), y «accept»,
//                                   a lab2::accept_client() con el último socket de escucha
//   lab2 serve HOST PUERTO BACKLOG  un servidor, de un cliente cada vez, con esas dos funciones
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lab2.hpp"
#include "programs/console.hpp"
#include "programs/conversation.hpp"

namespace {

// Los descriptores abiertos desde la consola viven lo que ella.
struct Console {
  kit::OpenDescriptors listeners;
  kit::OpenDescriptors connections;

  std::string answer(std::istream& words) {
    std::string order, host, port, backlog;
    words >> order >> host >> port >> backlog;
    if (order == "listen") return listeners.keep(lab2::open_listener(host, kit::to_port(port), std::stoi(backlog)));
    if (order == "accept") {
      lab2::Client client = lab2::accept_client(
          listeners.last("todavía no hay ningún socket de escucha: primero, «listen HOST PUERTO BACKLOG»").get());
      return connections.keep(std::move(client.connection)) + " cliente " + client.host + ':' +
             std::to_string(client.port);
    }
    throw std::invalid_argument{"no conozco la orden «" + order + "»: son «listen HOST PUERTO BACKLOG» y «accept»"};
  }
};

int serve(const std::string& host, const std::string& port, const std::string& backlog) {
  const kit::Descriptor listener = lab2::open_listener(host, kit::to_port(port), std::stoi(backlog));
  for (;;) {
    const lab2::Client client = lab2::accept_client(listener.get());
    std::cout << "cliente " << client.host << ':' << client.port << std::endl;
    kit::serve_client(client.connection.get());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  return kit::run_program([&] {
    Console console;
    if (arguments.empty()) return kit::run_console([&](std::istream& words) { return console.answer(words); });
    if (arguments.size() == 4 && arguments[0] == "serve") return serve(arguments[1], arguments[2], arguments[3]);
    throw std::invalid_argument{"uso: lab2 [serve HOST PUERTO BACKLOG]"};
  });
}
