// Evaluador del laboratorio 5: un puerto que se puede volver a usar en el acto, y un cierre que no pierde nada.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "grader/lab.hpp"
#include "witness/descriptors.hpp"
#include "witness/quiescence.hpp"
#include "witness/sockets.hpp"

namespace {

using grader::Connection;
using grader::error_text;
using grader::fail;
using grader::Mismatch;
using grader::printable;
using grader::Program;
using witness::Address;
using witness::TcpState;
using Lab5 = grader::Lab;

bool starts_with(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

// Un socket de escucha abierto por la consola: su descriptor, y lo que dice de él el núcleo.
struct Listener {
  int descriptor;
  witness::Socket socket;
};

constexpr unsigned backlog = 7;

std::string listen_order(const Address& address) {
  return "listen " + address.host + ' ' + std::to_string(address.port) + ' ' + std::to_string(backlog);
}

// El socket de escucha del que habla la respuesta de la consola.
Listener listener_in(Program& console, const std::string& answer) {
  const std::string prefix = "descriptor ";
  if (!starts_with(answer, prefix)) {
    std::string cause;
    if (answer == error_text("setsockopt", ENOTSOCK)) {
      cause = "setsockopt() recibe otro descriptor: tiene que ser el del socket recién creado";
    } else if (starts_with(answer, "error: setsockopt")) {
      cause =
          "setsockopt() rechaza lo que recibe: el nivel es SOL_SOCKET, y el valor, un int del que se le da la "
          "dirección y el tamaño";
    }
    fail(console, "que open_listener() dé un socket de escucha", printable(answer), cause);
  }
  const int descriptor = std::stoi(answer.substr(prefix.size()));
  const auto inode = witness::socket_inode(console.pid(), descriptor);
  for (const witness::Socket& socket : witness::listening_tcp()) {
    if (socket.inode != inode) continue;
    grader::narrate("núcleo  el descriptor " + answer.substr(prefix.size()) + " escucha en " + socket.local.text());
    return {descriptor, socket};
  }
  fail(console, "que el socket esté en el estado LISTEN", "el núcleo no lo tiene entre los que escuchan",
       "falta llamar a listen()");
}

void expect_address(Program& console, const Listener& listener, const Address& expected, const std::string& cause) {
  if (listener.socket.local == expected) return;
  fail(console, "escuchar en " + expected.text(), "escucha en " + listener.socket.local.text(), cause);
}

constexpr const char* bind_unchecked =
    "bind() falló y no se le cuenta a quien llama: el socket acaba escuchando en otro puerto, el que da el núcleo";

Listener listening(Program& console) {
  const Address anywhere{AF_INET, grader::private_loopback(), 0};
  return listener_in(console, console.order(listen_order(anywhere)));
}

// Una conexión que la consola ya ha aceptado.
Connection accepted(Program& console, const Address& address) {
  Connection client = console.connect_to(address);
  console.order("accept");
  return client;
}

// Da la orden de cerrar, sin esperar a que termine: le toca al cliente.
void begins_to_close(Program& console) {
  grader::narrate("orden   \"close\"");
  console.types("close\n");
}

// El extremo del cliente, según el núcleo.
std::optional<witness::Socket> near_end(const Connection& client) {
  return witness::find_tcp(client.local(), client.remote());
}

// ¿Duerme el programa hasta que llegue algo por esta conexión? Nada, si no se ve en qué espera.
std::optional<bool> waits_for_input(Program& program, const Connection& client) {
  const auto far = client.far_end();
  if (!far || far->inode == 0) return false;
  const witness::Finding finding = witness::find_activity(program.supervisor());
  if (finding.activity == witness::Activity::opaque) return std::nullopt;
  for (const witness::Process& process : finding.processes) {
    for (const witness::Thread& thread : process.threads) {
      for (const witness::Watched& watched : thread.blocked.watched) {
        if (witness::socket_inode(process.pid, watched.descriptor) == far->inode) return true;
      }
    }
  }
  return false;
}

// El cliente tiene que recibir un FIN cuando todavía no ha cerrado él, y ninguna otra cosa.
void expect_fin(Connection& client, const std::string& cause_of_reset) {
  Program& program = client.program();
  const std::string expected = "que el servidor cierre primero: un FIN, con el cliente todavía sin cerrar";
  std::optional<witness::Socket> near;
  const grader::Stop stop = program.wait([&] {
    near = near_end(client);
    return !near || near->state == TcpState::close_wait;
  });
  if (stop.outcome == grader::Outcome::happened && !near) fail(program, expected, "un RST", cause_of_reset);
  if (stop.outcome == grader::Outcome::happened) {
    client.expects_close();
    return;
  }
  std::string cause;
  if (waits_for_input(program, client).value_or(false)) {
    cause =
        "lee hasta que el cliente cierre, y el cliente espera a que cierre el servidor: primero el FIN, con "
        "shutdown(…, SHUT_WR), y después leer";
  } else if (const auto far = client.far_end(); far && far->inode != 0) {
    cause = "nadie ha enviado el FIN ni ha cerrado el descriptor de la conexión";
  }
  fail(program, expected, stop, cause);
}

// El servidor está entre su FIN y el del cliente: la conexión tiene que seguir siendo suya.
void expect_waiting(const Connection& client, const std::string& cause) {
  Program& program = client.program();
  const std::string expected = "que espere el fin de archivo del cliente con la conexión abierta (FIN_WAIT2)";
  const grader::Stop stop = program.rest();
  if (!stop.at_rest()) fail(program, expected, stop, cause);
  const auto far = client.far_end();
  if (!far || far->inode == 0) fail(program, expected, "ya ha cerrado el descriptor de la conexión", cause);
  if (stop.outcome == grader::Outcome::pausing && waits_for_input(program, client)) {
    // Espera con un límite: ¿cierra cuando se cumple, o sigue esperando?
    const auto closed = [&] {
      const auto end = client.far_end();
      return !end || end->inode == 0;
    };
    if (program.wait(closed).outcome == grader::Outcome::happened)
      fail(program, expected, "al pasar un tiempo, ha cerrado el descriptor de la conexión", cause);
  }
  if (!waits_for_input(program, client).value_or(true))
    fail(program, expected, "tiene abierto el descriptor, pero no espera que llegue nada por él", cause);
  grader::narrate("núcleo  el programa " + stop.program + ", y su extremo está en " + witness::name(far->state));
}

// La conexión no se ha reiniciado, y el programa ha leído todo lo que le ha llegado.
void expect_read(const Connection& client, std::uint64_t sent, const std::string& cause) {
  Program& program = client.program();
  std::optional<witness::Socket> near;
  bool acknowledged = true;
  grader::Stop stop;
  do {
    stop = program.wait([&] {
      near = near_end(client);
      const auto far = client.far_end();
      if (!near || !far) return true;
      acknowledged = far->bytes_received || near->send_queue == 0;
      const bool arrived = far->bytes_received ? *far->bytes_received >= sent : acknowledged;
      return arrived && far->receive_queue == 0;
    });
    // Sin sock_diag solo se sabe que ha llegado por su acuse de recibo, que el núcleo puede retrasar.
  } while (stop.at_rest() && !acknowledged);
  if (!near) fail(program, "que el servidor lea, y descarte, lo que llegue después de su FIN", "un RST", cause);
  if (stop.outcome != grader::Outcome::happened)
    fail(program, "que el servidor lea, y descarte, lo que aún le llega", stop, cause);
}

// El cliente ya ha cerrado: el núcleo acaba el cierre por su cuenta. Espera a que lo haga, y devuelve lo que queda en
// el lado del servidor.
std::optional<witness::Socket> final_end(Program& program, const Address& server, const Address& client) {
  std::optional<witness::Socket> end;
  program.wait([&] {
    end = witness::find_tcp(server, client);
    return !end || (end->state != TcpState::established && end->state != TcpState::fin_wait1 &&
                    end->state != TcpState::fin_wait2 && end->state != TcpState::closing);
  });
  return end;
}

// Comprueba en el núcleo que la conexión queda en TIME_WAIT, y en el lado del servidor.
void expect_time_wait(Program& program, const Address& server, const Address& client) {
  const auto end = final_end(program, server, client);
  if (end && end->state == TcpState::time_wait) {
    grader::narrate("núcleo  en el lado del servidor, la conexión queda en TIME_WAIT");
    return;
  }
  const std::string expected = "que la conexión quede en TIME_WAIT en el lado del servidor, el que cierra primero";
  if (const auto other = witness::find_tcp(client, server); other && other->state == TcpState::time_wait)
    fail(program, expected, "está en TIME_WAIT en el lado del cliente", "el FIN del servidor salió el segundo");
  fail(program, expected, end ? std::string{"está en "} + witness::name(end->state) : "ya no existe",
       "con SO_LINGER y tiempo cero, cerrar reinicia la conexión en vez de terminarla");
}

// Deja de golpe el puerto con una conexión en TIME_WAIT: el proceso muere y el núcleo cierra por él.
void leave_time_wait(Program& console, const Address& address) {
  Connection client = accepted(console, address);
  grader::narrate("señal   SIGKILL: el servidor muere, y el núcleo cierra por él");
  console.signal(SIGKILL);
  console.ends();
  expect_fin(client, "SO_LINGER con tiempo cero reinicia la conexión al cerrar: no se evita así TIME_WAIT");
  client.closes();
  const auto end = final_end(console, address, client.local());
  if (!end) grader::skip("el núcleo de esta máquina no conserva las conexiones en TIME_WAIT");
  expect_time_wait(console, address, client.local());
}

// Lo que permite un socket de escucha a otro que quiera su dirección, si se puede leer.
struct Sharing {
  std::optional<int> reuse_address;
  std::optional<int> time_to_live;
};

Sharing sharing_of(const Program& console, int descriptor) {
  const pid_t pid = console.pid();
  return {witness::socket_option(pid, descriptor, SOL_SOCKET, SO_REUSEADDR),
          witness::socket_option(pid, descriptor, IPPROTO_IP, IP_TTL)};
}

// Por qué no se puede volver a usar la dirección de un socket de escucha que ya no existe; `again`, uno con un puerto
// elegido, como el que se quiere abrir.
std::string why_not_reusable(const Sharing& sharing, const Sharing& again) {
  if (!sharing.reuse_address)
    return "¿se pone SO_REUSEADDR con setsockopt(), en el nivel SOL_SOCKET y antes de bind()?";
  if (*sharing.reuse_address != 0 && again.reuse_address == 0)
    return "SO_REUSEADDR no se pone siempre: con el puerto 0 sí, y con otro no";
  if (*sharing.reuse_address != 0) return "SO_REUSEADDR está puesta, pero después de bind(), que ya no la ve";
  static_assert(SO_REUSEADDR == IP_TTL);
  if (sharing.time_to_live == 1)
    return "el nivel es SOL_SOCKET: en el de IP, la opción con ese número es IP_TTL, y ahora vale 1";
  return "SO_REUSEADDR no está puesta: ¿se llama a setsockopt(), con el nivel SOL_SOCKET y el valor 1, y se mira lo "
         "que devuelve?";
}

// Idea equivocada: «este laboratorio solo va de opciones»: sin dirección y sin cola no hay puerto que volver a usar.
TEST_F(Lab5, ListensWhereAsked) {
  Program console = starts();
  const std::string host = grader::private_loopback();
  const Address address{AF_INET, host, grader::unassigned_port(host)};
  const Listener listener = listener_in(console, console.order(listen_order(address)));
  expect_address(console, listener, address, "¿se asocia el socket con bind() a la dirección pedida?");
}

// Idea equivocada: «el backlog es el número de clientes que atiendo»: es cuántos esperan sin ser aceptados.
TEST_F(Lab5, BacklogIsTheAskedOne) {
  Program console = starts();
  const Listener listener = listening(console);
  const auto seen = witness::backlog(console.pid(), listener.descriptor, listener.socket);
  if (!seen) grader::skip("el núcleo de esta máquina no dice cuánto mide la cola de un socket de escucha");
  if (*seen == backlog) return;
  fail(console, "un backlog de " + std::to_string(backlog), "un backlog de " + std::to_string(*seen),
       "el segundo argumento de listen() no es el backlog pedido");
}

// Idea equivocada: «el puerto se libera cuando mi proceso termina»: no, si lo heredó otro que sigue en marcha.
TEST_F(Lab5, IsNotInheritedByOtherPrograms) {
  Program console = starts();
  listening(console);
  grader::expect_nothing_inherited(console);
}

// Idea equivocada: «si el servidor ya no está, su puerto está libre»: quedan sus conexiones en TIME_WAIT.
TEST_F(Lab5, RestartsAfterACrash) {
  Address address;
  Sharing sharing;
  {
    Program console = starts();
    const Listener listener = listening(console);
    address = listener.socket.local;
    sharing = sharing_of(console, listener.descriptor);
    leave_time_wait(console, address);
  }
  Program again = starts();
  const std::string answer = again.order(listen_order(address));
  const bool refused = answer.find("errno " + std::to_string(EADDRINUSE)) != std::string::npos;
  if (!refused && listener_in(again, answer).socket.local == address) return;
  const Address other{AF_INET, address.host, grader::unassigned_port(address.host)};
  const Listener possible = listener_in(again, again.order(listen_order(other)));
  const std::string cause = why_not_reusable(sharing, sharing_of(again, possible.descriptor));
  fail(again, "que se vuelva a escuchar en " + address.text(), printable(answer),
       refused ? cause : std::string{bind_unchecked} + "; y falló porque " + cause);
}

// Por qué un socket de escucha comparte su puerto con otro vivo.
std::string why_shared(const Program& console, int descriptor) {
  const std::string shares = "SO_REUSEPORT deja que dos servidores vivos compartan el puerto: ";
  if (sharing_of(console, descriptor).reuse_address == 0)
    return shares + "la opción que hace falta es otra, SO_REUSEADDR (unir las dos con | da SO_REUSEPORT)";
  return shares + "basta con SO_REUSEADDR";
}

// Idea equivocada: «cuanto más se permita, mejor»: dos servidores vivos en el mismo puerto se reparten los clientes.
TEST_F(Lab5, RefusesASecondLiveServer) {
  Program first = starts();
  const Address address = listening(first).socket.local;
  Program second = starts();
  const std::string answer = second.order(listen_order(address));
  const std::string expected = error_text("bind", EADDRINUSE);
  if (answer != expected) {
    std::string cause = "¿se comprueba lo que devuelve bind(), y se lanza su errno con el nombre de la llamada?";
    if (starts_with(answer, "descriptor ")) {
      const Listener listener = listener_in(second, answer);
      cause = listener.socket.local == address ? why_shared(second, listener.descriptor) : bind_unchecked;
    }
    fail(second, Mismatch{expected, answer, "con otro servidor vivo en " + address.text()}, cause);
  }
  if (second.sockets().empty()) return;
  fail(second, "ningún socket abierto tras el error de bind()",
       "queda abierto el descriptor " + std::to_string(second.sockets().front().number),
       "al fallar una llamada hay que cerrar el socket ya creado; un kit::Descriptor lo hace por ti");
}

// Idea equivocada: «primero leo hasta el final y luego cierro»: si los dos esperan el FIN del otro, no cierra nadie.
TEST_F(Lab5, SendsItsFinFirst) {
  Program console = starts();
  Connection client = accepted(console, listening(console).socket.local);
  begins_to_close(console);
  expect_fin(client, "cerrar con SO_LINGER a cero no termina la conexión: la reinicia");
}

// Idea equivocada: «cerrar es cosa de uno»: hasta que no cierra el otro extremo, no se sabe si le ha llegado todo.
TEST_F(Lab5, WaitsForThePeerToClose) {
  Program console = starts();
  const Address address = listening(console).socket.local;
  const std::string cause =
      "tras shutdown(…, SHUT_WR) hay que leer hasta que recv() dé 0; con SHUT_RD o SHUT_RDWR, da 0 "
      "en el acto";
  Connection client = accepted(console, address);
  begins_to_close(console);
  expect_fin(client, {});
  expect_waiting(client, cause);
  if (console.output().find("cerrada") != std::string::npos) {
    fail(console, "que close_in_order() vuelva cuando cierre el cliente", "ha vuelto antes, y sin cerrar el descriptor",
         cause);
  }
  const Address from = client.local();
  client.closes();
  const std::string answer = console.prints_line("el cliente ya ha cerrado: recv() ha devuelto 0, y ese es el final");
  if (answer != "cerrada") fail(console, Mismatch{"cerrada", answer});
  expect_time_wait(console, address, from);

  // Y si el cliente ya había cerrado, no espera a nadie.
  Connection hasty = accepted(console, address);
  hasty.half_closes();
  begins_to_close(console);
  console.prints_line("el cliente ya había cerrado: recv() devuelve 0 en el acto, y ese es el final");
  hasty.expects_close();
  console.rest();
  if (console.sockets().size() == 1) return;
  fail(console, "un solo socket abierto, el de escucha", std::to_string(console.sockets().size()) + " sockets abiertos",
       "close_in_order() tiene que dejar cerrada la conexión, sin copias: con release() o dup(), nadie la cierra");
}

// Idea equivocada: «si ya me he despedido, lo que llegue no importa»: cerrar con bytes sin leer envía un RST.
TEST_F(Lab5, ReadsWhatStillArrives) {
  Program console = starts();
  const std::string cause =
      "cerrar con bytes sin leer, o que lleguen después, envía un RST: lee hasta que recv() dé 0, "
      "no una sola vez";
  Connection client = accepted(console, listening(console).socket.local);
  const std::string unread(100'000, 'x');
  client.sends(unread);
  begins_to_close(console);
  expect_fin(client, cause);
  expect_read(client, unread.size(), cause);
  std::uint64_t sent = unread.size();
  for (const std::string piece : {"HELO\n", "DATA\n", "hola\n"}) {
    client.sends(piece);
    expect_read(client, sent += piece.size(), cause);
  }
  expect_waiting(client, cause);
  client.closes();
  const std::string answer = console.prints_line();
  if (answer != "cerrada") fail(console, Mismatch{"cerrada", answer});
}

// Idea equivocada: «recv() devuelve 0 o -1 cuando ya no hay más»: 0 es un final, y -1, que no llegó a haberlo.
TEST_F(Lab5, ReportsABrokenConnection) {
  Program console = starts();
  const Address address = listening(console).socket.local;
  {
    Connection client = accepted(console, address);
    begins_to_close(console);
    expect_fin(client, {});
    console.rest();
    client.resets();
    const std::string answer = console.prints_line();
    const std::string expected = error_text("recv", ECONNRESET);
    if (answer != expected)
      fail(console, Mismatch{expected, answer}, "recv() ha devuelto -1, que no es el fin de archivo");
  }
  {
    Connection client = accepted(console, address);
    client.resets();
    console.rest();
    const std::string answer = console.order("close");
    const std::string expected = error_text("shutdown", ENOTCONN);
    if (answer != expected) fail(console, Mismatch{expected, answer}, "¿se comprueba lo que devuelve shutdown()?");
  }
  console.rest();
  if (console.sockets().size() == 1) return;
  fail(console, "un solo socket abierto, el de escucha", std::to_string(console.sockets().size()) + " sockets abiertos",
       "la conexión también se cierra cuando close_in_order() termina con una excepción");
}

// Idea equivocada: «cierra el cliente, que es quien se despide»: tras QUIT cierra primero el servidor.
TEST_F(Lab5, ClosesFirstAfterQuit) {
  Program server = starts({"serve", grader::private_loopback(), "0", "5"});
  Connection client = server.connect();
  server.rest();
  if (const auto near = near_end(client); !near || near->state != TcpState::established) {
    fail(server, "que espere la primera orden del cliente", "cierra la conexión nada más aceptarla",
         "serve_and_close() tiene que conversar, con kit::serve_client(), antes de cerrar");
  }
  grader::whole_conversation(client);
  const Address from = client.local();
  const Address address = client.remote();
  client.closes();
  expect_time_wait(server, address, from);
}

// Muchas respuestas de golpe para quien aún no lee: al cerrar, casi todas están todavía en la cola del servidor. El
// cliente ha cerrado ya su sentido de envío, o sigue enviando.
void expect_late_delivery(Program& server, const Address& address, bool half_closes, const std::string& cause) {
  constexpr std::size_t replies = 4000;
  Connection late = server.connect_to(address);
  late.likely_cause(cause).stops_reading().sends(std::string(replies, '\n') + "QUIT\n");
  if (half_closes) late.half_closes();
  std::optional<witness::Socket> far;
  server.wait([&] {
    far = late.far_end();
    return !far || (far->state != TcpState::established && far->state != TcpState::close_wait);
  });
  server.rest();  // lo que haga al cerrar, antes de que nadie lea
  if (far) {
    grader::narrate("núcleo  el servidor está en " + std::string{witness::name(far->state)} + ", con " +
                    std::to_string(far->send_queue) + " bytes por entregar");
  }
  if (!half_closes) late.sends("HELO\n");
  late.reads_again().expects_repeatedly({"400 BCMD", "Command-description: Bad command"}, replies);
  late.expects("200 BYE").expects_close();
}

// Idea equivocada: «lo que send() aceptó ya ha llegado»: puede estar en la cola del núcleo, y un RST la tira.
TEST_F(Lab5, LosesNothingAtClose) {
  Program server = starts({"serve", grader::private_loopback(), "0", "5"});
  const Address address = server.listening().front().local;
  const std::string cause =
      "serve_and_close() no espera a que cierre el cliente: la conexión tiene que cerrarla close_in_order()";
  Connection talkative = server.connect_to(address);
  talkative.sends("QUIT\n").expects("200 BYE");
  expect_fin(talkative, cause);
  talkative.sends("HELO\n");
  expect_read(talkative, 10, cause);
  talkative.closes();

  expect_late_delivery(server, address, false, cause);
  expect_late_delivery(server, address, true,
                       "al cerrar se tira lo que espera en la cola del núcleo: ¿SO_LINGER a cero?");
}

// Idea equivocada: «para reiniciar el servidor hay que esperar un minuto, o cambiar de puerto».
TEST_F(Lab5, RestartsAfterItsOwnClose) {
  Address address;
  {
    Program server = starts({"serve", grader::private_loopback(), "0", "5"});
    address = server.listening().front().local;
    Connection client = server.connect_to(address);
    grader::whole_conversation(client);
    const Address from = client.local();
    client.closes();
    expect_time_wait(server, address, from);
  }
  Program again = starts({"serve", address.host, std::to_string(address.port), "5"});
  again.listening();
  Connection client = again.connect_to(address);
  grader::whole_conversation(client);
}

// Idea equivocada: «si un cliente corta, el error es mío»: es de esa conexión, y los demás clientes esperan.
TEST_F(Lab5, SurvivesClientsThatReset) {
  Program server = starts({"serve", grader::private_loopback(), "0", "5"});
  const Address address = server.listening().front().local;
  const std::string cause =
      "la excepción de close_in_order() se escapa de serve_and_close(): hay que capturar std::system_error y contarlo";
  for (const bool said_goodbye : {true, false}) {
    Connection client = server.connect_to(address);
    client.sends("HELO\n").expects("100 OK");
    if (said_goodbye) client.sends("QUIT\n").expects("200 BYE").expects_close();
    server.rest();
    client.resets();
    if (const grader::Stop stop = server.rest(); !stop.at_rest())
      fail(server, "que el servidor siga esperando clientes", stop, cause);
    if (grades_file() && server.errors().empty()) {
      fail(server, "que se cuente en la salida de errores que a un cliente se le ha roto la conexión",
           "no se dice nada", "una excepción capturada y callada es un error que nadie verá: su what() va a std::cerr");
    }
  }
  Connection client = server.connect_to(address);
  grader::whole_conversation(client);
}

// Idea equivocada: «cada descriptor se cierra solo»: uno por cliente, y un servidor no dura el día.
TEST_F(Lab5, LeavesNothingOpen) {
  constexpr int clients = 20;
  Program server = starts({"serve", grader::private_loopback(), "0", std::to_string(clients)});
  const Address address = server.listening().front().local;
  for (int i = 0; i < clients; ++i) {
    Connection client = server.connect_to(address);
    if (i % 2 == 0) {
      client.sends("HELO\nQUIT\n").expects({"100 OK", "200 BYE"}).expects_close();
      client.closes();
    } else {
      client.sends("HELO\nDA").expects("100 OK");
      client.half_closes().expects_close();
    }
  }
  const grader::Stop stop = server.rest();
  if (!stop.at_rest()) fail(server, "que el servidor siga esperando clientes", stop);
  if (server.sockets().size() == 1) return;
  fail(server, "un solo socket abierto, el de escucha", std::to_string(server.sockets().size()) + " sockets abiertos",
       "serve_and_close() tiene que cerrar la conexión por todos los caminos");
}

}  // namespace
