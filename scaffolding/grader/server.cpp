#include "grader/server.hpp"

#include <netinet/in.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "grader/failure.hpp"
#include "grader/lab.hpp"
#include "witness/descriptors.hpp"
#include "witness/process.hpp"

namespace grader {
namespace {

bool has_ipv6() {
  try {
    const RefusingPort any{"::1"};
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// Dónde escucha el programa, que tiene que ser en el puerto pedido.
witness::Address address_of(Program& program, std::uint16_t port) {
  const auto asked = [port](const witness::Socket& socket) { return socket.local.port == port; };
  std::vector<witness::Socket> listening = program.listening();
  if (std::none_of(listening.begin(), listening.end(), asked)) {
    program.rest();  // puede escuchar en más de un puerto
    listening = program.listening();
  }
  const auto found = std::find_if(listening.begin(), listening.end(), asked);
  if (found != listening.end()) {
    // A quien oye en todas las direcciones de IPv6 y de IPv4, en una máquina sin ::1, se le llama por IPv4.
    if (found->local.host == "::" && !has_ipv6()) return {AF_INET, "127.0.0.1", port};
    return found->local;
  }
  const std::uint16_t got = listening.front().local.port;
  fail(program, "que escuche en el puerto " + std::to_string(port), "escucha en el " + std::to_string(got),
       got == swapped(port) ? "el puerto tiene los bytes al revés: falta htons()"
                            : "no es el puerto que se le dio como argumento: ¿llega a bind() antes de listen()?");
}

constexpr const char* bad_command = "400 BCMD";
constexpr const char* description = "Command-description: Bad command";

}  // namespace

std::uint16_t free_port() {
  try {
    return unassigned_port("::");
  } catch (const std::system_error&) {
    return unassigned_port("0.0.0.0");
  }
}

Launch Server::launch(const std::string& variant, std::uint16_t port) {
  if (variant.empty() || !Lab::grades_file()) return Lab::launch({std::to_string(port)});
  return Lab::launch({variant, std::to_string(port)});
}

Server::Server(const Launch& launch, std::uint16_t port)
    : port_{port}, program_{launch}, address_{address_of(program_, port)} {}

std::vector<pid_t> Server::holders(ino_t inode) const {
  std::vector<pid_t> found;
  for (const pid_t process : witness::descendants(program_.supervisor())) {
    const auto open = witness::open_descriptors(process);
    if (std::any_of(open.begin(), open.end(), [inode](const auto& each) { return each.socket == inode; })) {
      found.push_back(process);
    }
  }
  return found;
}

std::vector<pid_t> Server::listeners() const {
  std::vector<pid_t> found;
  for (const witness::Socket& socket : witness::listening_tcp()) {
    if (socket.local.port != port_) continue;
    const std::vector<pid_t> processes = holders(socket.inode);
    found.insert(found.end(), processes.begin(), processes.end());
  }
  return found;
}

pid_t Server::receptionist() const {
  const std::vector<pid_t> found = listeners();
  return found.empty() ? program_.pid() : found.front();
}

void Server::expect_alive(const std::string& after, const std::string& cause, const std::string& busy) {
  const std::string expected = "que el servidor siga en marcha después de " + after;
  const Stop stop = program_.rest();
  if (program_.status()) fail(program_, expected, program_.how_it_ended(), cause);
  if (!stop.at_rest()) fail(program_, expected, stop, busy.empty() ? cause : busy);
}

void Server::expect_still_serving(const std::string& after, const std::string& cause) {
  expect_alive(after, cause);
  Connection next = connect();
  next.sends("HELO\n").expects("100 OK");
  next.sends("QUIT\n").expects("200 BYE").expects_close();
}

void Server::terminate() {
  program_.rest();
  narrate("núcleo  llega SIGTERM");
  for (const pid_t process : listeners()) ::kill(process, SIGTERM);
}

Stop Server::wait_until_gone() {
  Stop stop = program_.wait([&] { return program_.status() && witness::descendants(program_.supervisor()).empty(); });
  // Entre mirar si ha terminado y mirar qué hace puede terminar el último de sus procesos: es lo mismo.
  if (stop.outcome == Outcome::ended) stop.outcome = Outcome::happened;
  return stop;
}

void Server::expect_clean_end(const std::string& cause) {
  const int status = program_.ends(cause);
  narrate("núcleo  no queda ningún proceso del programa");
  if (!Lab::grades_file() || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) return;
  fail(program_, "que termine con estado 0", program_.how_it_ended(),
       WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM
           ? "SIGTERM lo ha matado: hay que bloquearla o tratarla, y volver con normalidad"
           : "cuando llega SIGTERM, tu función tiene que volver con normalidad");
}

void cut_conversation(Connection& client) {
  client.sends_in_pieces({"HE", "LO"}).expects_silence("la línea no ha terminado").sends("\n").expects("100 OK");
  client.sends_byte_by_byte("HELO\n").expects("100 OK");
  client.sends_byte_by_byte("DATA\nhola\r").expects_silence("los datos no han terminado").sends("\n");
  client.expects("300 DRCV");
  client.sends_byte_by_byte("hola\n").expects({bad_command, description});
  client.sends_byte_by_byte("QUIT\n").expects("200 BYE").expects_close();
}

void joined_conversation(Connection& client) {
  client.sends("HELO\nDATA\nhola\nsaluda\nHELO\nHE");
  client.expects({"100 OK", "300 DRCV", bad_command, description, "100 OK"});
  client.sends("LO\nDATA\nho").expects("100 OK").expects_silence("los datos no han terminado");
  client.sends("la\nQUIT\n").expects({"300 DRCV", "200 BYE"}).expects_close();
}

std::size_t stops_reading_replies(Server& server, Connection& client) {
  constexpr std::size_t many = 100'000;
  client.stops_reading().sends(std::string(many, '\n'));
  const Stop stop = server.program().rest();
  if (!stop.at_rest()) fail(server.program(), "que el servidor espere a que el cliente lea sus respuestas", stop);
  narrate("núcleo  " + stop.sentence());
  return many;
}

}  // namespace grader
