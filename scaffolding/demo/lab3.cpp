// La demostración del laboratorio 3: un cliente que busca a su servidor por el nombre y conversa con él.
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "demo/scene.hpp"
#include "grader/failure.hpp"
#include "protocol/protocol.hpp"
#include "witness/proc_file.hpp"

namespace {

using demo::Stage;
using grader::Connection;
using grader::Program;

constexpr const char* server_name = "servidor.prueba";
constexpr const char* client_side = "cliente (lab3.cpp)";
constexpr const char* server_side = "servidor (la demostración)";

// Las direcciones de un nombre, en el orden en que las da getaddrinfo(3): así las enseña «getent ahosts».
std::vector<std::string> resolved(const std::string& name, const std::string& hosts) {
  grader::Launch getent;
  getent.command = {"getent", "ahosts", name};
  getent.hosts = hosts;
  Program program{getent};
  program.ends();
  std::istringstream lines{program.output()};
  std::vector<std::string> addresses;
  for (std::string line; std::getline(lines, line);) {
    const std::string address = line.substr(0, line.find(' '));
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

// Conexiones que esta máquina ha empezado y no han llegado a establecerse (AttemptFails, RFC 4022), si se puede saber.
std::optional<std::uint64_t> failed_attempts() {
  std::istringstream table{witness::read_file("/proc/net/snmp").value_or("")};
  std::vector<std::string> names;
  for (std::string line; std::getline(table, line);) {
    if (line.rfind("Tcp:", 0) != 0) continue;
    std::istringstream words{line};
    std::vector<std::string> values;
    for (std::string word; words >> word;) values.push_back(word);
    const auto place = std::find(names.begin(), names.end(), "AttemptFails") - names.begin();
    if (names.size() == values.size() && place < std::ssize(values)) {
      return witness::to_number(values[static_cast<std::size_t>(place)]);
    }
    names = std::move(values);
  }
  return std::nullopt;
}

// La conexión rechazada, si el núcleo la ha contado.
void show_refused(Stage& stage, const witness::Address& to, std::optional<std::uint64_t> before) {
  const auto now = failed_attempts();
  if (!before || !now) return;
  if (*now > *before) stage.lost("connect() a " + to.text());
  stage.kernel("conexiones fallidas en la máquina (AttemptFails): " + std::to_string(*now - *before) + " más");
}

std::string without_cr(std::string text) {
  std::erase(text, '\r');
  return text;
}

// El usuario del cliente, el cliente y un servidor que responde según el protocolo.
class Conversation {
public:
  Conversation(Stage& stage, Program& client, Connection& connection)
      : stage_{stage}, client_{client}, connection_{connection} {}

  // El usuario escribe una línea: viaja al servidor, y la respuesta, a la pantalla.
  void types(const std::string& line) {
    stage_.local("teclado", line + "↵");
    client_.types(line + '\n');
    connection_.expects_exactly(line + '\n');
    stage_.to_server(grader::printable(line + '\n'));
    const std::string reply = session_.receive(line + '\n');
    if (reply.empty()) {
      prints("Input data to send: ");
    } else {
      answers(reply);
      prints(without_cr(reply));
    }
  }

private:
  void answers(const std::string& reply) {
    // Detenido un instante, el cliente recibe a la vez la despedida y el FIN: si no, él podría cerrar antes.
    if (session_.finished()) client_.signal(SIGSTOP);
    connection_.sends(reply);
    stage_.to_client(grader::printable(reply));
    if (!session_.finished()) return;
    connection_.half_closes();
    stage_.to_client("FIN");
    client_.signal(SIGCONT);
  }

  void prints(const std::string& text) {
    client_.prints(text);
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) stage_.local("pantalla", line);
  }

  Stage& stage_;
  Program& client_;
  Connection& connection_;
  protocol::Session session_;
};

void converse(Stage& stage, Program& client, Connection& connection) {
  Conversation conversation{stage, client, connection};
  stage.step("El usuario escribe HELO", "El cliente envía cada línea tal cual y enseña la respuesta.");
  conversation.types("HELO");
  show_ends(stage, connection, false);

  stage.step("DATA: el servidor calla, y el cliente pide los datos",
             "Si el cliente esperase aquí una respuesta, los dos esperarían para siempre.");
  conversation.types("DATA");
  show_ends(stage, connection, false);
  conversation.types("hola, mundo");
  show_ends(stage, connection, false);

  stage.step("Una orden que no existe: 400, en dos líneas",
             "El cliente tiene que leer las dos: la respuesta no termina en la primera.");
  conversation.types("saluda");
  show_ends(stage, connection, false);

  stage.step("QUIT: el servidor se despide con 200 y cierra primero",
             "Con 200 BYE el cliente ha terminado bien: estado 0.");
  conversation.types("QUIT");
  connection.expects_close();
  stage.to_server("FIN");
  if (const int status = client.ends(); status != 0) {
    grader::fail(client, "que el cliente termine con estado 0 después de 200 BYE", client.how_it_ended());
  }
  show_ends(stage, connection, false);
}

// Quién escucha en una dirección, según el núcleo.
std::string listener_at(const witness::Address& address) {
  const auto listener = witness::find_tcp(address, {address.family, {}, 0});
  return address.text() + (listener ? std::string{": "} + witness::name(listener->state) : ": nadie escucha");
}

void show_connected(Stage& stage, Program& client, const witness::Address& to) {
  stage.to_server("connect() a " + to.text());
  demo::show_sockets(stage, client);
}

// Un nombre con dos direcciones, la primera de las cuales rechaza.
void converse_by_name(Stage& stage, const std::filesystem::path& program, const std::string& hosts,
                      const std::vector<std::string>& addresses) {
  stage.step("Un nombre puede tener varias direcciones",
             "La lista la da getaddrinfo(), a la que llama también «getent ahosts». El orden lo decide el sistema. En "
             "la primera nadie escucha; en la segunda, la demostración.");
  stage.local("orden", std::string{"getent ahosts "} + server_name);
  for (const std::string& address : addresses) stage.local("imprime", address);
  const grader::RefusingPort refuses{addresses[0]};
  grader::ScriptedServer server{addresses[1], refuses.address().port};
  stage.kernel(listener_at(refuses.address()));
  stage.kernel(listener_at(server.address()));

  stage.sides(client_side, server_side);
  stage.step(
      "El cliente prueba la primera dirección y, si rechaza, la segunda",
      "Donde nadie escucha, el núcleo contesta al SYN con RST y connect() da ECONNREFUSED. Ese socket ya no sirve: "
      "se cierra, y con la dirección siguiente se usa otro.");
  const auto before = failed_attempts();
  grader::Launch launch;
  launch.command = {program.string(), server_name, std::to_string(server.address().port)};
  launch.hosts = hosts;
  stage.local("orden", "lab3 " + launch.command[1] + ' ' + launch.command[2]);
  Program client = demo::starts(launch);
  Connection connection = server.accepts(client);
  show_refused(stage, refuses.address(), before);
  show_connected(stage, client, server.address());
  converse(stage, client, connection);
}

void converse_by_number(Stage& stage, const std::filesystem::path& program) {
  stage.sides(client_side, server_side);
  stage.step(
      "El cliente conecta con una dirección numérica",
      "Aquí no se puede dar al programa un nombre con dos direcciones, de las que la primera rechace: faltan los "
      "espacios de nombres de montaje y libnss-wrapper.");
  grader::ScriptedServer server;
  Program client = demo::starts(program, {server.address().host, std::to_string(server.address().port)});
  Connection connection = server.accepts(client);
  show_connected(stage, client, server.address());
  converse(stage, client, connection);
}

void show_no_server(Stage& stage, const std::filesystem::path& program) {
  stage.step("¿Y si ninguna dirección acepta?",
             "connect() falla y el cliente lo cuenta en la salida de errores, con un estado distinto de 0.");
  const grader::RefusingPort refuses;
  stage.kernel(listener_at(refuses.address()));
  const auto before = failed_attempts();
  Program client = demo::starts(program, {refuses.address().host, std::to_string(refuses.address().port)});
  const int status = client.ends();
  if (!WIFEXITED(status) || WEXITSTATUS(status) == 0) {
    grader::fail(client, "un estado distinto de 0", client.how_it_ended());
  }
  show_refused(stage, refuses.address(), before);
  stage.local("pantalla", client.errors().substr(0, client.errors().find('\n')));
  stage.kernel("el programa terminó con estado " + std::to_string(WEXITSTATUS(status)));
}

void play(Stage& stage, const std::filesystem::path& program) {
  const std::string one = grader::private_loopback();
  const std::string network = one.substr(0, one.rfind('.'));
  const std::string hosts = network + ".1 " + server_name + '\n' + network + ".2 " + server_name + '\n';
  std::vector<std::string> addresses;
  if (grader::can_give_hosts()) addresses = resolved(server_name, hosts);
  if (addresses.size() == 2) {
    converse_by_name(stage, program, hosts, addresses);
  } else {
    converse_by_number(stage, program);
  }
  show_no_server(stage, program);
}

const demo::Script script{3, play};

}  // namespace
