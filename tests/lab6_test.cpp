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
    grader::whole_conversation(client);
  }
}

// Idea equivocada: «un recv() es un mensaje»: TCP entrega bytes, y la orden acaba donde está el fin de línea.
TEST_F(Lab6, WaitsForTheWholeLine) {
  Server server;
  Connection client = server.connect();
  grader::cut_conversation(client);
}

// Idea equivocada: «lo que sobra en el búfer, sobra»: es el principio de la orden siguiente.
TEST_F(Lab6, AnswersCommandsThatComeTogether) {
  Server server;
  Connection client = server.connect();
  grader::joined_conversation(client);
}

// Idea equivocada: «si empieza por HELO, es HELO», o «los datos son texto».
TEST_F(Lab6, FollowsTheGrammar) {
  Server server;
  Connection client = server.connect();
  // El fin de línea es LF, con un CR delante o sin él, y pueden llegar por separado.
  client.sends_byte_by_byte("HELO\r\n").expects("100 OK");
  using namespace std::string_view_literals;
  for (const std::string_view line : {"helo"sv, "HELO "sv, " HELO"sv, "HELOHELO"sv, "HEL"sv, ""sv, "HELO\0"sv,
                                      "HELO\r\r"sv, "DATA hola"sv, "QUIT ya"sv, "\xff\xfe\0%s%n"sv}) {
    client.sends(std::string{line} + '\n').expects({bad_command, description});
  }
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
    Server server;
    server.connect().half_closes().expects_close();
    Connection client = server.connect();
    client.sends(left).expects_consumed().half_closes().expects_close();
    server.expect_alive("un cliente que se va a media línea", "recv() devuelve 0 cuando el cliente ha cerrado");
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
    client.sends("LO\n").expects({bad_command, description});
    client.sends("HELO\n").expects("100 OK").sends("QUIT\n").expects("200 BYE").expects_close();
  }
}

// Idea equivocada: «si el cliente ha cerrado, no espera nada»: ha cerrado un sentido, y puede seguir leyendo.
TEST_F(Lab6, AnswersAfterHalfClose) {
  Server server;
  Connection client = server.connect();
  server.program().queues([&] { client.sends("HELO\nDATA\nhola\nsaluda\nHELO\nHE").half_closes(); });
  client.expects({"100 OK", "300 DRCV", bad_command, description, "100 OK"}).expects_close();
}

// Idea equivocada: «nadie enviará una línea tan larga»: o el búfer crece sin fin, o se llena y el servidor se atasca.
TEST_F(Lab6, BoundsTheLine) {
  Server server;
  {
    Connection client = server.connect();
    client.sends("DATA\n" + std::string(protocol::max_line, 'd') + '\n').expects("300 DRCV");
    client.sends("QUIT\n").expects("200 BYE").expects_close();
  }
  {
    Connection client = server.connect();
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
  server.expect_still_serving("un RST de un cliente que estaba en la cola", cause);
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
  client.reads_again().expects_repeatedly({bad_command, description}, many,
                                          "send() puede enviar solo una parte, o nada si no cabe: devuelve cuánto, y "
                                          "hay que enviar el resto");
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
    return server.program().descriptor_count();
  };
  narrate("C → S   1.000 clientes, uno tras otro: unos se despiden, otros se van y otros cortan");
  const std::size_t before = serve(0, 10);
  for (const auto& [first, last] : {std::pair{10, 100}, std::pair{100, clients}}) {
    const std::size_t after = serve(first, last);
    if (after <= before + tolerance) continue;
    fail(server.program(), std::to_string(before) + " descriptores abiertos, como tras el cliente 10",
         std::to_string(after) + " tras el cliente " + std::to_string(last),
         "las conexiones que acaban no se cierran, al menos por alguno de los caminos");
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
  server.expect_clean_end("tras SIGTERM sigue con el cliente que está dentro: también esa espera tiene que acabarse");
  client.expects_close();
}

// Idea equivocada: «solo se espera en recv()»: también en send(), y un cliente puede no leer nunca.
TEST_F(Lab6, EndsOnSigtermWhileSending) {
  Server server;
  Connection client = server.connect();
  grader::stops_reading_replies(server, client);
  server.terminate();
  const std::string cause = "tras SIGTERM sigue esperando a que el cliente lea: también esa espera tiene que acabarse";
  const Stop stop = server.program().wait(
      [&] { return server.program().status() && witness::descendants(server.program().supervisor()).empty(); });
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
  const std::string cause =
      "dos servidores no pueden compartir un puerto: bind() falla con EADDRINUSE (¿has puesto SO_REUSEPORT?)";
  const int status = second.ends(cause);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    fail(second, "un mensaje y un estado distinto de 0, porque el puerto está ocupado", second.how_it_ended(),
         "¿se comprueba lo que devuelve bind()?");
  }
  server.expect_alive("que otro intentara usar su puerto", "");
}

}  // namespace
