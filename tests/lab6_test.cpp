// Evaluador del laboratorio 6: un servidor entero, en cualquier lenguaje, que atiende a un cliente detrás de otro.
//
// Se juzga por lo que hace y por lo que cuenta el núcleo del programa entero, con todos sus procesos. Terminar bien con
// SIGTERM es que no quede ningún proceso, que nadie escuche ya en el puerto y que el cliente que estaba dentro reciba
// un FIN.
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "grader/lab.hpp"
#include "grader/server.hpp"
#include "witness/process.hpp"
#include "witness/sockets.hpp"

namespace {

using grader::Connection;
using grader::fail;
using grader::narrate;
using grader::printable;
using grader::Program;
using grader::Server;
using grader::Stop;
using Lab6 = grader::Lab;

constexpr const char* bad_command = "400 BCMD";
constexpr const char* description = "Command-description: Bad command";

// Idea equivocada: «el puerto es un número, y ya lo entenderá el núcleo»: viaja en el orden de bytes de red.
TEST_F(Lab6, ListensOnTheAskedPort) {
  Server server;
  server.connect();
}

// Idea equivocada: «un servidor es un accept() y un recv()»: es una conversación, y después otra.
TEST_F(Lab6, SpeaksTheProtocol) {
  Server server;
  for (int i = 0; i < 2; ++i) {
    Connection client = server.connect();
    client.likely_cause("a HELO se responde con una línea, con su fin de línea y nada detrás");
    client.sends("HELO\n").expects("100 OK");
    client.likely_cause(
        "a DATA no se responde, ni acaba la conversación: se responde a la línea de datos que viene después");
    client.sends("DATA\n").expects_silence("tras DATA falta la línea de datos");
    client.sends("hola\n").expects("300 DRCV");
    client.likely_cause("a una orden que no existe se responde con dos líneas, y la conversación sigue");
    client.sends("saluda\n").expects({bad_command, description}).expects_silence("el cliente aún no ha dicho QUIT");
    client.likely_cause("a QUIT se responde con 200 BYE, y después se cierra la conexión");
    client.sends("QUIT\n").expects("200 BYE").expects_close();
    server.expect_alive("despedirse de un cliente",
                        "al acabar con uno se vuelve a accept(): ni se sale del bucle ni se cierra el socket de "
                        "escucha");
  }
  narrate("llega un cliente que no saluda");
  Connection client = server.connect();
  client.likely_cause("el protocolo no impone un orden: DATA y QUIT valen sin un HELO delante");
  client.sends("DATA\n").expects_consumed().sends("hola\n").expects("300 DRCV");
  client.sends("QUIT\n").expects("200 BYE").expects_close();
}

// Idea equivocada: «un recv() es un mensaje»: TCP entrega bytes, y la orden acaba donde está el fin de línea.
TEST_F(Lab6, WaitsForTheWholeLine) {
  Server server;
  Connection client = server.connect();
  client.likely_cause(
      "un recv() puede traer un trozo de línea: se añade a lo que ya había, y no se mira hasta que está su '\\n'");
  grader::cut_conversation(client);
}

// Idea equivocada: «lo que sobra en el búfer, sobra»: es el principio de la orden siguiente.
TEST_F(Lab6, AnswersCommandsThatComeTogether) {
  Server server;
  Connection client = server.connect();
  client.likely_cause(
      "un recv() puede traer varias líneas, y media más: se responden todas, y lo que sobra es el principio de la "
      "siguiente");
  grader::joined_conversation(client);
  Connection hasty = server.connect();
  const std::string cause = "con QUIT se acaba la conversación: a lo que venga detrás no se responde";
  hasty.likely_cause(cause).sends("QUIT\nHELO\n").expects_ending_after({"200 BYE"}, cause);
}

// Idea equivocada: «si empieza por HELO, es HELO», o «los datos son texto».
TEST_F(Lab6, FollowsTheGrammar) {
  Server server;
  Connection client = server.connect();
  // El fin de línea es LF, con un CR delante o sin él, y pueden llegar por separado.
  client.likely_cause("el CR que va justo delante del LF no es de la orden: se quita con él");
  client.sends_byte_by_byte("HELO\r\n").expects("100 OK");
  using namespace std::string_view_literals;
  const std::vector<std::pair<std::string, std::vector<std::string_view>>> wrong{
      {"las órdenes van en mayúsculas: «helo» no es HELO", {"helo"sv}},
      {"no se quitan los espacios de una línea", {"HELO "sv, " HELO"sv}},
      {"se compara la línea entera, y no solo el principio", {"HELOHELO"sv, "HEL"sv, "DATA hola"sv, "QUIT ya"sv}},
      {"una línea vacía también es una línea, y no es una orden", {""sv}},
      {"del final de la línea se quita un CR, y solo uno", {"HELO\r\r"sv}},
      {"el byte nulo es un byte más: en él se paran strcmp(), strlen() y %s", {"HELO\0"sv, "\xff\xfe\0%s%n"sv}},
  };
  for (const auto& [cause, lines] : wrong) {
    client.likely_cause(cause);
    for (const std::string_view line : lines) {
      client.sends(std::string{line} + '\n').expects({bad_command, description});
    }
  }
  client.likely_cause(
      "tras DATA, la línea siguiente son datos: aunque esté vacía, diga QUIT o lleve bytes nulos, se responde 300");
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != '\n') every_byte += static_cast<char>(byte);
  }
  for (const std::string& data : {std::string{}, std::string{"QUIT"}, std::string{"\r"}, every_byte}) {
    client.sends("DATA\n").expects_consumed().sends(data + '\n').expects("300 DRCV");
  }
  client.sends("QUIT\n").expects("200 BYE").expects_close();
}

// Idea equivocada: «si el servidor está ocupado, el segundo cliente no puede conectar»: el núcleo lo hace esperar.
TEST_F(Lab6, ServesOneClientAtATime) {
  Server server;
  Connection first = server.connect();
  first.sends("HELO\n").expects("100 OK");
  narrate("llega un segundo cliente");
  Connection second = server.connect();
  second.sends("HELO\n");
  const Stop stop = server.program().rest();
  if (!stop.at_rest()) fail(server.program(), "que el servidor espere al primer cliente", stop);
  const auto far_end = second.far_end();
  if (!far_end || far_end->inode != 0) {
    fail(server.program(), "que el segundo cliente espere en la cola de conexiones pendientes", "ya lo ha aceptado",
         "este servidor es iterativo: no llama a accept() hasta que ha acabado con el cliente anterior");
  }
  narrate("núcleo  el segundo cliente está en la cola, con " + std::to_string(far_end->receive_queue) +
          " bytes sin leer; " + stop.sentence());
  first.sends("HELO\n").expects("100 OK");
  first.sends("QUIT\n").expects("200 BYE").expects_close();
  narrate("ahora le toca al segundo cliente");
  second.expects("100 OK");
  second.sends("QUIT\n").expects("200 BYE").expects_close();
}

// Idea equivocada: «el cliente siempre termina lo que empieza»: si se va a media línea, esa línea no existió.
TEST_F(Lab6, IgnoresALineCutByEndOfFile) {
  // Si el servidor guardara para otro cliente lo que dejó este, sería otra falta: por eso, un servidor para cada caso.
  for (const std::string_view left : {"HELO", "DATA\n", "DATA\nho"}) {
    const std::string cause =
        "recv() devuelve 0 cuando el cliente ha cerrado: acaba esa conversación, y no el servidor";
    Server server;
    server.connect().half_closes().expects_close();
    server.expect_alive("un cliente que se va sin decir nada", cause);
    Connection client = server.connect();
    client.likely_cause("una línea sin su fin no existió: si el cliente se va, lo que quede a medias no se responde");
    client.sends(left).expects_consumed().half_closes().expects_close();
    server.expect_alive("un cliente que se va a media línea", cause);
  }
}

// Idea equivocada: «el búfer y el estado son del servidor»: son de cada cliente, y se van con él.
TEST_F(Lab6, ForgetsThePreviousClient) {
  Server server;
  for (const std::string_view left : {"DATA\n", "HE", "DATA\nHE"}) {
    Connection before = server.connect();
    before.sends(left).expects_consumed().half_closes().expects_close();
    narrate("llega otro cliente");
    Connection client = server.connect();
    client.likely_cause(
        "a este cliente le ha llegado algo del anterior: el búfer y el estado son de cada conversación, y se van con "
        "ella");
    client.sends("LO\n").expects({bad_command, description});
    client.sends("HELO\n").expects("100 OK").sends("QUIT\n").expects("200 BYE").expects_close();
  }
}

// Idea equivocada: «si el cliente ha cerrado, no espera nada»: ha cerrado un sentido, y puede seguir leyendo.
TEST_F(Lab6, AnswersAfterHalfClose) {
  Server server;
  Connection client = server.connect();
  client.likely_cause(
      "el FIN del cliente dice que no enviará más, no que no lea: se lee y se responde todo lo que envió, hasta que "
      "recv() dé 0");
  server.program().queues([&] { client.sends("HELO\nDATA\nhola\nsaluda\nHELO\nHE").half_closes(); });
  client.expects({"100 OK", "300 DRCV", bad_command, description, "100 OK"}).expects_close();
}

// Idea equivocada: «nadie enviará una línea tan larga»: o el búfer crece sin fin, o se llena y el servidor se atasca.
TEST_F(Lab6, BoundsTheLine) {
  Server server;
  {
    Connection client = server.connect();
    client.likely_cause("una línea de justo protocol::max_line bytes todavía vale");
    client.sends("DATA\n" + std::string(protocol::max_line, 'd') + '\n').expects("300 DRCV");
    client.sends("QUIT\n").expects("200 BYE").expects_close();
  }
  {
    Connection client = server.connect();
    client.likely_cause("a una línea demasiado larga se le responde 400, y después se cierra");
    client.sends(std::string(protocol::max_line + 1, 'x'));
    client.expects_ending_after({bad_command, description},
                                "ya pasa de protocol::max_line: no hay que esperar a un fin de línea que puede no "
                                "llegar, sino responder 400 y cerrar");
  }
  server.expect_still_serving("una línea demasiado larga", "solo se cierra la conexión de ese cliente");
}

// Idea equivocada: «si recv() falla, algo va muy mal»: solo se ha roto la conexión con un cliente.
TEST_F(Lab6, SurvivesResets) {
  Server server;
  const std::string cause =
      "si recv() o send() fallan, se ha roto una conexión: se cierra esa y se acepta al cliente siguiente";
  for (const std::string_view left : {"", "HE", "DATA\nho"}) {
    Connection client = server.connect();
    client.sends("HELO\n").expects("100 OK");
    if (!left.empty()) client.sends(left).expects_consumed();
    client.resets();
    server.expect_still_serving(left.empty() ? "un RST" : "un RST tras " + printable(left), cause);
  }
  {
    Connection client = server.connect();
    client.sends("HELO\n").expects("100 OK");
    server.program().queues([&] { client.sends("HELO\nHELO\nHELO\n").resets(); });
    server.expect_still_serving("un RST con respuestas pendientes", cause);
  }
  Connection first = server.connect();
  first.sends("HELO\n").expects("100 OK");
  narrate("otro cliente se va mientras está en la cola");
  server.connect().resets();
  first.sends("QUIT\n").expects("200 BYE").expects_close();
  server.expect_still_serving("un RST de un cliente que estaba en la cola",
                              "accept() da también la conexión de quien se fue antes: lo que falle con ella es solo "
                              "de esa conexión");
}

// Idea equivocada: «send() devuelve un error si el cliente ya no está»: antes de eso, SIGPIPE mata al proceso.
TEST_F(Lab6, SurvivesSigpipe) {
  Server server;
  Connection client = server.connect();
  client.sends("HELO\n").expects("100 OK");
  server.program().queues([&] { client.sends("HELO\nHELO\nHELO\nHELO\n").half_closes().resets(); });
  const auto died_by_sigpipe = [&] {
    const auto status = server.program().status();
    return status && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGPIPE;
  };
  server.program().rest();
  server.expect_still_serving("responder a un cliente que ya no está",
                              died_by_sigpipe() ? "con MSG_NOSIGNAL, send() devuelve EPIPE y no llega SIGPIPE"
                                                : "send() ha fallado con EPIPE: se cierra esa conexión, y se sigue");
}

// Idea equivocada: «send() envía todo lo que se le da»: si el cliente no lee, envía lo que cabe.
TEST_F(Lab6, WaitsForASlowReader) {
  Server server;
  Connection client = server.connect();
  const std::size_t many = grader::stops_reading_replies(server, client);
  server.program().queues([] {});  // una parada interrumpe send(), y devuelve lo que ya había tomado
  client.likely_cause(
      "send() puede enviar solo una parte, o nada si no cabe: devuelve cuánto, y hay que enviar el resto, y solo eso");
  client.reads_again().expects_repeatedly({bad_command, description}, many);
  client.sends("QUIT\n").expects("200 BYE").expects_close();
}

// Idea equivocada: «al acabar con un cliente ya se cerrará»: cada descriptor olvidado es uno menos, y el límite llega.
TEST_F(Lab6, LeaksNothing) {
  constexpr int clients = 1000;
  constexpr std::size_t tolerance = 8;  // algo que un intérprete abra por su cuenta; una fuga deja muchos más
  Server server;
  const auto serve = [&](int first, int last) {
    for (int i = first; i < last; ++i) {
      const grader::Aside only_the_failed_one;
      Connection client = server.connect();
      if (i % 10 < 8) {
        client.sends("QUIT\n").expects("200 BYE").expects_close();
      } else {
        client.sends("HELO\n").expects("100 OK");
        if (i % 10 == 8) client.half_closes().expects_close();
      }
      client.resets();  // tras el FIN del servidor, así no queda un TIME_WAIT por cliente
    }
    server.program().rest();
    return std::pair{server.program().descriptor_count(), server.program().sockets().size()};
  };
  narrate("C → S   1.000 clientes, uno tras otro: unos se despiden, otros se van y otros cortan");
  const auto [before, sockets_before] = serve(0, 10);
  for (const auto& [first, last] : {std::pair{10, 100}, std::pair{100, clients}}) {
    const auto [after, sockets_after] = serve(first, last);
    if (after <= before + tolerance) continue;
    fail(server.program(), std::to_string(before) + " descriptores abiertos, como tras el cliente 10",
         std::to_string(after) + " tras el cliente " + std::to_string(last),
         sockets_after > sockets_before + tolerance
             ? "son sockets: las conexiones que acaban no se cierran, al menos por alguno de los caminos"
             : "no son sockets: cada cliente deja abierto algo más que su conexión");
  }
}

// Idea equivocada: «se termina con Ctrl+C, y ya está»: quien administra una máquina envía SIGTERM y espera un final.
TEST_F(Lab6, EndsOnSigterm) {
  Server server;
  server.terminate();
  server.expect_clean_end("tras SIGTERM sigue esperando clientes: ¿vuelve accept(), y se mira por qué?");
}

// Idea equivocada: «ya terminará cuando se vaya el cliente»: el cliente puede no irse nunca.
TEST_F(Lab6, EndsOnSigtermWithAClientInside) {
  Server server;
  Connection client = server.connect();
  client.sends("HELO\n").expects("100 OK").sends("DATA\nho").expects_consumed();
  server.terminate();
  server.program().rest();
  const auto far_end = client.far_end();
  const bool inside = far_end && far_end->inode != 0;
  server.expect_clean_end(
      inside
          ? "tras SIGTERM sigue con el cliente que está dentro: también esa espera tiene que acabarse"
          : "SIGTERM ha acabado con ese cliente, pero no con el servidor: ¿captura alguien, dentro del bucle, lo que "
            "no es un error del cliente?");
  client.expects_close();
}

// Idea equivocada: «solo se espera en recv()»: también en send(), y un cliente puede no leer nunca.
TEST_F(Lab6, EndsOnSigtermWhileSending) {
  Server server;
  Connection client = server.connect();
  grader::stops_reading_replies(server, client);
  server.terminate();
  const std::string cause = "tras SIGTERM sigue esperando a que el cliente lea: también esa espera tiene que acabarse";
  const Stop stop = server.wait_until_gone();
  if (stop.outcome != grader::Outcome::happened) fail(server.program(), "que el programa termine", stop, cause);
  client.reads_again();  // hasta que no haya leído lo que había en camino, la conexión no acaba
  server.expect_clean_end(cause);
}

// Idea equivocada: «si el programa ha terminado, su puerto está libre»: queda en TIME_WAIT, salvo con SO_REUSEADDR.
TEST_F(Lab6, RestartsAtOnce) {
  std::uint16_t port = 0;
  {
    Server server;
    port = server.port();
    Connection client = server.connect();
    client.sends("HELO\n").expects("100 OK");
    narrate("núcleo  el servidor muere de golpe (SIGKILL) con el cliente dentro");
    server.program().signal_all(SIGKILL);
    client.expects_close();
    client.closes();
    server.program().rest();
    const auto remains = client.far_end();
    if (!remains || remains->state != witness::TcpState::time_wait) {
      grader::skip("el núcleo de esta máquina no guarda conexiones en TIME_WAIT");
    }
    narrate("núcleo  la conexión queda en TIME_WAIT en " + remains->local.text());
  }
  narrate("se arranca otra vez, en el mismo puerto");
  Program again = starts({std::to_string(port)});
  const Stop stop = again.wait([&] {
    const auto sockets = witness::listening_tcp();
    return std::any_of(sockets.begin(), sockets.end(), [port](const auto& s) { return s.local.port == port; });
  });
  if (stop.outcome != grader::Outcome::happened) {
    fail(again, "que escuche otra vez en el puerto " + std::to_string(port) + ", aunque haya un TIME_WAIT", stop,
         "sin SO_REUSEADDR, puesta antes de bind(), el puerto está ocupado hasta que acabe TIME_WAIT: un minuto");
  }
}

// Idea equivocada: «si bind() falla, el programa seguirá de alguna forma»: quien lo arrancó tiene que saberlo.
TEST_F(Lab6, ReportsABusyPort) {
  Server server;
  narrate("se arranca otro servidor en el mismo puerto");
  Program second = starts({std::to_string(server.port())});
  second.rest();
  const auto theirs = second.sockets();
  const auto listening = witness::listening_tcp();
  const bool shares = std::any_of(listening.begin(), listening.end(), [&](const auto& socket) {
    return socket.local.port == server.port() &&
           std::any_of(theirs.begin(), theirs.end(), [&](const auto& open) { return open.socket == socket.inode; });
  });
  const int status = second.ends(
      shares ? "dos servidores no pueden compartir un puerto, y con SO_REUSEPORT lo comparten: quítala"
             : "el puerto está ocupado: bind() ha fallado con EADDRINUSE, y el programa sigue como si nada");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    fail(second, "un mensaje y un estado distinto de 0, porque el puerto está ocupado", second.how_it_ended(),
         "¿se comprueba lo que devuelve bind()?");
  }
  server.expect_alive("que otro intentara usar su puerto", "");
}

}  // namespace
