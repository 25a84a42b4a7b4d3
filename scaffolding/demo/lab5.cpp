// La demostración del laboratorio 5: quién cierra primero, el TIME_WAIT que deja, y cómo volver a abrir el puerto.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "demo/scene.hpp"
#include "grader/failure.hpp"
#include "programs/kit.hpp"
#include "protocol/protocol.hpp"

namespace {

using demo::Client;
using demo::Stage;
using grader::Program;
using witness::Address;

// Lo que responde el núcleo a quien quiere asociarse a una dirección con esta opción puesta, o con ninguna (0). Es un
// socket de la demostración, y se cierra al volver.
std::string answer_to_bind(const Address& address, int option) {
  const kit::Descriptor socket{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  const int yes = 1;
  if (option != 0) kit::check("setsockopt", ::setsockopt(socket.get(), SOL_SOCKET, option, &yes, sizeof yes));
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(address.port);
  ::inet_pton(AF_INET, address.host.c_str(), &target.sin_addr);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0) return "bien";
  return std::generic_category().message(errno);
}

void show_bind(Stage& stage, const Address& address, int option) {
  stage.local("bind()", (option == 0 ? "otro socket, sin opciones: " : "otro socket, con SO_REUSEADDR: ") +
                            answer_to_bind(address, option));
}

// Los dos extremos de una conexión que ya no es de ningún programa.
void show_what_is_left(Stage& stage, const Address& client, const Address& server) {
  stage.kernel(demo::text_of(witness::find_tcp(client, server)), demo::text_of(witness::find_tcp(server, client)));
}

void say_quit(Stage& stage, Client& client) {
  stage.step("QUIT: el servidor cierra primero, y espera",
             "close_in_order() ha enviado el FIN con shutdown() y está en recv(): quiere leer el fin de archivo del "
             "cliente antes de soltar el descriptor. Eso es FIN_WAIT2.");
  client.says("QUIT\n").hears(protocol::bye).hears_close().shows_ends();

  stage.step("El cliente aún escribe: nadie recibe un RST",
             "El servidor ya no responderá, pero lee y descarta. Si hubiera cerrado el descriptor, estos bytes "
             "provocarían un reinicio, que puede llevarse respuestas aún sin entregar.");
  client.says("HELO\n").shows_ends();
}

void restart(Stage& stage, const std::filesystem::path& program, const Address& address, const Address& old_client) {
  stage.step(
      "El servidor muere: la conexión sigue en TIME_WAIT",
      "El núcleo la recuerda un minuto, por si se pierde el último acuse de recibo o anda por la red un segmento "
      "rezagado. Su dirección sigue en uso: sin SO_REUSEADDR, bind() falla.");
  show_what_is_left(stage, old_client, address);
  show_bind(stage, address, 0);
  show_bind(stage, address, SO_REUSEADDR);

  stage.step("Se reinicia en el mismo puerto, y atiende",
             "open_listener() pone la opción antes de bind(). La conexión vieja sigue en TIME_WAIT, y no estorba.");
  Program again = demo::starts(program, {"serve", address.host, std::to_string(address.port), "5"});
  again.listening();
  demo::show_sockets(stage, again);
  show_what_is_left(stage, old_client, address);
  Client client{stage, again.begins_connecting(address, "127.0.0.3")};
  client.connects().says("HELO\n").hears(protocol::ok).says("QUIT\n").hears(protocol::bye).hears_close();
  client.closes();
  client.shows_ends();

  stage.step("¿Y un segundo servidor, con este vivo?",
             "SO_REUSEADDR no es compartir: mientras alguien escuche en esa dirección, bind() falla también con ella.");
  show_bind(stage, address, SO_REUSEADDR);
}

void play(Stage& stage, const std::filesystem::path& program) {
  stage.sides("cliente (la demostración)", "servidor (lab5.cpp)");
  Address address;
  Address old_client;
  {
    stage.step("Un servidor en un puerto que elige el núcleo",
               "Con él vivo, nadie más puede asociarse a esa dirección: ni con SO_REUSEADDR.");
    Program server = demo::starts(program, {"serve", "127.0.0.1", "0", "5"});
    address = server.listening().front().local;
    demo::show_sockets(stage, server);
    show_bind(stage, address, SO_REUSEADDR);

    stage.step("Un cliente conversa con él", "HELO, DATA y una orden que no existe: 100, 300 y 400.");
    Client client{stage, server.begins_connecting(address, "127.0.0.2")};
    client.connects().says("HELO\n").hears(protocol::ok);
    client.says("DATA\n").is_read().says("hola, mundo\n").hears(protocol::received);
    client.says("saluda\n").hears(protocol::bad_command).shows_ends();
    say_quit(stage, client);

    stage.step(
        "El cliente cierra: TIME_WAIT se lo queda quien cerró primero",
        "El fin de archivo despierta al servidor, que cierra el descriptor y vuelve a aceptar. La conexión ya no "
        "es de nadie, pero el núcleo la guarda en su lado.");
    old_client = client.connection().local();
    client.closes();
    client.shows_ends();
  }
  restart(stage, program, address, old_client);
}

const demo::Script script{5, play};

}  // namespace
