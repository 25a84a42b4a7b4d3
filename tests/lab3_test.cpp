// Evaluador del laboratorio 3: resolver un nombre, probar todas sus direcciones y conversar como cliente.
#include <netdb.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "grader/lab.hpp"
#include "witness/capabilities.hpp"

namespace {

using grader::Connection;
using grader::fail;
using grader::Launch;
using grader::Program;
using grader::printable;
using grader::RefusingPort;
using grader::ScriptedServer;
using Lab3 = grader::Lab;

constexpr const char* cannot_give_names = "no hay espacios de nombres de montaje ni libnss-wrapper para dar a un programa sus propios nombres";

// Un servicio de /etc/services cuyo puerto esté libre en esa dirección, y un servidor en él.
std::optional<std::pair<std::string, ScriptedServer>> server_of_known_service(const std::string& host) {
  std::optional<std::pair<std::string, ScriptedServer>> found;
  ::setservent(1);
  while (const servent* service = ::getservent()) {
    const std::uint16_t port = ntohs(static_cast<std::uint16_t>(service->s_port));
    if (std::string{service->s_proto} != "tcp" || port < 1024) continue;
    try {
      found.emplace(service->s_name, ScriptedServer{host, port});
      break;
    } catch (const std::system_error&) {
      continue;  // ocupado: el siguiente
    }
  }
  ::endservent();
  return found;
}

std::string hosts_file(const std::vector<std::string>& addresses) {
  std::string text = "127.0.0.1 localhost\n";
  for (const std::string& address : addresses) text += address + " servidor.prueba\n";
  return text;
}

// El programa tiene que terminar por sí mismo, con un estado distinto de 0 y un mensaje que contenga este texto.
void expect_failure_with(Program& client, const std::string& message, const std::string& cause) {
  const int status = client.ends();
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && client.errors().find(message) != std::string::npos) return;
  const std::string expected = "estado distinto de 0 y un mensaje de error con " + printable(message);
  std::string observed = client.how_it_ended();
  fail(client, expected, observed, cause);
}

// Idea equivocada: «conectar es cosa de una llamada»: hay que construir la dirección y mirar el resultado.
TEST_F(Lab3, ConnectsToANumericAddress) {
  ScriptedServer server{grader::private_loopback()};
  Program client = starts({server.address().host, std::to_string(server.address().port)});
  const Connection connection = server.accepts(client);
}

// Idea equivocada: «Internet es IPv4»: con AF_INET escrito a mano no se llega a quien solo tiene IPv6.
TEST_F(Lab3, ConnectsOverIPv6) {
  std::optional<ScriptedServer> server;
  try {
    server.emplace("::1");
  } catch (const std::system_error&) {
    grader::skip("esta máquina no tiene IPv6 en la interfaz de bucle");
  }
  Program client = starts({"::1", std::to_string(server->address().port)});
  const Connection connection = server->accepts(client);
}

// Idea equivocada: «el puerto es siempre un número y el host siempre una dirección».
TEST_F(Lab3, ResolvesNamesAndServices) {
  if (!grader::can_give_hosts()) grader::skip(cannot_give_names);
  const std::string host = grader::private_loopback();
  {
    ScriptedServer server{host};
    Launch named = launch({"servidor.prueba", std::to_string(server.address().port)});
    named.hosts = hosts_file({host});
    Program client{named};
    const Connection connection = server.accepts(client);
  }
  auto known = server_of_known_service(host);
  if (!known) return;  // esta máquina no tiene /etc/services
  auto& [service, server] = *known;
  grader::narrate("núcleo  hay un servidor en el puerto del servicio " + printable(service));
  Launch named = launch({"servidor.prueba", service});
  named.hosts = hosts_file({host});
  Program client{named};
  const Connection connection = server.accepts(client);
}

// Idea equivocada: «un nombre es una dirección»: getaddrinfo() da una lista, y la primera puede no responder.
TEST_F(Lab3, TriesEveryAddress) {
  if (!grader::can_give_hosts()) grader::skip(cannot_give_names);
  // El orden de la lista lo decide el sistema: se prueba con cada una de las dos direcciones como la única que acepta.
  const std::vector<std::string> addresses{grader::private_loopback(), grader::private_loopback()};
  for (std::size_t good = 0; good < addresses.size(); ++good) {
    ScriptedServer server{addresses[good]};
    const std::uint16_t port = server.address().port;
    const RefusingPort refuses{addresses[1 - good], port};
    grader::narrate("nombre  servidor.prueba: " + refuses.address().text() + " rechaza, " + server.address().text() + " acepta");
    Launch named = launch({"servidor.prueba", std::to_string(port)});
    named.hosts = hosts_file(addresses);
    Program client{named};
    const Connection connection = server.accepts(client);
  }
}

// Idea equivocada: «si connect() falla, el socket ya no existe»: existe hasta que se cierra.
TEST_F(Lab3, ClosesFailedAttempts) {
  if (!grader::can_give_hosts()) grader::skip(cannot_give_names);
  const std::vector<std::string> addresses{grader::private_loopback(), grader::private_loopback(), grader::private_loopback()};
  for (std::size_t good = 0; good < addresses.size(); ++good) {
    ScriptedServer server{addresses[good]};
    const std::uint16_t port = server.address().port;
    Launch named = launch({"servidor.prueba", std::to_string(port)});
    named.hosts = hosts_file(addresses);
    Program client{named};
    const Connection connection = server.accepts(client);
    client.rest();
    if (client.sockets().size() > 1) {
      fail(client, "un solo socket abierto: el conectado", std::to_string(client.sockets().size()) + " sockets abiertos",
           "los sockets de las direcciones que fallaron no se cierran");
    }
  }
}

// Idea equivocada: «si no conecta, ya se verá al enviar».
TEST_F(Lab3, ReportsRefusedConnections) {
  const RefusingPort refuses{grader::private_loopback()};
  grader::narrate("núcleo  nadie escucha en " + refuses.address().text());
  Program client = starts({refuses.address().host, std::to_string(refuses.address().port)});
  expect_failure_with(client, std::generic_category().message(ECONNREFUSED),
                      "¿se guarda errno justo después del último connect() que falla, y se lanza al acabarse la lista?");
}

// Idea equivocada: «los errores de getaddrinfo() están en errno»: los devuelve ella, y los explica gai_strerror().
TEST_F(Lab3, TellsResolutionErrorsApart) {
  const std::string cause = "los errores de getaddrinfo() no están en errno: los devuelve ella y los explica gai_strerror()";
  Program client = starts({"127.0.0.1", "servicio-que-no-existe"});
  expect_failure_with(client, ::gai_strerror(EAI_SERVICE), cause);
  if (!witness::available(witness::Capability::mount_namespaces)) return;  // el nombre llegaría a un servidor de nombres
  Launch unknown = launch({"nadie.prueba", "80"});
  unknown.hosts = hosts_file({});
  Program lost{unknown};
  expect_failure_with(lost, ::gai_strerror(EAI_NONAME), cause);
}

// Idea equivocada: «la lista de getaddrinfo() se libera sola».
TEST_F(Lab3, FreesTheAddressList) {
  const auto expect_no_leak = [](Program& client) {
    client.ends();
    if (client.errors().find("LeakSanitizer has encountered a fatal error") != std::string::npos) {
      grader::skip("LeakSanitizer no puede trabajar en esta máquina");
    }
    if (client.errors().find("detected memory leaks") != std::string::npos) {
      fail(client, "que al terminar no quede memoria sin liberar", client.how_it_ended(), "falta freeaddrinfo() en algún camino, quizá el del error");
    }
    if (const auto pending = client.pending_step(); pending && pending->number <= 5) fail(client, "que el programa termine", client.how_it_ended());
  };
  const RefusingPort refuses{grader::private_loopback()};
  Launch refused = launch({refuses.address().host, std::to_string(refuses.address().port)});
  refused.detect_leaks = true;
  Program without_connection{refused};
  expect_no_leak(without_connection);

  ScriptedServer server{grader::private_loopback()};
  Launch accepted = launch({server.address().host, std::to_string(server.address().port)});
  accepted.detect_leaks = true;
  Program client{accepted};
  const Connection connection = server.accepts(client);
  client.closes_input();
  expect_no_leak(client);
}

// Idea equivocada: «DATA también se responde»: el servidor calla hasta que llega la línea de datos.
TEST_F(Lab3, SendsWhatTheUserTypes) {
  ScriptedServer server{grader::private_loopback()};
  Program client = starts({server.address().host, std::to_string(server.address().port)});
  Connection connection = server.accepts(client);
  connection.expects_silence("el usuario todavía no ha escrito nada");
  client.types("HELO\n");
  connection.expects("HELO").sends("100 OK\n");
  client.prints("100 OK\n");
  client.types("DATA\n");
  connection.expects("DATA").expects_silence("el usuario todavía no ha escrito la línea de datos");
  client.prints("Input data to send: ");
  client.types("hola, mundo: QUIT\n");
  connection.expects("hola, mundo: QUIT").sends("300 DRCV\n");
  client.prints("300 DRCV\n");
  client.types("DATA\n");
  connection.expects("DATA");
  client.prints("Input data to send: ");
  client.types("\n");
  connection.expects("").sends("300 DRCV\n");
  client.prints("300 DRCV\n");
  client.types("lo que sea\n");
  connection.expects("lo que sea");
}

// Idea equivocada: «una respuesta es una línea» y «si el servidor cierra, ya está»: 400 tiene dos, y sin 200 algo fue mal.
TEST_F(Lab3, PrintsRepliesAndEnds) {
  const std::string host = grader::private_loopback();
  {
    ScriptedServer server{host};
    Program client = starts({host, std::to_string(server.address().port)});
    Connection connection = server.accepts(client);
    client.types("saluda\n");
    connection.expects("saluda").sends("400 BCMD\r\nCommand-description: Bad command\r\n");
    client.prints("400 BCMD\nCommand-description: Bad command\n");
    client.types("HELO\n");
    connection.expects("HELO").sends_in_pieces({"100", " OK\n"});
    client.prints("100 OK\n");
    client.types("QUIT\n");
    connection.expects("QUIT").sends("200 BYE\n");
    client.prints("200 BYE\n");
    const int status = client.ends();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(client, "que termine con estado 0 después de 200 BYE", client.how_it_ended());
  }
  const auto expect_complaint = [](Program& client, const std::string& when) {
    const int status = client.ends();
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && !client.errors().empty()) return;
    fail(client, "un mensaje de error y un estado distinto de 0: " + when, client.how_it_ended(),
         "solo 200 BYE es un buen final: cualquier otro se cuenta al usuario");
  };
  {
    ScriptedServer server{host};
    Program client = starts({host, std::to_string(server.address().port)});
    Connection connection = server.accepts(client);
    client.types("HELO\n");
    connection.expects("HELO");
    connection.closes();
    expect_complaint(client, "el servidor cerró sin responder a HELO");
  }
  {
    ScriptedServer server{host};
    Program client = starts({host, std::to_string(server.address().port)});
    Connection connection = server.accepts(client);
    client.closes_input();
    expect_complaint(client, "la entrada terminó sin QUIT");
  }
}

}  // namespace
