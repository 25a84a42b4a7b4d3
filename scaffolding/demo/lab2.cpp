// La demostración del laboratorio 2: un socket de escucha, su cola, y los clientes que llegan a él.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

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

// Un cliente que empieza a conectar. El primero llama desde 127.0.0.2, y cada uno de los demás, desde la siguiente.
Client begins(Stage& stage, Program& server, const witness::Address& address, int number) {
  return {stage, server.begins_connecting(address, "127.0.0." + std::to_string(number + 1)),
          "cliente " + std::to_string(number)};
}

std::string plural(int count, const std::string& one, const std::string& several) { return count == 1 ? one : several; }

// Los que llegan mientras el servidor atiende a otro, y caben en la cola.
void fill_the_queue(Stage& stage, Program& server, const witness::Address& address, std::vector<Client>& clients,
                    int last) {
  std::string who = "el cliente 2";
  if (last > 2) who = "los clientes 2 " + std::string{last > 3 ? "a " : "y "} + std::to_string(last);
  stage.step("El servidor está ocupado: " + who + plural(last - 1, " espera", " esperan") + " en la cola",
             "El saludo de tres vías lo hace el núcleo, sin el programa. Para el cliente, la conexión existe; en el "
             "servidor nadie la ha aceptado. En Linux caben en la cola backlog + 1.");
  for (int number = 2; number <= last; ++number) {
    clients.push_back(begins(stage, server, address, number));
    clients.back().connects().shows_ends();
  }
  clients[1].says("HELO\n").shows_ends();
  demo::show_sockets(stage, server);
}

void leave_out(Stage& stage, Program& server, const witness::Address& address, std::vector<Client>& clients,
               int number) {
  const std::string name = "cliente " + std::to_string(number);
  stage.step("La cola está llena: el " + name + " se queda fuera",
             "El núcleo del servidor descarta su SYN sin decir nada. El del cliente lo repetirá al cabo de un segundo, "
             "y después, cada vez más tarde.");
  clients.push_back(begins(stage, server, address, number));
  demo::activity(server);
  const grader::Connection& connection = clients.back().connection();
  if (connection.established()) {
    grader::fail(server, "que el " + name + " se quede fuera (SYN_SENT): la cola está llena",
                 "el núcleo lo ha admitido", "el backlog que recibe listen() no es el pedido");
  }
  stage.lost("connect() desde " + connection.local().text(), name);
  const auto far_end = connection.far_end();
  stage.kernel(demo::text_of(witness::find_tcp(connection.local(), connection.remote())),
               far_end ? demo::text_of(far_end) : "no sabe nada de él");
}

// Atiende a los que quedan, en el orden en que llegaron.
void serve_the_rest(Stage& stage, Program& server, std::vector<Client>& clients, bool one_is_outside) {
  const std::string last = std::to_string(clients.size());
  stage.step("Les toca a los demás" + (one_is_outside ? " y, cuando su núcleo repite el SYN, al cliente " + last : ""),
             "Cada uno, a su turno: este servidor es iterativo, y los atiende de uno en uno.");
  for (std::size_t i = 2; i < clients.size(); ++i) {
    if (one_is_outside && i + 1 == clients.size()) clients[i].connects();
    show_accepted(stage, server);
    say_goodbye(clients[i]);
  }
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
  constexpr int most_in_queue = 8;
  constexpr int most_outside = 1;  // dos que insisten a la vez pueden no caber: el núcleo olvida a uno, y él no lo sabe
  const int backlog = demo::knob("BACKLOG", 0, most_in_queue, 1);
  const int count = demo::knob("CLIENTS", 2, backlog + 2 + most_outside, backlog + 3);
  const int last_in_queue = std::min(count, backlog + 2);

  stage.sides("clientes (la demostración)", "servidor (lab2.cpp)");
  stage.step("El servidor se pone a la escucha: bind() y listen()",
             "bind() lo asocia a 127.0.0.1 y al puerto 0, es decir, al que elija el núcleo; listen() pide una cola "
             "(backlog) de " +
                 std::to_string(backlog) + ". Ya se puede conectar con él.");
  Program server = demo::starts(program, {"serve", "127.0.0.1", "0", std::to_string(backlog)});
  const witness::Address address = server.listening().front().local;
  demo::show_sockets(stage, server);

  stage.step("Llega el cliente 1: accept() da otro descriptor y dice quién es",
             "El socket de escucha sigue escuchando; con el cliente se habla por el de conexión. El cliente llama "
             "desde 127.0.0.2 y desde el puerto que le da su núcleo (efímero).");
  std::vector<Client> clients;
  clients.reserve(static_cast<std::size_t>(count));
  clients.push_back(begins(stage, server, address, 1));
  clients[0].connects();
  show_accepted(stage, server);
  demo::show_sockets(stage, server);
  clients[0].says("HELO\n").hears(protocol::ok).shows_ends();

  fill_the_queue(stage, server, address, clients, last_in_queue);
  if (count > last_in_queue) leave_out(stage, server, address, clients, count);

  stage.step("El cliente 1 se despide y accept() saca al 2 de la cola",
             "La respuesta al HELO que ya había enviado el cliente 2 sale en cuanto el servidor lo atiende.");
  say_goodbye(clients[0]);
  show_accepted(stage, server);
  clients[1].hears(protocol::ok);
  demo::show_sockets(stage, server);
  demo::converse(stage, clients[1]);

  if (count > 2) serve_the_rest(stage, server, clients, count > last_in_queue);
  show_who_closed_first(stage, server, address);
}

const demo::Script script{2, play};

}  // namespace
