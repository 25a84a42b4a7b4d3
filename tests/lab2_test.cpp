// Evaluador del laboratorio 2: un socket de escucha en la dirección, el puerto y con la cola pedidos; aceptar clientes.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
#include <fstream>
#include <regex>
#include <string>
#include <system_error>
#include <vector>

#include "grader/lab.hpp"
#include "witness/descriptors.hpp"
#include "witness/sockets.hpp"

namespace {

using grader::error_text;
using grader::fail;
using grader::Mismatch;
using grader::printable;
using grader::Program;
using grader::swapped;
using Lab2 = grader::Lab;

// Manda escuchar a la consola y devuelve el número de descriptor que dio open_listener().
int listening(Program& console, const std::string& host, std::uint16_t port, int backlog) {
  const std::string answer =
      console.order("listen " + host + ' ' + std::to_string(port) + ' ' + std::to_string(backlog));
  const std::string prefix = "descriptor ";
  if (answer.rfind(prefix, 0) == 0) return std::stoi(answer.substr(prefix.size()));
  std::string cause;
  if (answer.find("errno " + std::to_string(EADDRNOTAVAIL)) != std::string::npos) {
    cause =
        "esa dirección no es la de esta máquina: ¿es sin_addr la pedida, que inet_pton() ya deja en el orden de bytes "
        "de "
        "red, y está la estructura entera a cero antes de rellenarla?";
  } else if (answer.find("errno " + std::to_string(EINVAL)) != std::string::npos) {
    cause =
        "bind() no entiende lo que recibe: ¿le pasas sizeof de la estructura, y no de un puntero, y va antes de "
        "listen()?";
  } else if (answer.find("errno " + std::to_string(EAFNOSUPPORT)) != std::string::npos) {
    cause = "falta sin_family = AF_INET";
  } else if (answer.find("errno " + std::to_string(EOPNOTSUPP)) != std::string::npos) {
    cause = "no se puede escuchar con ese tipo de socket: tiene que ser SOCK_STREAM";
  }
  fail(console,
       "que open_listener(\"" + host + "\", " + std::to_string(port) + ", " + std::to_string(backlog) +
           ") dé un socket de escucha",
       printable(answer), cause);
}

// Un cliente aceptado por la consola, según ella.
struct Accepted {
  int descriptor;
  std::string peer;
};

Accepted accepted(Program& console) {
  static const std::regex form{R"(descriptor (-?\d+) cliente (.*))"};
  const std::string answer = console.order("accept", "accept_client() acepta un cliente, y con ese vuelve");
  std::smatch parts;
  if (!std::regex_match(answer, parts, form)) {
    const auto says = [&](int error) { return answer.find("errno " + std::to_string(error)) != std::string::npos; };
    std::string cause;
    if (says(EINVAL))
      cause = "la longitud que recibe accept() tiene que valer sizeof de la dirección antes de llamarla";
    if (says(ENOTCONN)) cause = "el socket de escucha no está conectado con nadie: habla con el que da accept()";
    fail(console, "que accept_client() dé la conexión con el cliente", printable(answer), cause);
  }
  return {std::stoi(parts[1].str()), parts[2].str()};
}

// Ese descriptor de la consola tiene que ser el otro extremo de la conexión.
void expect_other_end(Program& console, int descriptor, const grader::Connection& client) {
  const auto far = client.far_end();
  if (far && far->inode == witness::socket_inode(console.pid(), descriptor)) return;
  fail(console,
       "que el descriptor " + std::to_string(descriptor) + " sea el otro extremo de la conexión con " +
           client.local().text(),
       "no lo es", "accept_client() no devuelve lo que dio accept(), o lo cierra antes de volver");
}

// El socket de escucha que hay detrás de un descriptor, según el núcleo.
witness::Socket listener_behind(Program& console, int descriptor) {
  const auto inode = witness::socket_inode(console.pid(), descriptor);
  if (!inode) fail(console, "que el descriptor " + std::to_string(descriptor) + " sea un socket", "no lo es");
  for (const witness::Socket& socket : witness::listening_tcp()) {
    if (socket.inode == *inode) {
      grader::narrate("núcleo  el descriptor " + std::to_string(descriptor) + " escucha en " + socket.local.text());
      return socket;
    }
  }
  fail(console, "que el socket esté en el estado LISTEN", "el núcleo no lo tiene entre los que escuchan",
       "falta llamar a listen()");
}

void expect_address(Program& console, const witness::Socket& listener, const std::string& host, std::uint16_t port) {
  const witness::Address expected{AF_INET, host, port == 0 ? listener.local.port : port};
  if (listener.local == expected) return;
  std::string cause;
  if (listener.local.port == swapped(expected.port)) {
    cause = "el puerto tiene los bytes al revés: falta htons()";
  } else if (listener.local.port != expected.port && listener.local.host == host) {
    cause = "el puerto que recibe bind() no es el pedido: ¿es htons(), de 16 bits, lo que escribe sin_port?";
  } else if (listener.local.port != expected.port) {
    cause = "el núcleo ha elegido otro puerto: ¿se asocia el socket con bind() antes de listen()?";
  } else if (listener.local.host == "0.0.0.0") {
    cause = "escucha en todas las direcciones (INADDR_ANY): en sin_addr no está la pedida";
  } else {
    cause = "la dirección no es la pedida: inet_pton() ya la deja en el orden de bytes de red";
  }
  fail(console, "escuchar en " + expected.text(), "escucha en " + listener.local.text(), cause);
}

void expect_nothing_open(Program& console, const std::string& after) {
  if (console.sockets().empty()) return;
  fail(console, "ningún socket abierto tras " + after,
       "queda abierto el descriptor " + std::to_string(console.sockets().front().number),
       "al fallar una llamada hay que cerrar el socket ya creado; un kit::Descriptor lo hace por ti");
}

void expect_bind_error(Program& console, const std::string& host, std::uint16_t port, int error) {
  const std::string answer = console.order("listen " + host + ' ' + std::to_string(port) + " 5");
  const std::string expected = error_text("bind", error);
  if (answer != expected) {
    std::string cause = "¿se comprueba lo que devuelve bind(), y se lanza su errno con el nombre de la llamada?";
    if (answer.rfind("error: ", 0) == 0 && answer.find("errno ") == std::string::npos)
      cause = "la excepción tiene que ser std::system_error: lleva el errno de bind(), además del texto";
    if (answer.rfind("descriptor", 0) == 0)
      cause = "bind() tenía que fallar: ¿se comprueba lo que devuelve, y recibe la dirección pedida?";
    fail(console, Mismatch{expected, answer}, cause);
  }
  expect_nothing_open(console, "el error de bind()");
}

// Idea equivocada: «el puerto 8080 es un int como otro cualquiera»: en la red va con el byte más significativo primero.
TEST_F(Lab2, ListensWhereAsked) {
  Program console = starts();
  const std::string host = grader::private_loopback();
  const std::uint16_t port = grader::unassigned_port(host);
  expect_address(console, listener_behind(console, listening(console, host, port, 5)), host, port);
}

// Idea equivocada: «el puerto 0 es un error»: significa que lo elija el núcleo.
TEST_F(Lab2, PortZeroLetsTheKernelChoose) {
  Program console = starts();
  const std::string host = grader::private_loopback();
  // Dos a la vez: un puerto fijo, puesto en lugar del 0, no sirve para los dos.
  for (int i = 0; i < 2; ++i) {
    const std::string answer = console.order("listen " + host + " 0 5");
    if (answer.rfind("descriptor ", 0) != 0) {
      fail(console, "dos sockets de escucha, cada uno en el puerto que elija el núcleo", printable(answer),
           "el puerto 0 llega a bind() tal cual: ni se rechaza ni se cambia por uno fijo");
    }
    const int descriptor = std::stoi(answer.substr(std::string{"descriptor "}.size()));
    expect_address(console, listener_behind(console, descriptor), host, 0);
  }
}

// Idea equivocada: «el backlog es el número de clientes que atiendo»: es cuántos esperan sin ser aceptados.
TEST_F(Lab2, BacklogIsTheAskedOne) {
  for (const int backlog : {1, 7, 40}) {
    Program console = starts();
    const int descriptor = listening(console, grader::private_loopback(), 0, backlog);
    const witness::Socket listener = listener_behind(console, descriptor);
    const auto seen = witness::backlog(console.pid(), descriptor, listener);
    if (seen) {
      if (*seen == static_cast<unsigned>(backlog)) continue;
      fail(console, "un backlog de " + std::to_string(backlog), "un backlog de " + std::to_string(*seen),
           "el segundo argumento de listen() no es el backlog pedido");
    }
    // Sin forma de leerlo, por su efecto: Linux admite backlog + 1 conexiones, y la siguiente se queda en SYN_SENT.
    std::vector<grader::Connection> clients;
    for (int i = 0; i <= backlog; ++i) clients.push_back(console.connect_to(listener.local));
    const grader::Connection refused = console.begins_connecting(listener.local);
    console.rest();
    if (refused.established()) {
      fail(console, "que la cola admita " + std::to_string(backlog + 1) + " conexiones y ninguna más",
           "ha admitido otra", "el segundo argumento de listen() no es el backlog pedido");
    }
  }
}

// Idea equivocada: «si el texto no es una dirección, ya fallará algo»: inet_addr() da 255.255.255.255 y nadie se
// entera.
TEST_F(Lab2, RejectsAnAddressThatIsNotOne) {
  Program console = starts();
  for (const std::string address : {"300.1.1.1", "127.0.0", "localhost"}) {
    const std::string answer = console.order("listen " + address + " 0 5");
    if (answer.rfind("error: ", 0) != 0 || answer.find("errno") != std::string::npos) {
      fail(console, "un error que diga que " + printable(address) + " no es una dirección IPv4", printable(answer),
           "comprueba que inet_pton() devuelva 1: con otro valor la dirección no se ha escrito. Otras funciones "
           "admiten más de lo que es una dirección");
    }
    expect_nothing_open(console, "rechazar la dirección");
  }
}

// Idea equivocada: «si bind() falla, el programa terminará y ya está»: quien llama quiere el motivo, y el socket
// cerrado.
TEST_F(Lab2, ReportsAddressInUse) {
  const grader::ScriptedServer occupant{grader::private_loopback()};
  grader::narrate("núcleo  otro programa escucha ya en " + occupant.address().text());
  Program console = starts();
  expect_bind_error(console, occupant.address().host, occupant.address().port, EADDRINUSE);
}

// Idea equivocada: «cualquiera puede usar el puerto 80».
TEST_F(Lab2, ReportsPermissionDenied) {
  grader::Launch unprivileged = launch({});
  unprivileged.may_bind_privileged_ports = false;
  Program console{unprivileged};
  int first_free = 1024;
  std::ifstream{"/proc/sys/net/ipv4/ip_unprivileged_port_start"} >> first_free;
  if (first_free > 1) {
    expect_bind_error(console, grader::private_loopback(), static_cast<std::uint16_t>(first_free - 1), EACCES);
  } else {
    // Esta máquina deja todos los puertos a cualquiera: otra causa de rechazo, una dirección que no es suya (RFC 5737).
    expect_bind_error(console, "192.0.2.1", 0, EADDRNOTAVAIL);
  }
}

// Idea equivocada: «se habla con el cliente por el socket de escucha»: accept() da otro, y el de escucha sigue a lo
// suyo.
TEST_F(Lab2, AcceptsOnAnotherDescriptor) {
  Program console = starts();
  const int descriptor = listening(console, grader::private_loopback(), 0, 5);
  const witness::Socket listener = listener_behind(console, descriptor);
  std::vector<grader::Connection> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(console.connect_to(listener.local));
    const int connection = accepted(console).descriptor;
    if (connection == descriptor) {
      fail(console, "un descriptor nuevo para la conexión", "el del propio socket de escucha",
           "hay que usar lo que devuelve accept()");
    }
    expect_other_end(console, connection, clients.back());
    const auto still = witness::find_tcp(listener.local, {AF_INET, {}, 0});
    if (!still || still->inode != listener.inode) {
      fail(console, "que el socket de escucha siga en LISTEN", "ya no escucha",
           "aceptar no cierra el socket de escucha: sigue para los demás clientes");
    }
  }
}

// Idea equivocada: «el puerto del cliente es el del servidor», o «sin_port se puede imprimir tal cual».
TEST_F(Lab2, TellsThePeerAddress) {
  Program console = starts();
  const witness::Socket listener = listener_behind(console, listening(console, grader::private_loopback(), 0, 5));
  for (const std::string& from : {std::string{"127.0.0.2"}, grader::private_loopback()}) {
    const grader::Connection client = console.connect_to(listener.local, from);
    const std::string told = accepted(console).peer;
    if (told == client.local().text()) continue;
    std::string cause = "¿recibe accept() una sockaddr_in a cero y su tamaño en una variable inicializada con sizeof?";
    const witness::Address reversed{AF_INET, client.local().host, swapped(client.local().port)};
    if (told == reversed.text()) cause = "el puerto llega en el orden de bytes de red: falta ntohs()";
    if (told.rfind(client.local().host, 0) != 0) {
      cause = told.rfind(':', 0) == 0
                  ? "inet_ntop() no ha escrito nada: ¿le caben INET_ADDRSTRLEN bytes, y lo compruebas?"
                  : "la dirección no es la que escribió accept(): la pasa a texto inet_ntop(), sin cambiarla";
      if (told == "0.0.0.0:0")
        cause = "accept() no ha escrito la dirección: recibe un puntero a ella y otro a su tamaño";
    }
    if (told == listener.local.text()) cause = "esa es la dirección local: la del otro extremo la da accept()";
    fail(console, Mismatch{client.local().text(), told, "la dirección del cliente"}, cause);
  }
}

// Idea equivocada: «accept() solo falla si no hay clientes»: falla también, por ejemplo, cuando no quedan descriptores.
TEST_F(Lab2, ReportsAcceptError) {
  Program console = starts();
  const witness::Socket listener = listener_behind(console, listening(console, grader::private_loopback(), 0, 5));
  const grader::Connection client = console.connect_to(listener.local);
  const rlim_t usual = console.exhaust_descriptors();
  const std::string answer =
      console.order("accept", "si accept() falla se lanza una excepción: insistir no lo arregla");
  if (const std::string expected = error_text("accept", EMFILE); answer != expected) {
    fail(console, Mismatch{expected, answer},
         answer.rfind("error: ", 0) == 0 ? "el error tiene que llevar el errno de accept() y su nombre"
                                         : "comprueba lo que devuelve accept(): -1 significa que ha fallado");
  }
  console.limit_descriptors(usual);
  grader::narrate("núcleo  ahora puede volver a abrirlos");
  expect_other_end(console, accepted(console).descriptor, client);
}

// Idea equivocada: «los descriptores son solo de mi proceso»: los heredan los programas que ejecute, salvo con
// SOCK_CLOEXEC.
TEST_F(Lab2, IsNotInheritedByOtherPrograms) {
  Program console = starts();
  const witness::Socket listener = listener_behind(console, listening(console, grader::private_loopback(), 0, 5));
  grader::expect_nothing_inherited(console);
  const grader::Connection client = console.connect_to(listener.local);
  accepted(console);
  grader::expect_nothing_inherited(console);
}

// Idea equivocada: «un accept(), un programa»: el servidor atiende a un cliente y vuelve a aceptar.
TEST_F(Lab2, ServesOneClientAfterAnother) {
  Program server = starts({"serve", grader::private_loopback(), "0", "5"});
  if (const grader::Stop stop = server.rest(); stop.outcome == grader::Outcome::ended) {
    const bool nonblocking = server.errors().find(std::generic_category().message(EAGAIN)) != std::string::npos;
    fail(server, "que el servidor espere a su primer cliente", stop,
         nonblocking ? "accept() no espera: el socket de escucha es no bloqueante (SOCK_NONBLOCK)" : "");
  }
  for (int i = 0; i < 3; ++i) {
    auto client = server.connect();
    grader::whole_conversation(client);
  }
}

// Idea equivocada: «si el servidor está ocupado, connect() espera o falla»: el núcleo saluda por él y guarda la
// conexión.
TEST_F(Lab2, QueuesWhileItIsBusy) {
  Program server = starts({"serve", grader::private_loopback(), "0", "1"});
  const witness::Address address = server.listening().front().local;
  auto first = server.connect_to(address);
  first.sends("HELO\n").expects("100 OK");
  auto second = server.connect_to(address);
  auto third = server.connect_to(address);
  second.sends("HELO\n").expects_silence("el primer cliente no ha terminado");
  const auto listener = witness::find_tcp(address, {AF_INET, {}, 0});
  if (!listener || listener->receive_queue != 2) {
    fail(server, "dos conexiones en la cola del socket de escucha",
         std::to_string(listener ? listener->receive_queue : 0));
  }
  grader::narrate("núcleo  dos conexiones completas esperan en la cola (Recv-Q 2)");
  {
    const grader::Connection fourth = server.begins_connecting(address);
    server.rest();
    if (fourth.established()) {
      fail(server, "que la cuarta conexión se quede fuera (SYN_SENT): la cola está llena", "el núcleo la ha admitido",
           "el backlog que recibe listen() es mayor que el pedido");
    }
  }
  first.sends("QUIT\n").expects("200 BYE").expects_close();
  second.expects("100 OK");
  second.sends("QUIT\n").expects("200 BYE").expects_close();
  grader::whole_conversation(third);
}

// Idea equivocada: «los clientes se despiden siempre»: muchos desaparecen, y cada descriptor que no se cierra se
// pierde.
TEST_F(Lab2, SurvivesClientsThatReset) {
  constexpr int clients = 20;  // caben todos en la cola: ninguno espera a que el núcleo repita su SYN
  Program server = starts({"serve", grader::private_loopback(), "0", std::to_string(clients)});
  const witness::Address address = server.listening().front().local;
  for (int i = 0; i < clients; ++i) {
    auto client = server.connect_to(address);
    if (i % 2 == 0) client.sends("HELO\nDA");
    client.resets();
  }
  const grader::Stop stop = server.rest();
  if (!stop.at_rest()) {
    const bool gone = server.errors().find(std::generic_category().message(ENOTCONN)) != std::string::npos;
    fail(
        server, "que el servidor siga esperando clientes", stop,
        gone ? "getpeername() falla si el cliente ya se ha ido: su dirección la da accept(), que la sabe siempre" : "");
  }
  if (server.sockets().size() != 1) {
    fail(server, "un solo socket abierto, el de escucha", std::to_string(server.sockets().size()) + " sockets abiertos",
         "las conexiones de clientes que se fueron no se cierran");
  }
  auto client = server.connect_to(address);
  grader::whole_conversation(client);
}

}  // namespace
