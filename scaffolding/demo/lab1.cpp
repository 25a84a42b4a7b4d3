// La demostración del laboratorio 1: qué da socket() de verdad, y para qué sirve lo que da.
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string>

#include "demo/scene.hpp"
#include "grader/failure.hpp"
#include "protocol/protocol.hpp"

namespace {

using demo::Stage;
using grader::fail;
using grader::printable;
using grader::Program;

std::optional<witness::OpenDescriptor> find_socket(const Program& console, int number) {
  for (const witness::OpenDescriptor& socket : console.sockets()) {
    if (socket.number == number) return socket;
  }
  return std::nullopt;
}

std::string order(Stage& stage, Program& console, const std::string& line) {
  stage.local("orden", line);
  std::string answer = console.order(line);
  stage.local("responde", answer);
  return answer;
}

// Pide un socket, enseña lo que el núcleo dice de él y devuelve su número.
int create(Stage& stage, Program& console, const std::string& domain, const std::string& type) {
  const std::string answer = order(stage, console, "create " + domain + ' ' + type);
  const std::string expected = "que create_socket(" + domain + ", " + type + ") dé un socket";
  const std::string prefix = "descriptor ";
  if (answer.rfind(prefix, 0) != 0) fail(console, expected, printable(answer));
  const int number = std::stoi(answer.substr(prefix.size()));
  const auto socket = find_socket(console, number);
  if (!socket) fail(console, expected, "el descriptor " + std::to_string(number) + ", que no es un socket");
  stage.kernel(demo::text_of(console, *socket));
  return number;
}

std::string open_sockets(const Program& console) {
  std::string text;
  for (const auto& socket : console.sockets()) text += (text.empty() ? "" : ", ") + std::to_string(socket.number);
  return text.empty() ? "ninguno" : text;
}

void show_what_socket_gives(Stage& stage, Program& console) {
  stage.step(
      "El programa arranca con tres descriptores y ningún socket",
      "Un descriptor es el número con el que un proceso nombra algo que el núcleo le ha abierto: un archivo, una "
      "tubería, un socket. El 0 es la entrada estándar; el 1, la salida; el 2, la de errores.");
  const std::string doing = demo::activity(console);
  for (const auto& descriptor : console.descriptors()) stage.kernel(demo::text_of(console, descriptor));
  stage.kernel("el programa " + doing);

  stage.step(
      "socket() crea un socket y da su descriptor",
      "La consola del laboratorio llama a create_socket(). El núcleo da siempre el menor número libre, y el socket "
      "nace sin dirección: todavía no habla con nadie.");
  const int first = create(stage, console, "AF_INET", "SOCK_STREAM");

  stage.step("Otro dominio u otro tipo: la misma llamada, otra clase de socket",
             "El dominio dice qué direcciones usará; el tipo, si será un flujo de bytes o datagramas sueltos.");
  create(stage, console, "AF_INET", "SOCK_DGRAM");
  const kit::Descriptor ipv6{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (ipv6.is_open()) create(stage, console, "AF_INET6", "SOCK_STREAM");
  create(stage, console, "AF_UNIX", "SOCK_STREAM");

  stage.step("Un dominio que no existe: socket() da -1, y errno dice por qué",
             "El -1 no es un descriptor, ni queda nada abierto. create_socket() lanza una excepción con errno: " +
                 std::to_string(EAFNOSUPPORT) + " es EAFNOSUPPORT, dominio no admitido.");
  const std::string refusal = order(stage, console, "create 999 SOCK_STREAM");
  if (refusal.rfind("error: socket: ", 0) != 0) fail(console, "un error de socket()", printable(refusal));
  stage.kernel("sockets abiertos: " + open_sockets(console));

  stage.step("close() destruye el socket, y su número queda libre",
             "El siguiente socket() da otra vez ese número: por eso usar un descriptor ya cerrado es peligroso.");
  const std::string answer = order(stage, console, "close " + std::to_string(first));
  if (answer != "cerrado" || find_socket(console, first)) {
    fail(console, "que close_socket() cierre el descriptor " + std::to_string(first), printable(answer));
  }
  stage.kernel("sockets abiertos: " + open_sockets(console));
  create(stage, console, "AF_INET", "SOCK_STREAM");
}

void play(Stage& stage, const std::filesystem::path& program) {
  {
    Program console = demo::starts(program);
    show_what_socket_gives(stage, console);
  }

  stage.sides("cliente (la demostración)", "servidor (lab1.cpp)");
  stage.step(
      "El mismo socket, en un servidor: se pone a la escucha",
      "Otro proceso del mismo programa. Crea el socket con create_socket(); el kit pone lo demás: bind(), listen() y "
      "accept(), que son el laboratorio 2.");
  Program server = demo::starts(program, {"serve", "127.0.0.1", "0"});
  const witness::Address address = server.listening().front().local;
  demo::show_sockets(stage, server);

  stage.step("Un cliente conecta, y el servidor obtiene otro descriptor",
             "accept() da un socket nuevo, el de conexión; el de escucha sigue para los demás clientes.");
  demo::Client client{stage, server.begins_connecting(address)};
  client.connects();
  demo::show_sockets(stage, server);

  stage.step("HELO: una orden es una línea, y la respuesta, otra",
             "El servidor la lee con recv() y responde con send().");
  client.says("HELO\n").hears(protocol::ok).shows_ends();
  demo::converse(stage, client);
}

const demo::Script script{1, play};

}  // namespace
