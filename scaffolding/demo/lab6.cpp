// La demostración del laboratorio 6: un servidor iterativo, un cliente que calla, otro que espera, otro que corta y
// SIGTERM.
#include <csignal>
#include <string>

#include "demo/race.hpp"
#include "demo/scene.hpp"
#include "grader/connection.hpp"
#include "grader/failure.hpp"
#include "protocol/protocol.hpp"

namespace {

using demo::Client;
using demo::Stage;
using grader::Program;

void set_sides(Stage& stage) { stage.sides("clientes (la demostración)", "servidor (lab6.cpp)"); }

// Cuántas conexiones hay en la cola del socket de escucha.
void show_queue(Stage& stage, const witness::Address& address) {
  const auto listener = witness::find_tcp(address, {address.family, {}, 0});
  if (listener) stage.kernel("en la cola de pendientes: " + std::to_string(listener->receive_queue));
}

void show_turns(Stage& stage, Program& server, const witness::Address& address) {
  stage.step("Un cliente saluda y se calla",
             "El servidor espera lo siguiente que diga en poll(): el primer descriptor es el cliente, y el segundo, el "
             "que avisa de SIGTERM.");
  Client silent{stage, server.begins_connecting(address, "127.0.0.2"), "cliente 1"};
  silent.connects().says("HELO\n").hears(protocol::ok);
  demo::show_sockets(stage, server);

  stage.step(
      "Llega otro: nadie lo acepta ni lee lo que envía",
      "El núcleo lo conecta y guarda sus bytes, pero el servidor está con el primero. Puede esperar para siempre: "
      "es el precio de un servidor iterativo.");
  Client waiting{stage, server.begins_connecting(address, "127.0.0.3"), "cliente 2"};
  waiting.connects().says("HELO\n").shows_ends();
  show_queue(stage, address);

  stage.step("El primero se despide, y le toca al segundo", "Su HELO ya estaba esperando.");
  silent.says("QUIT\n").hears(protocol::bye).hears_close();
  silent.closes();
  waiting.hears(protocol::ok);
  show_queue(stage, address);
  demo::converse(stage, waiting);
}

void show_race(Stage& stage, Program& server, const witness::Address& address) {
  stage.sides();
  stage.step(
      "Cinco clientes a la vez: cada uno espera a todos los anteriores",
      "Saludan, envían unos datos y se despiden. Entre una línea y otra piensan un poco; el 2, nada. Mientras uno "
      "piensa, el servidor lo espera, y los demás siguen en la cola. Son tiempos medidos.");
  const demo::Race race = demo::race(server, address, demo::usual_visitors());
  stage.charts({{"iterativo: cada uno, en la cola hasta que se va el anterior", race.visits}});
  if (race.waiting_outside) stage.kernel("en la cola, con el 1 dentro: " + std::to_string(*race.waiting_outside));
  set_sides(stage);
}

void show_survival(Stage& stage, Program& server, const witness::Address& address) {
  stage.step("Un cliente se va sin terminar sus datos, y otro corta",
             "Al primero, recv() le da 0; con el segundo falla, con ECONNRESET. Se cierra esa conexión, y nada más.");
  Client leaves{stage, server.begins_connecting(address, "127.0.0.4"), "cliente 3"};
  leaves.connects().says("DATA\nhol").is_read();
  leaves.connection().half_closes();
  stage.to_server("FIN", "cliente 3");
  leaves.hears_close();
  Client cuts{stage, server.begins_connecting(address, "127.0.0.5"), "cliente 4"};
  cuts.connects().says("HELO\n").hears(protocol::ok);
  cuts.connection().resets();
  stage.to_server("RST", "cliente 4");
  demo::show_sockets(stage, server);
}

void show_sigterm(Stage& stage, Program& server, const witness::Address& address) {
  stage.step("SIGTERM, con un cliente dentro a mitad de una línea",
             "Despierta a poll(), y el servidor cierra todo y termina con estado 0: el cliente recibe un FIN.");
  Client inside{stage, server.begins_connecting(address, "127.0.0.6"), "cliente 5"};
  inside.connects().says("HE").is_read();
  demo::activity(server);
  stage.local("orden", "kill -TERM " + std::to_string(server.pid()));
  server.signal_all(SIGTERM);
  inside.hears_close();
  server.ends();
  stage.kernel("el programa " + demo::activity(server));
  inside.closes();
}

void play(Stage& stage, const std::filesystem::path& program) {
  const std::uint16_t port = grader::unassigned_port("0.0.0.0");
  set_sides(stage);
  stage.step("El servidor se pone a la escucha",
             "Además del socket de escucha tiene otro descriptor: el de signalfd().");
  witness::Address address;
  {
    Program server = demo::starts(program, {std::to_string(port)});
    address = server.listening().front().local;
    demo::show_sockets(stage, server);
    show_turns(stage, server, address);
    show_race(stage, server, address);
    show_survival(stage, server, address);
    show_sigterm(stage, server, address);
  }

  stage.step(
      "Y se arranca otra vez, en el mismo puerto",
      "Cerró primero el servidor, y sus conexiones siguen en TIME_WAIT. Con SO_REUSEADDR, bind() no las cuenta.");
  int remaining = 0;
  for (const witness::Socket& socket : witness::all_sockets()) {
    if (socket.local == address && socket.state == witness::TcpState::time_wait) ++remaining;
  }
  stage.kernel("conexiones del servidor anterior en TIME_WAIT: " + std::to_string(remaining));
  Program again = demo::starts(program, {std::to_string(port)});
  again.listening();
  demo::show_sockets(stage, again);
}

const demo::Script script{6, play};

}  // namespace
