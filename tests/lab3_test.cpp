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
using grader::printable;
using grader::Program;
using grader::RefusingPort;
using grader::ScriptedServer;
using Lab3 = grader::Lab;

constexpr const char* cannot_give_names =
    "no hay espacios de nombres de montaje ni libnss-wrapper para dar a un programa sus propios nombres";

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

constexpr const char* not_connected =
    "el programa sigue adelante sin estar conectado: ¿se mira lo que devuelve connect(), y es SOCK_STREAM el tipo? Un "
    "socket UDP se conecta siempre";

// Por qué un cliente que tenía que conectarse no lo hizo, según lo último que dijo.
std::string cause_of_not_connecting(Program& client) {
  const auto says = [&](const std::string& text) { return client.errors().find(text) != std::string::npos; };
  if (says(::gai_strerror(EAI_BADFLAGS)))
    return "los campos de hints que no se rellenan tienen que estar a cero: addrinfo hints{}";
  if (says(::gai_strerror(EAI_ADDRFAMILY)))
    return "con ai_family = AF_INET no se encuentran direcciones IPv6: AF_UNSPEC admite las dos";
  if (says(::gai_strerror(EAI_NONAME)) || says(::gai_strerror(EAI_SERVICE)))
    return "getaddrinfo() no encuentra el host o el servicio: ¿le llegan tal como se escribieron, y sin "
           "AI_NUMERICHOST?";
  if (says(::gai_strerror(EAI_SOCKTYPE))) return "ai_socktype es solo el tipo: SOCK_CLOEXEC se une al crear el socket";
  if (says(std::generic_category().message(EAFNOSUPPORT)) || says(std::generic_category().message(EINVAL)))
    return "cada dirección de la lista puede ser de otra familia: necesita su propio socket, de su ai_family, y su "
           "ai_addrlen";
  if (says(std::generic_category().message(ECONNREFUSED)))
    return "la primera dirección rechaza: hay que probar también las demás de la lista (ai_next)";
  if (!client.status()) return not_connected;
  return {};
}

Connection accepted(ScriptedServer& server, Program& client) {
  return server.accepts(client, [&] { return cause_of_not_connecting(client); });
}

// El programa del estudiante, conectado con un servidor del evaluador.
struct Conversation {
  ScriptedServer listener{grader::private_loopback()};
  Program client{grader::Lab::launch({listener.address().host, std::to_string(listener.address().port)})};
  Connection server = accepted(listener, client);
};

// El programa tiene que terminar por sí mismo, quejándose.
void expect_complaint(Program& client, const std::string& when) {
  const int status = client.ends("cuando " + when + ", converse() tiene que lanzar una excepción");
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && !client.errors().empty()) return;
  fail(client, "un mensaje de error y un estado distinto de 0 cuando " + when, client.how_it_ended(),
       "solo 200 BYE es un buen final: cualquier otro se cuenta al usuario");
}

// Idea equivocada: «conectar es cosa de una llamada»: hay que construir la dirección y mirar el resultado.
TEST_F(Lab3, ConnectsToANumericAddress) {
  ScriptedServer server{grader::private_loopback()};
  Program client = starts({server.address().host, std::to_string(server.address().port)});
  const Connection connection = accepted(server, client);
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
  const Connection connection = accepted(*server, client);
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
    const Connection connection = accepted(server, client);
  }
  auto known = server_of_known_service(host);
  if (!known) return;  // esta máquina no tiene /etc/services
  auto& [service, server] = *known;
  grader::narrate("núcleo  hay un servidor en el puerto del servicio " + printable(service));
  Launch named = launch({"servidor.prueba", service});
  named.hosts = hosts_file({host});
  Program client{named};
  const Connection connection =
      server.accepts(client, [] { return "el puerto puede ser el nombre de un servicio: lo traduce getaddrinfo()"; });
}

// Un nombre con estas dos direcciones, de las que una rechaza y la otra acepta.
void expect_second_chance(const RefusingPort& refuses, ScriptedServer& server) {
  grader::narrate("nombre  servidor.prueba: " + refuses.address().text() + " rechaza, " + server.address().text() +
                  " acepta");
  std::vector<std::string> addresses{refuses.address().host, server.address().host};
  for (int order = 0; order < 2; ++order) {
    Launch named = grader::Lab::launch({"servidor.prueba", std::to_string(server.address().port)});
    named.hosts = hosts_file(addresses);
    Program client{named};
    const Connection connection = accepted(server, client);
    const grader::Stop stop = client.rest();
    if (stop.outcome == grader::Outcome::ended && !client.pending_step()) {
      fail(client, "que el programa siga con la conexión que se aceptó", stop,
           "la primera que acepta es la buena: con ella se vuelve, sin probar las demás");
    }
    std::swap(addresses[0], addresses[1]);
  }
}

// Idea equivocada: «un nombre es una dirección»: getaddrinfo() da una lista, y la primera puede no responder.
TEST_F(Lab3, TriesEveryAddress) {
  if (!grader::can_give_hosts()) grader::skip(cannot_give_names);
  // El orden de la lista lo decide el sistema: se prueba con cada una de las dos direcciones como la única que acepta,
  // y escritas en los dos órdenes.
  std::vector<std::string> addresses{grader::private_loopback(), grader::private_loopback()};
  for (int order = 0; order < 2; ++order) {
    ScriptedServer server{addresses[0]};
    expect_second_chance(RefusingPort{addresses[1], server.address().port}, server);
    std::swap(addresses[0], addresses[1]);
  }
  // Una de cada familia. El puerto lo elige quien usa ::1, que es de todos; en la otra dirección estará libre.
  try {
    const RefusingPort refuses{"::1"};
    ScriptedServer server{addresses[0], refuses.address().port};
    expect_second_chance(refuses, server);
  } catch (const std::system_error&) {
    grader::narrate("núcleo  esta máquina no tiene IPv6 en la interfaz de bucle");
  }
}

// Idea equivocada: «si connect() falla, el socket ya no existe»: existe hasta que se cierra.
TEST_F(Lab3, ClosesFailedAttempts) {
  if (!grader::can_give_hosts()) grader::skip(cannot_give_names);
  const std::vector<std::string> addresses{grader::private_loopback(), grader::private_loopback(),
                                           grader::private_loopback()};
  for (std::size_t good = 0; good < addresses.size(); ++good) {
    ScriptedServer server{addresses[good]};
    const std::uint16_t port = server.address().port;
    Launch named = launch({"servidor.prueba", std::to_string(port)});
    named.hosts = hosts_file(addresses);
    Program client{named};
    const Connection connection = accepted(server, client);
    client.rest();
    if (client.sockets().size() > 1) {
      fail(client, "un solo socket abierto: el conectado",
           std::to_string(client.sockets().size()) + " sockets abiertos",
           "los sockets de las direcciones que fallaron no se cierran");
    }
  }
}

// Idea equivocada: «si no conecta, ya se verá al enviar».
TEST_F(Lab3, ReportsRefusedConnections) {
  const RefusingPort refuses{grader::private_loopback()};
  grader::narrate("núcleo  nadie escucha en " + refuses.address().text());
  Program client = starts({refuses.address().host, std::to_string(refuses.address().port)});
  client.ends(not_connected);
  std::string cause = "al acabarse la lista hay que lanzar el error del último connect()";
  if (client.errors().find(std::generic_category().message(0)) != std::string::npos) {
    cause =
        "errno ya no es el de connect(): guárdalo justo después, antes de que otra llamada lo cambie, y en la variable "
        "que luego lanzas";
  } else if (client.errors().find("connect: ") != std::string::npos) {
    cause = "ese no es el motivo que dejó connect(): ¿recibe la dirección de la lista, y lanzas su errno?";
  }
  expect_failure_with(client, std::generic_category().message(ECONNREFUSED), cause);
}

// Idea equivocada: «los errores de getaddrinfo() están en errno»: los devuelve ella, y los explica gai_strerror().
TEST_F(Lab3, TellsResolutionErrorsApart) {
  std::string cause = "los errores de getaddrinfo() no están en errno: los devuelve ella y los explica gai_strerror()";
  Program client = starts({"127.0.0.1", "servicio-que-no-existe"});
  client.ends();
  if (client.errors().find("connect: ") != std::string::npos)
    cause =
        "¿se comprueba que getaddrinfo() devuelva 0 antes de usar la lista? Si no lo devuelve, gai_strerror() dice por "
        "qué";
  expect_failure_with(client, ::gai_strerror(EAI_SERVICE), cause);
  if (!witness::available(witness::Capability::mount_namespaces))
    return;  // el nombre llegaría a un servidor de nombres
  Launch unknown = launch({"nadie.prueba", "80"});
  unknown.hosts = hosts_file({});
  Program lost{unknown};
  expect_failure_with(lost, ::gai_strerror(EAI_NONAME), cause);
}

// Idea equivocada: «la lista de getaddrinfo() se libera sola».
TEST_F(Lab3, FreesTheAddressList) {
  const auto expect_no_leak = [](Program& client) {
    client.closes_input();
    client.ends();
    if (client.errors().find("LeakSanitizer has encountered a fatal error") != std::string::npos) {
      grader::skip("LeakSanitizer no puede trabajar en esta máquina");
    }
    if (client.errors().find("detected memory leaks") != std::string::npos) {
      fail(client, "que al terminar no quede memoria sin liberar", client.how_it_ended(),
           "falta freeaddrinfo() en algún camino, quizá el del error");
    }
    if (const auto pending = client.pending_step(); pending && pending->number <= 5)
      fail(client, "que el programa termine", client.how_it_ended());
  };
  const RefusingPort refuses{grader::private_loopback()};
  Launch refused = launch({refuses.address().host, std::to_string(refuses.address().port)});
  refused.detect_leaks = true;
  Program without_connection{refused};
  expect_no_leak(without_connection);

  ScriptedServer server{grader::private_loopback()};
  Launch welcome = launch({server.address().host, std::to_string(server.address().port)});
  welcome.detect_leaks = true;
  Program client{welcome};
  const Connection connection = accepted(server, client);
  expect_no_leak(client);
}

// Idea equivocada: «los descriptores son solo de mi proceso»: los heredan los programas que ejecute, salvo con
// SOCK_CLOEXEC.
TEST_F(Lab3, IsNotInheritedByOtherPrograms) {
  Conversation talk;
  talk.client.rest();
  grader::expect_nothing_inherited(talk.client);
}

// Idea equivocada: «send() envía lo que hay en la pantalla»: se envía la línea entera, con su fin de línea y nada más.
TEST_F(Lab3, SendsWhatTheUserTypes) {
  Conversation talk;
  talk.server.expects_silence("el usuario todavía no ha escrito nada")
      .likely_cause(
          "cada línea se envía entera, con su fin de línea, tal como se escribió: quien decide si vale es el servidor");
  for (const std::string line : {"HELO", "lo que sea", "", "QUIT"}) {
    talk.client.types(line + '\n');
    talk.server.expects(line).sends("100 OK\n");
  }
}

// Idea equivocada: «DATA también se responde»: el servidor calla hasta que llega la línea de datos.
TEST_F(Lab3, AsksForTheData) {
  Conversation talk;
  talk.server.likely_cause(
      "la línea que sigue a DATA son datos: se envía siempre, esté vacía o diga QUIT, y no es una orden");
  for (const std::string data : {"hola, mundo", "QUIT", ""}) {
    talk.client.types("DATA\n");
    talk.server.expects("DATA").expects_silence("el usuario todavía no ha escrito la línea de datos");
    talk.client.prints("Input data to send: ",
                       "a DATA no se le responde: se piden los datos y se envían antes de esperar ninguna respuesta");
    talk.client.types(data + '\n');
    talk.server.expects(data).sends("300 DRCV\n");
    talk.client.prints("300 DRCV\n");
  }
}

// Idea equivocada: «una respuesta es una línea, y llega de una vez»: 400 tiene dos, y cualquiera puede llegar partida.
TEST_F(Lab3, PrintsEveryReplyLine) {
  Conversation talk;
  talk.client.types("HELO\n");
  talk.server.expects("HELO").sends_in_pieces({"100", " OK\r", "\n"});
  talk.client.prints("100 OK\n");
  talk.client.types("saluda\n");
  talk.server.expects("saluda").sends("400 BCMD\r\n");
  talk.client.prints("400 BCMD\n", "cada línea se muestra en cuanto llega: std::endl vacía el búfer");
  talk.server.sends("Command-description: Bad command\r\n");
  talk.client.prints("Command-description: Bad command\n",
                     "cuántas líneas tiene una respuesta lo dice protocol::lines_in_reply()");
  talk.client.types("HELO\n");
  talk.server.expects("HELO").sends("100 OK\n");
  talk.client.prints("100 OK\n");
}

// Idea equivocada: «el cliente acaba cuando quiere»: acaba cuando el servidor se despide, y lo cuenta con su estado.
TEST_F(Lab3, EndsAfterBye) {
  Conversation talk;
  talk.client.types("HELO\n");
  talk.server.expects("HELO").sends("100 OK\n");
  talk.client.types("QUIT\n");
  talk.server.expects("QUIT")
      .likely_cause("la despedida no es escribir QUIT, sino recibir 200 BYE: hay que esperarlo")
      .expects_silence("el servidor todavía no se ha despedido")
      .sends("200 BYE\n");
  const int status = talk.client.ends("200 BYE es el final de la conversación: converse() tiene que volver");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  fail(talk.client, "que termine con estado 0 después de 200 BYE", talk.client.how_it_ended(),
       "tras 200 BYE converse() vuelve sin lanzar nada: con break se sale del bucle, pero no de la función");
}

// Idea equivocada: «si el servidor cierra, ya está»: solo 200 BYE es un buen final, y el usuario quiere saberlo.
TEST_F(Lab3, ComplainsWhenItEndsBadly) {
  {
    Conversation talk;
    talk.client.types("HELO\n");
    talk.server.expects("HELO").closes();
    expect_complaint(talk.client, "el servidor cierra sin responder a HELO");
  }
  {
    Conversation talk;
    talk.client.types("HELO\n");
    talk.server.expects("HELO").resets();
    expect_complaint(talk.client, "el servidor reinicia la conexión sin responder a HELO");
  }
  {
    Conversation talk;
    talk.client.closes_input();
    expect_complaint(talk.client, "la entrada del usuario termina sin QUIT");
  }
}

}  // namespace
