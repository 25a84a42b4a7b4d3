// Evaluador del laboratorio 7: un servidor que atiende a todos sus clientes a la vez, de dos formas: con un proceso por
// cliente y con un hilo por cliente.
//
// Se juzga por lo que hace y por lo que cuenta el núcleo del programa entero, con todos sus procesos e hilos. Un
// programa entero en otro lenguaje (PROGRAM=) responde por los dos, y puede ser también un bucle de eventos: lo que es
// propio de los procesos o de los hilos se le pide según la forma que se le ve.
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grader/lab.hpp"
#include "grader/server.hpp"
#include "witness/descriptors.hpp"
#include "witness/process.hpp"
#include "witness/sockets.hpp"

namespace {

using grader::Connection;
using grader::fail;
using grader::narrate;
using grader::Server;
using grader::Stop;
using Lab7 = grader::Lab;

constexpr const char* processes = "procesos";
constexpr const char* threads = "hilos";
constexpr const char* bad_command = "400 BCMD";
constexpr const char* description = "Command-description: Bad command";

// Los procesos vivos, cuando el programa descansa.
std::vector<witness::Process> living(Server& server) {
  server.program().rest();
  std::vector<witness::Process> found = witness::look_at_program(server.program().supervisor());
  std::erase_if(found, [](const witness::Process& process) { return process.zombie; });
  return found;
}

bool contains(const std::vector<witness::Process>& processes_seen, pid_t pid) {
  return std::any_of(processes_seen.begin(), processes_seen.end(), [pid](const auto& each) { return each.pid == pid; });
}

std::size_t thread_count(const std::vector<witness::Process>& found) {
  std::size_t count = 0;
  for (const witness::Process& process : found) count += process.threads.size();
  return count;
}

bool has_zombies(Server& server) {
  const auto found = witness::look_at_program(server.program().supervisor());
  return std::any_of(found.begin(), found.end(), [](const witness::Process& process) { return process.zombie; });
}

// Todos los clientes, dentro a la vez: cada uno ha recibido una respuesta y ninguno se ha ido.
std::deque<Connection> gather(Server& server, int count) {
  std::deque<Connection> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(server.connect());
    clients.back().likely_cause("tienen que poder estar todos los clientes a la vez, aunque no se vaya ninguno");
    clients.back().sends("HELO\n").expects("100 OK");
  }
  return clients;
}

void say_goodbye(std::deque<Connection>& clients) {
  for (Connection& client : clients) client.sends("QUIT\n").expects("200 BYE").expects_close();
}

// El hijo que atiende a un cliente, si lo creó para él; nada en un servidor con hilos, un bucle de eventos o unos hijos
// que ya estaban antes de que llegara nadie.
std::optional<pid_t> child_of(Server& server, const Connection& client, const std::vector<witness::Process>& before) {
  const auto far = client.far_end();
  if (!far) return std::nullopt;
  for (const pid_t holder : server.holders(far->inode)) {
    if (!contains(before, holder)) return holder;
  }
  return std::nullopt;
}

// Un cliente callado, otro a medias, y los demás a lo suyo. Todavía no se va nadie.
void nobody_waits(const char* variant, const std::string& cause) {
  Server server{variant};
  Connection silent = server.connect();
  server.program().rest();
  narrate("el primer cliente no dice nada; llega otro");
  Connection halfway = server.connect();
  halfway.likely_cause(cause).sends("HELO\n").expects("100 OK");
  halfway.sends("DATA\nho").expects_consumed();
  narrate("el segundo se queda a media línea; llega un tercero");
  Connection third = server.connect();
  third.likely_cause(cause).sends("HELO\n").expects("100 OK");
  third.sends("DATA\nhola\n").expects("300 DRCV").sends("saluda\n").expects({bad_command, description});
  narrate("y los que callaban siguen donde estaban");
  halfway.sends("la\n").expects("300 DRCV");
  silent.likely_cause(cause).sends("HELO\n").expects("100 OK");
}

// Muchos a la vez, y se van en otro orden.
void everybody_inside(const char* variant) {
  constexpr int count = 12;
  Server server{variant};
  const std::vector<witness::Process> before = living(server);
  std::deque<Connection> clients = gather(server, count);
  const std::vector<witness::Process> during = living(server);
  narrate("núcleo  con " + std::to_string(count) + " clientes dentro hay " + std::to_string(during.size()) +
          " procesos y " + std::to_string(thread_count(during)) + " hilos");
  if (grader::Lab::grades_file()) {
    const bool by_processes = std::string_view{variant} == processes;
    const std::size_t grown =
        by_processes ? during.size() - before.size() : thread_count(during) - thread_count(before);
    if (grown < count || (!by_processes && during.size() != before.size())) {
      fail(server.program(),
           by_processes ? "un proceso más por cada cliente que está dentro"
                        : "un hilo más por cada cliente, y un solo proceso",
           std::to_string(during.size()) + " procesos y " + std::to_string(thread_count(during)) + " hilos, con " +
               std::to_string(count) + " clientes dentro",
           by_processes ? "run_process_server() crea un hijo con fork() para cada cliente"
                        : "run_thread_server() arranca un hilo para cada cliente, en el mismo proceso");
    }
  }
  for (Connection& client : clients) client.sends("DATA\n").expects_consumed();
  std::reverse(clients.begin(), clients.end());
  for (Connection& client : clients) client.sends("hola\n").expects("300 DRCV");
  say_goodbye(clients);
}

void speaks_the_protocol(const char* variant) {
  Server server{variant};
  for (int i = 0; i < 2; ++i) {
    Connection client = server.connect();
    grader::whole_conversation(client);
  }
  Connection cut = server.connect();
  grader::cut_conversation(cut);
  Connection joined = server.connect();
  grader::joined_conversation(joined);
  Connection half_closed = server.connect();
  half_closed.sends("HELO\nDATA\nhola\nHE").half_closes().expects({"100 OK", "300 DRCV"}).expects_close();
}

// Los que cortan, o se van sin leer: nadie más lo nota.
void survives_lost_clients(const char* variant) {
  Server server{variant};
  const std::string cause = "lo que le pase a un cliente solo puede acabar con lo suyo";
  Connection other = server.connect();
  other.sends("HELO\n").expects("100 OK").likely_cause(cause);
  for (const std::string_view left : {"", "HE", "DATA\nho"}) {
    Connection client = server.connect();
    client.sends("HELO\n").expects("100 OK");
    if (!left.empty()) client.sends(left).expects_consumed();
    client.resets();
    server.expect_alive("un RST", cause);
  }
  server.program().queues([&] {
    Connection client = server.connect();
    client.resets();
  });
  server.expect_alive("un cliente que corta antes de que lo acepten", cause);
  Connection gone = server.connect();
  gone.sends("HELO\n").expects("100 OK");
  server.program().queues([&] { gone.sends("HELO\nHELO\nHELO\nHELO\n").half_closes().resets(); });
  server.expect_alive("responder a un cliente que ya no está", cause);
  other.sends("HELO\n").expects("100 OK").sends("QUIT\n").expects("200 BYE").expects_close();
  server.expect_still_serving("perder a varios clientes", cause);
}

// Un cliente que no lee llena sus colas, y solo espera él.
void a_slow_reader_waits_alone(const char* variant) {
  Server server{variant};
  Connection slow = server.connect();
  const std::size_t many = grader::stops_reading_replies(server, slow);
  Connection other = server.connect();
  other.likely_cause("espera a que lea un cliente que no lee, y no atiende a los demás");
  grader::whole_conversation(other);
  slow.reads_again().expects_repeatedly({bad_command, description}, many);
  slow.sends("QUIT\n").expects("200 BYE").expects_close();
}

// Sin descriptores, un cliente no puede entrar; los que están dentro siguen, y después entran otros.
void survives_without_descriptors(const char* variant) {
  Server server{variant};
  Connection inside = server.connect();
  inside.sends("HELO\n").expects("100 OK");
  const pid_t process = server.receptionist();
  const rlim_t usual = server.program().exhaust_descriptors(process);
  narrate("llegan clientes para los que no hay descriptor");
  const std::string cause = "que accept() falle con EMFILE no es motivo para terminar ni para abandonar a los demás";
  std::deque<Connection> unlucky;  // el descriptor de reserva que no se vuelve a abrir sirve para los dos primeros
  for (int i = 0; i < 3; ++i) {
    unlucky.push_back(server.connect());
    server.expect_alive(
        "quedarse sin descriptores (EMFILE)", cause,
        "el cliente que no se pudo aceptar sigue en la cola, y accept() o poll() vuelven enseguida: con un "
        "descriptor de reserva, que se abre otra vez después, se le puede aceptar y despedir");
  }
  inside.likely_cause(cause).sends("HELO\n").expects("100 OK");
  server.program().limit_descriptors(usual, process);
  narrate("núcleo  vuelve a haber descriptores");
  inside.sends("QUIT\n").expects("200 BYE").expects_close();
  // Quien estaba despidiendo clientes aún puede despedir a uno; después, no.
  Connection last_unlucky = server.connect();
  last_unlucky.sends("HELO\n").expects_ending_or("100 OK");
  server.expect_still_serving("quedarse sin descriptores (EMFILE)", cause);
}

// Sin procesos ni hilos nuevos, un cliente no puede ser atendido, y tiene que saberlo.
void survives_without_tasks(const char* variant) {
  if (!grader::can_refuse_tasks()) grader::skip("un programa de root puede crear siempre procesos e hilos (seccomp)");
  const std::uint16_t port = grader::free_port();
  grader::Launch launch = Server::launch(variant, port);
  launch.gated = true;
  Server server{launch, port};
  Connection inside = server.connect();
  inside.sends("HELO\n").expects("100 OK");
  server.program().refuses_tasks(true);
  const bool by_processes = std::string_view{variant} == processes;
  const std::string call = by_processes ? "fork()" : "la creación del hilo";
  const std::string cause = call + " puede fallar (EAGAIN)" + (by_processes ? ", y -1 no es un hijo" : "") +
                            ": se cierra la conexión de ese cliente, y se sigue";
  Connection unlucky = server.connect();
  server.expect_alive("que falle " + call, cause);
  const auto listening = witness::listening_tcp();
  if (std::none_of(listening.begin(), listening.end(), [port](const auto& each) { return each.local.port == port; })) {
    fail(server.program(), "que el servidor siga a la escucha después de que falle " + call, "ya no escucha", cause);
  }
  inside.likely_cause(cause).sends("HELO\n").expects("100 OK");
  unlucky.likely_cause("ese cliente espera para siempre: si no se le puede atender, hay que cerrar su conexión");
  // Quien no los necesita (un bucle de eventos, unos hilos ya creados) lo atiende; los demás, lo despiden.
  unlucky.sends("HELO\n").expects_ending_or("100 OK");
  server.program().refuses_tasks(false);
  inside.sends("QUIT\n").expects("200 BYE").expects_close();
  server.expect_still_serving("que falle " + call, cause);
}

// Con clientes en todos los estados: callado, a media línea, y uno que no lee.
void ends_on_sigterm(const char* variant, const std::string& likely_cause) {
  const std::string cause = grader::Lab::grades_file()
                                ? likely_cause
                                : "quien está con un cliente no se entera de SIGTERM: hay que despertarlo o terminarlo";
  {
    Server server{variant};
    server.terminate();
    server.expect_clean_end("tras SIGTERM sigue esperando clientes");
  }
  Server server{variant};
  {
    Connection gone = server.connect();
    gone.sends("QUIT\n").expects("200 BYE").expects_close();
  }
  Connection silent = server.connect();
  silent.sends("HELO\n").expects("100 OK");
  Connection halfway = server.connect();
  halfway.sends("HELO\n").expects("100 OK").sends("DATA\nho").expects_consumed();
  Connection slow = server.connect();
  grader::stops_reading_replies(server, slow);
  server.terminate();
  const Stop stop = server.wait_until_gone();
  if (stop.outcome != grader::Outcome::happened) {
    const auto status = server.program().status();
    if (status && *status != 0)
      fail(server.program(), "que terminen el servidor, con estado 0, y todos sus hijos",
           server.program().how_it_ended(), cause);
    fail(server.program(), "que el programa termine", stop, cause);
  }
  slow.reads_again();  // hasta que no haya leído lo que había en camino, la conexión no acaba
  if (server.program().errors().find("terminate called without an active exception") != std::string::npos) {
    fail(server.program(), "que termine con estado 0", server.program().how_it_ended(),
         "se ha destruido un std::thread sin esperarlo, y eso termina el programa: antes de volver, join() de todos");
  }
  server.expect_clean_end(cause);
  silent.expects_close();
  halfway.expects_close();
  if (!grader::Lab::grades_file()) return;
  const std::string& output = server.program().output();
  server.program().prints(
      "clientes atendidos: 4\n",
      std::count(output.begin(), output.end(), '\n') > 1
          ? "lo ha impreso también un hijo: un hijo no puede volver de run_process_server(), y termina con _exit()"
          : "la cuenta son todos los clientes: los que acabaron antes y los que estaban dentro; y lo que cambia un "
            "hijo "
            "en su memoria no lo ve su padre");
}

// ---- Con un proceso por cliente

// Idea equivocada: «primero uno y después el siguiente»: quien espera a un cliente no atiende a los demás.
TEST_F(Lab7, ProcessesDelayNobody) {
  nobody_waits(processes, "se atiende al cliente en el bucle de accept(): tiene que ser en un hijo, creado con fork()");
}

// Idea equivocada: «el padre ya no usa la conexión, así que da igual»: mientras la tenga, el cliente no recibe el FIN.
TEST_F(Lab7, ParentLetsGoOfTheClient) {
  Server server{processes};
  const std::vector<witness::Process> before = living(server);
  Connection client = server.connect();
  client.sends("HELO\n").expects("100 OK");
  server.program().rest();
  if (const auto child = child_of(server, client, before)) {
    const std::size_t holders = server.holders(client.far_end()->inode).size();
    if (holders > 1) {
      fail(server.program(), "que la conexión del cliente la tenga solo su hijo",
           "la tienen " + std::to_string(holders) + " procesos, y uno es el padre",
           "tras fork() hay dos copias del descriptor: el padre tiene que cerrar la suya, o el cliente no recibirá el "
           "FIN");
    }
    narrate("núcleo  la conexión la tiene solo el hijo, el proceso " + std::to_string(*child));
  } else if (grader::Lab::grades_file() && living(server).size() > before.size()) {
    fail(server.program(), "que la conexión del cliente la tenga su hijo", "hay un hijo, pero la tiene el padre",
         "conversa el padre: fork() devuelve 0 al hijo, y al padre, el número de proceso del hijo");
  }
  client.sends("QUIT\n").expects("200 BYE").expects_close();
}

// Idea equivocada: «un hijo hereda lo que necesita»: lo hereda todo, y lo que no suelta sigue abierto con él.
TEST_F(Lab7, ChildKeepsOnlyItsClient) {
  Server server{processes};
  const std::vector<witness::Process> before = living(server);
  std::deque<Connection> clients = gather(server, 2);
  server.program().rest();
  const std::vector<witness::Socket> listening = witness::listening_tcp();
  for (Connection& client : clients) {
    const auto child = child_of(server, client, before);
    if (!child) continue;
    for (const witness::OpenDescriptor& open : witness::open_descriptors(*child)) {
      if (!open.socket || *open.socket == client.far_end()->inode) continue;
      const bool is_listener = std::any_of(listening.begin(), listening.end(),
                                           [&](const witness::Socket& socket) { return socket.inode == *open.socket; });
      fail(server.program(), "que el hijo no tenga más socket que el de su cliente",
           "tiene también, en el descriptor " + std::to_string(open.number) + ", " +
               (is_listener ? "el socket de escucha" : "otro socket"),
           is_listener ? "si el padre muere, el puerto seguirá ocupado: el hijo tiene que cerrar el socket de escucha"
                       : "si es la conexión de otro cliente, no recibirá el FIN mientras este hijo viva");
    }
  }
  say_goodbye(clients);
}

// Idea equivocada: «un hijo que termina, ya está»: su padre recibe SIGCHLD, y lo que estuviera esperando se interrumpe.
TEST_F(Lab7, GoesOnAfterAChildEnds) {
  Server server{processes};
  Connection inside = server.connect();
  inside.sends("HELO\n").expects("100 OK");
  for (int i = 0; i < 2; ++i) {
    Connection client = server.connect();
    client.likely_cause(
        "el padre espera a que termine otro hijo: waitpid() con WNOHANG recoge a los que ya lo han hecho");
    client.sends("HELO\n").expects("100 OK").sends("QUIT\n").expects("200 BYE").expects_close();
    server.expect_alive(
        "que termine un hijo",
        "SIGCHLD interrumpe accept() o poll() con EINTR: no es un error, hay que llamarla otra vez",
        "¿se repite waitpid() sin fin? Con WNOHANG devuelve 0 si quedan hijos que aún no han terminado");
  }
  inside.sends("QUIT\n").expects("200 BYE").expects_close();
}

// Sin zombis cuando descanse; un servidor que los recoge de vez en cuando tiene su tiempo.
void expect_no_zombies(Server& server, const std::string& observed, const std::string& cause) {
  server.program().rest();
  const Stop stop = server.program().wait([&] { return !has_zombies(server); });
  if (stop.outcome != grader::Outcome::happened) fail(server.program(), "que no quede ningún zombi", observed, cause);
}

// Idea equivocada: «el núcleo ya se encarga de los hijos»: guarda su estado hasta que alguien lo recoja.
TEST_F(Lab7, LeavesNoZombies) {
  Server server{processes};
  const std::vector<witness::Process> before = living(server);
  {
    Connection client = server.connect();
    client.sends("QUIT\n").expects("200 BYE").expects_close();
  }
  expect_no_zombies(server, "el hijo que terminó es un zombi",
                    "nadie recoge a los hijos que terminan: waitpid(), cuando llega SIGCHLD");
  if (grader::Lab::grades_file() && living(server).size() > before.size()) {
    fail(server.program(), "que el hijo termine cuando acaba con su cliente", "sigue vivo, sin cliente",
         "un hijo que acaba no puede volver al bucle del servidor, que es del padre: termina con _exit()");
  }
  std::deque<Connection> clients = gather(server, 5);
  server.program().rest();
  std::vector<pid_t> children;
  for (const Connection& client : clients) {
    if (const auto child = child_of(server, client, before)) children.push_back(*child);
  }
  if (children.size() < clients.size()) return say_goodbye(clients);  // no hay hijos que recoger
  narrate("cinco hijos terminan mientras su padre está detenido: las señales SIGCHLD se juntan en una");
  server.program().holds(server.receptionist(), [&] {
    say_goodbye(clients);
    server.program().wait([&] {
      return std::all_of(children.begin(), children.end(), [](pid_t child) {
        witness::Process seen;
        return !witness::look_at(child, seen) || seen.zombie;
      });
    });
  });
  expect_no_zombies(server, "quedan hijos zombis",
                    "varias SIGCHLD que esperan llegan como una sola: waitpid() se repite hasta que no quede ninguno");
  server.expect_still_serving("que terminen varios hijos a la vez", {});
}

// Idea equivocada: «con procesos, cada uno su lenguaje»: el protocolo es el mismo.
TEST_F(Lab7, ProcessesSpeakTheProtocol) { speaks_the_protocol(processes); }

// Idea equivocada: «dos a la vez es concurrencia»: a la vez están todos los que quepan.
TEST_F(Lab7, ProcessesServeEverybodyAtOnce) { everybody_inside(processes); }

// Idea equivocada: «si falla uno, fallan todos»: un proceso solo puede romper lo suyo.
TEST_F(Lab7, ProcessesSurviveLostClients) {
  survives_lost_clients(processes);
  a_slow_reader_waits_alone(processes);
}

// Idea equivocada: «accept() no falla»: los descriptores se acaban.
TEST_F(Lab7, ProcessesSurviveWithoutDescriptors) { survives_without_descriptors(processes); }

// Idea equivocada: «fork() no falla»: los procesos también se acaban.
TEST_F(Lab7, ProcessesSurviveWithoutTasks) { survives_without_tasks(processes); }

// Idea equivocada: «si muere el padre, mueren los hijos»: siguen, y nadie los recoge.
TEST_F(Lab7, ProcessesEndOnSigterm) {
  ends_on_sigterm(processes,
                  "los hijos siguen con sus clientes: hay que enviarles SIGTERM, solo a los que aún no se han "
                  "recogido, y no pueden tenerla bloqueada ni ignorada");
}

// ---- Con un hilo por cliente

// Idea equivocada: «un hilo que atiende y otro que espera»: si el de accept() espera al hilo, es como no tenerlo.
TEST_F(Lab7, ThreadsDelayNobody) {
  nobody_waits(threads,
               "se espera al cliente, o a su hilo, en el bucle de accept(), o se conversa con el mutex tomado: nadie "
               "más puede entrar");
}

// Idea equivocada: «al acabar el hilo se cerrará la conexión»: al acabar un proceso, sí; al acabar un hilo, no.
TEST_F(Lab7, ThreadsCloseTheirClient) {
  Server server{threads};
  Connection client = server.connect();
  client.sends("HELO\n").expects("100 OK").sends("QUIT\n").expects("200 BYE").expects_close();
  for (int i = 0; i < 2; ++i) {
    Connection other = server.connect();
    server.expect_alive(
        "que acabe un hilo y llegue otro cliente",
        "a cada hilo que ha acabado, join() se llama una sola vez antes de olvidarlo: ni ninguna ni dos");
    other.likely_cause(
        "si el hilo anterior cerró su descriptor sin que lo sepa su dueño, se cierra dos veces, y su número puede ser "
        "ya el de otro cliente");
    other.sends("HELO\n").expects("100 OK").half_closes().expects_close();
  }
  std::deque<Connection> clients = gather(server, 3);
  clients.front().sends("QUIT\n").expects("200 BYE").expects_close();
  server.expect_alive("que acabe el primero de tres clientes",
                      "¿sigue en su sitio lo que usa su hilo? Los elementos de un std::vector se mueven cuando crece");
}

// Idea equivocada: «con hilos, basta con llamar a lo de siempre»: basta si no comparten nada que cambie.
TEST_F(Lab7, ThreadsSpeakTheProtocol) { speaks_the_protocol(threads); }

TEST_F(Lab7, ThreadsServeEverybodyAtOnce) { everybody_inside(threads); }

// Idea equivocada: «un hilo que acaba no deja nada»: deja su pila, y los descriptores que no cerró.
TEST_F(Lab7, ThreadsLeaveNothing) {
  constexpr std::size_t few = 8;         // lo que un intérprete abra por su cuenta
  constexpr std::uint64_t stacks = 150;  // MiB: menos de la mitad de las pilas (8 MiB) de 40 hilos
  Server server{threads};
  const auto serve = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const grader::Aside only_the_failed_one;
      Connection client = server.connect();
      client.sends("HELO\n").expects("100 OK");
      if (i % 3 == 0) client.sends("QUIT\n").expects("200 BYE").expects_close();
      if (i % 3 == 1) client.half_closes().expects_close();
      client.closes();
    }
    std::uint64_t space = 0;
    for (const witness::Process& process : living(server)) space += process.address_space;
    return std::pair{server.program().descriptor_count(), space >> 20};
  };
  narrate("C → S   50 clientes, uno tras otro: unos se despiden, otros cierran su lado y otros se van");
  const auto [descriptors, space] = serve(10);
  const auto [more_descriptors, more_space] = serve(40);
  if (more_descriptors > descriptors + few) {
    fail(server.program(), std::to_string(descriptors) + " descriptores abiertos, como tras el cliente 10",
         std::to_string(more_descriptors) + " tras el cliente 50",
         "cada hilo tiene que cerrar la conexión de su cliente cuando acaba con él, acabe como acabe");
  }
  if (more_space > space + stacks) {
    fail(server.program(), "que la memoria que ocupa no crezca con cada cliente",
         std::to_string(more_space - space) + " MiB más de espacio de direcciones tras 40 clientes",
         "la pila de un hilo que acaba se conserva hasta que alguien lo espera: join(), o detach() al crearlo");
  }
}

TEST_F(Lab7, ThreadsSurviveLostClients) {
  survives_lost_clients(threads);
  a_slow_reader_waits_alone(threads);
}

TEST_F(Lab7, ThreadsSurviveWithoutDescriptors) { survives_without_descriptors(threads); }

TEST_F(Lab7, ThreadsSurviveWithoutTasks) { survives_without_tasks(threads); }

// Idea equivocada: «al acabar main() acaban los hilos»: acaban a media frase, o no dejan acabar.
TEST_F(Lab7, ThreadsEndOnSigterm) {
  ends_on_sigterm(threads,
                  "hay hilos que esperan a su cliente y nadie los despierta: shutdown() de cada conexión hace "
                  "que su recv() o send() vuelva; o se llama a join() con el mutex tomado, que ellos necesitan para "
                  "acabar");
}

// Idea equivocada: «sumar uno es una sola operación», o «a cada hilo le paso la dirección del descriptor»: dos hilos
// que usan lo mismo a la vez, y alguno lo cambia, son una carrera. ThreadSanitizer la ve aunque esta vez no pase nada.
TEST_F(Lab7, ThreadsShareWithoutRaces) {
  const std::uint16_t port = grader::free_port();
  grader::Launch launch = Server::launch(threads, port);
  if (grader::Lab::grades_file()) launch.command = race_launch({threads, std::to_string(port)}).command;
  Server server{launch, port};
  const std::string cause =
      "si usan lo mismo a la vez varios hilos, y alguno lo cambia, hay que protegerlo con el mismo "
      "std::mutex; y cada hilo necesita su propia copia de lo que recibe";
  const auto no_race_so_far = [&] {  // el hilo que cerró una conexión puede tener aún algo que apuntar
    server.program().rest();
    if (const auto race = server.program().sanitizer_report())
      fail(server.program(), "que no haya carreras", *race, cause);
  };
  for (int round = 0; round < 2; ++round) {
    std::deque<Connection> clients;
    const auto arrive = [&] {
      for (int i = 0; i < 4; ++i) {
        clients.push_back(server.connect());
        if (round == 0) no_race_so_far();
      }
    };
    // Primero, de uno en uno; después se los encuentra todos en la cola, y los acepta sin pausa.
    if (round == 0) arrive();
    if (round == 1) server.program().queues(arrive);
    for (Connection& client : clients) client.likely_cause(cause).sends("HELO\n").expects("100 OK");
    server.program().queues([&] {  // y acaban todos a la vez
      for (Connection& client : clients) client.sends("QUIT\n");
    });
    for (Connection& client : clients) client.expects("200 BYE").expects_close();
    no_race_so_far();
  }
  std::deque<Connection> inside = gather(server, 3);
  server.terminate();
  no_race_so_far();  // que termine, lo comprueba otra prueba
}

}  // namespace
