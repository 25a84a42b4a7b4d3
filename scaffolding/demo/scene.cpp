#include "demo/scene.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "demo/recorder/log.hpp"
#include "grader/failure.hpp"
#include "protocol/protocol.hpp"
#include "witness/descriptors.hpp"
#include "witness/quiescence.hpp"

namespace demo {
namespace {

using witness::TcpState;

std::map<int, Script::Play>& scripts() {
  static std::map<int, Script::Play> known;
  return known;
}

std::string named(const std::map<int, std::string>& names, int value) {
  const auto found = names.find(value);
  return found == names.end() ? std::to_string(value) : found->second;
}

std::string kind_of(const witness::SocketKind& kind) {
  std::string text = named(
      {{AF_INET, "AF_INET"}, {AF_INET6, "AF_INET6"}, {AF_UNIX, "AF_UNIX"}, {-1, "dominio desconocido"}}, kind.domain);
  text += " " + named({{SOCK_STREAM, "SOCK_STREAM"}, {SOCK_DGRAM, "SOCK_DGRAM"}, {-1, "tipo desconocido"}}, kind.type);
  if (kind.protocol.value_or(0) != 0) text += " " + named({{IPPROTO_TCP, "TCP"}, {IPPROTO_UDP, "UDP"}}, *kind.protocol);
  return text;
}

bool is_in_queue(const witness::Socket& socket) { return socket.state == TcpState::established && socket.inode == 0; }

// Un FIN o su acuse de recibo van de camino: ese estado lo cambia el núcleo, sin que nadie haga nada.
bool is_passing(const std::optional<witness::Socket>& end) {
  return end &&
         (end->state == TcpState::fin_wait1 || end->state == TcpState::closing || end->state == TcpState::last_ack);
}

std::string unread(const witness::Socket& socket) {
  return socket.receive_queue > 0 ? ", " + std::to_string(socket.receive_queue) + " bytes sin leer" : "";
}

// Un socket con dirección: dónde escucha, o con quién habla.
std::string text_of_socket(const grader::Program& program, int descriptor, const witness::Socket& socket) {
  const std::string state = witness::name(socket.state);
  if (socket.protocol != IPPROTO_TCP) return socket.local.text();
  if (socket.state != TcpState::listen) return state + " con " + socket.remote.text() + unread(socket);
  const auto backlog = witness::backlog(program.pid(), descriptor, socket);
  return state + " en " + socket.local.text() + ", cola " + std::to_string(socket.receive_queue) +
         (backlog ? ", backlog " + std::to_string(*backlog) : "");
}

}  // namespace

Script::Script(int lab, Play play) { scripts()[lab] = play; }

Script::Play Script::find(int lab) {
  const auto found = scripts().find(lab);
  return found == scripts().end() ? nullptr : found->second;
}

int knob(const char* name, int least, int most, int usual) {
  const char* given = std::getenv(name);
  if (given == nullptr || *given == '\0') return usual;
  const std::string_view text{given};
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) return value;
  throw std::runtime_error{std::string{"esperaba en "} + name + " un número de " + std::to_string(least) + " a " +
                           std::to_string(most) + ", y llegó " + name + '=' + given};
}

grader::Program starts(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  grader::Launch launch;
  launch.command = arguments;
  launch.command.insert(launch.command.begin(), program.string());
  return starts(launch);
}

grader::Program starts(const grader::Launch& launch) {
  grader::Program started{launch};
  tell("program", {{"pid", started.pid()}, {"command", launch.command}});
  return started;
}

std::string activity(grader::Program& program) {
  // Donde no se ve en qué llamada duerme un programa no se puede probar que descanse: aquí basta con que duerma.
  witness::Finding finding;
  const grader::Stop stop = program.wait([&] {
    finding = witness::find_activity(program.supervisor());
    return finding.activity == witness::Activity::opaque;
  });
  return stop.outcome == grader::Outcome::happened ? finding.text() : stop.program;
}

std::string text_of(const std::optional<witness::Socket>& end) {
  if (!end) return "ya no existe";
  return witness::name(end->state) + std::string{is_in_queue(*end) ? ", sin aceptar" : ""} + unread(*end);
}

std::string text_of(const grader::Program& program, const witness::OpenDescriptor& descriptor) {
  const std::string start = "descriptor " + std::to_string(descriptor.number) + ": ";
  if (!descriptor.socket) return start + descriptor.target;
  for (const witness::Socket& socket : witness::all_sockets()) {
    if (socket.inode == *descriptor.socket && socket.local.port != 0) {
      return start + text_of_socket(program, descriptor.number, socket);
    }
  }
  const auto kind = witness::socket_kind(program.pid(), descriptor.number);
  return start + descriptor.target + (kind ? ", " + kind_of(*kind) : "");
}

void show_sockets(Stage& stage, grader::Program& program) {
  const std::string doing = activity(program);
  for (const witness::OpenDescriptor& socket : program.sockets()) stage.kernel(text_of(program, socket));
  stage.kernel("el programa " + doing);
}

void show_ends(Stage& stage, const grader::Connection& connection, bool program_is_server) {
  std::string doing;
  std::optional<witness::Socket> near;
  std::optional<witness::Socket> far;
  do {
    doing = activity(connection.program());
    near = witness::find_tcp(connection.local(), connection.remote());
    far = connection.far_end();
  } while (is_passing(near) || is_passing(far));
  std::string of_program = text_of(far);
  // Si nadie la ha aceptado, lo que hace el programa no tiene que ver con esta conexión.
  if (!far || !is_in_queue(*far)) of_program += " · el programa " + doing;
  if (program_is_server) {
    stage.kernel(text_of(near), of_program);
  } else {
    stage.kernel(of_program, text_of(near));
  }
}

Client::Client(Stage& stage, grader::Connection connection, std::string name)
    : stage_{stage}, connection_{std::move(connection)}, name_{std::move(name)} {
  tell("client", {{"name", name_}, {"address", connection_.local().text()}});
}

Client& Client::connects() {
  connection_.expects_established();
  stage_.to_server("connect() desde " + connection_.local().text(), name_);
  return *this;
}

Client& Client::says(std::string_view bytes) {
  connection_.sends(bytes);
  stage_.to_server(grader::printable(bytes), name_);
  return *this;
}

Client& Client::hears(std::string_view bytes) {
  connection_.expects_exactly(bytes);
  stage_.to_client(grader::printable(bytes), name_);
  return *this;
}

Client& Client::is_read() {
  connection_.expects_consumed();
  return *this;
}

Client& Client::hears_close() {
  connection_.expects_close();
  stage_.to_client("FIN", name_);
  return *this;
}

void Client::closes() {
  connection_.closes();
  stage_.to_server("FIN", name_);
}

void converse(Stage& stage, Client& client) {
  stage.step("DATA: el servidor calla hasta que llega la línea de datos",
             "La orden anuncia los datos y no tiene respuesta propia: el 300 confirma que los datos se recibieron.");
  client.says("DATA\n").is_read().shows_ends();
  client.says("hola, mundo\n").hears(protocol::received).shows_ends();

  stage.step("Una orden que no existe: 400",
             "La respuesta son dos líneas, que TCP entrega como un flujo de bytes. La conversación sigue.");
  client.says("saluda\n").hears(protocol::bad_command).shows_ends();

  stage.step("QUIT: el servidor se despide con 200 y cierra primero",
             "Su FIN dice «no enviaré más»: para el cliente es el fin de archivo. Al cerrar también el cliente, el que "
             "cerró primero guarda la conexión en TIME_WAIT.");
  client.says("QUIT\n").hears(protocol::bye).hears_close().shows_ends();
  client.closes();
  client.shows_ends();
}

}  // namespace demo
