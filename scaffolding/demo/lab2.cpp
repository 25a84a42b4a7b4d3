// La demostración del laboratorio 2: un socket de escucha, su cola, y los clientes que llegan a él.
#include <string>

#include "demo/scene.hpp"
#include "grader/failure.hpp"
#include "protocol/protocol.hpp"

namespace {

using demo::Client;
using demo::Stage;
using grader::Program;

// La línea en la que el programa dice a quién ha aceptado.
void show_accepted(Stage& stage, Program& server) { stage.local("imprime", server.prints_line()); }

void say_goodbye(Client& client) {
  client.says("QUIT\n").hears(protocol::bye).hears_close();
  client.closes();
  client.shows_ends();
}

// Los que llegan mientras el servidor atiende a otro.
void fill_the_queue(Stage& stage, Program& server, Client& second, Client& third) {
  stage.step("El servidor está ocupado: los clientes 2 y 3 esperan en la cola",
             "El saludo de tres vías lo hace el núcleo, sin el programa. Para el cliente, la conexión existe; en el "
             "servidor nadie la ha aceptado. En Linux caben en la cola backlog + 1.");
  second.connects().shows_ends();
  third.connects().shows_ends();
  second.says("HELO\n").shows_ends();
  demo::show_sockets(stage, server);
}

void leave_out(Stage& stage, Program& server, Client& fourth) {
  stage.step(
      "La cola está llena: el cliente 4 se queda fuera",
      "El núcleo del servidor descarta su SYN sin decir nada. El del cliente lo repetirá al cabo de un segundo.");
  demo::activity(server);
  const grader::Connection& connection = fourth.connection();
  if (connection.established()) {
    grader::fail(server, "que el cliente 4 se quede fuera (SYN_SENT): la cola está llena", "el núcleo lo ha admitido",
                 "el backlog que recibe listen() no es el pedido");
  }
  stage.lost("connect() desde " + connection.local().text(), "cliente 4");
  const auto far_end = connection.far_end();
  stage.kernel(demo::text_of(witness::find_tcp(connection.local(), connection.remote())),
               far_end ? demo::text_of(far_end) : "no sabe nada de él");
}

void show_who_closed_first(Stage& stage, Program& server, const witness::Address& address) {
  stage.step("¿Quién cerró primero? Lo dice TIME_WAIT",
             "El extremo que cierra primero recuerda la conexión un minuto. Mientras tanto, el puerto del servidor no "
             "está libre del todo: es el problema del laboratorio 5.");
  int in_server = 0;
  int in_clients = 0;
  for (const witness::Socket& socket : witness::all_sockets()) {
    if (socket.state != witness::TcpState::time_wait) continue;
    if (socket.local == address) ++in_server;
    if (socket.remote == address) ++in_clients;
  }
  stage.kernel("TIME_WAIT en los clientes: " + std::to_string(in_clients) +
               "; en el servidor: " + std::to_string(in_server));
  demo::show_sockets(stage, server);
}

void play(Stage& stage, const std::filesystem::path& program) {
  stage.sides("clientes (la demostración)", "servidor (lab2.cpp)");
  stage.step("El servidor se pone a la escucha: bind() y listen()",
             "bind() lo asocia a 127.0.0.1 y al puerto 0, es decir, al que elija el núcleo; listen() pide una cola "
             "(backlog) de 1. Ya se puede conectar con él.");
  Program server = demo::starts(program, {"serve", "127.0.0.1", "0", "1"});
  const witness::Address address = server.listening().front().local;
  demo::show_sockets(stage, server);

  stage.step("Llega el cliente 1: accept() da otro descriptor y dice quién es",
             "El socket de escucha sigue escuchando; con el cliente se habla por el de conexión. El cliente llama "
             "desde 127.0.0.2 y desde el puerto que le da su núcleo (efímero).");
  Client first{stage, server.begins_connecting(address, "127.0.0.2"), "cliente 1"};
  first.connects();
  show_accepted(stage, server);
  demo::show_sockets(stage, server);
  first.says("HELO\n").hears(protocol::ok).shows_ends();

  Client second{stage, server.begins_connecting(address, "127.0.0.3"), "cliente 2"};
  Client third{stage, server.begins_connecting(address, "127.0.0.4"), "cliente 3"};
  fill_the_queue(stage, server, second, third);
  Client fourth{stage, server.begins_connecting(address, "127.0.0.5"), "cliente 4"};
  leave_out(stage, server, fourth);

  stage.step("El cliente 1 se despide y accept() saca al 2 de la cola",
             "La respuesta al HELO que ya había enviado el cliente 2 sale en cuanto el servidor lo atiende.");
  say_goodbye(first);
  show_accepted(stage, server);
  second.hears(protocol::ok);
  demo::show_sockets(stage, server);
  demo::converse(stage, second);

  stage.step("Le toca al cliente 3 y, cuando su núcleo repite el SYN, al cliente 4",
             "Cada uno, a su turno: este servidor es iterativo, y los atiende de uno en uno.");
  show_accepted(stage, server);
  say_goodbye(third);
  fourth.connects();
  show_accepted(stage, server);
  say_goodbye(fourth);
  show_who_closed_first(stage, server, address);
}

const demo::Script script{2, play};

}  // namespace
