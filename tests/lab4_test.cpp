// Evaluador del laboratorio 4: enviar y recibir todo, lleguen los bytes como lleguen, y archivos enteros.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <list>
#include <string>
#include <string_view>
#include <system_error>

#include "grader/lab.hpp"
#include "grader/long_data.hpp"

namespace {

using grader::Connection;
using grader::fail;
using grader::Mismatch;
using grader::printable;
using grader::Program;
using grader::ScriptedServer;
using Lab4 = grader::Lab;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::size_t big_file = std::size_t{64} << 20;
constexpr std::array<std::size_t, 5> file_sizes{0, 1, 4095, 4096, 65537};

// Un archivo temporal, que desaparece con el objeto.
class TemporaryFile {
public:
  explicit TemporaryFile(std::string_view bytes = {}) {
    const kit::Descriptor file{kit::check("mkostemp", ::mkostemp(path_.data(), O_CLOEXEC))};
    std::ofstream{path_, std::ios::binary}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_ = (std::filesystem::temp_directory_path() / "lab4-XXXXXX").string();
};

// Un archivo de `big_file` bytes sin repeticiones. Se leen del propio archivo, proyectado en memoria (mmap): así no hay
// una segunda copia, ni cada programa que se arranca después copia sus tablas de páginas al hacer fork().
class BigFile {
public:
  BigFile() {
    constexpr std::size_t block = std::size_t{256} << 10;
    const kit::Descriptor file{kit::check("open", ::open(file_.path().c_str(), O_RDWR | O_CLOEXEC))};
    for (std::size_t at = 0; at < big_file; at += block) {
      const std::string bytes = grader::unrepeated_bytes(block, at);
      if (::write(file.get(), bytes.data(), block) != static_cast<ssize_t>(block)) kit::check("write", -1);
    }
    memory_ = ::mmap(nullptr, big_file, PROT_READ, MAP_SHARED | MAP_POPULATE, file.get(), 0);
    if (memory_ == MAP_FAILED) kit::check("mmap", -1);
  }
  BigFile(const BigFile&) = delete;
  BigFile& operator=(const BigFile&) = delete;
  ~BigFile() { ::munmap(memory_, big_file); }

  [[nodiscard]] const std::string& path() const { return file_.path(); }
  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(memory_), big_file}; }

private:
  TemporaryFile file_;
  void* memory_ = nullptr;
};

// El mismo para todas las pruebas: escribirlo cuesta más que enviarlo.
const BigFile& shared_big_file() {
  static const BigFile file;
  return file;
}

Program serving(const std::string& mode) { return grader::Lab::starts({mode, grader::private_loopback(), "0"}); }

// Lo que el programa dice de un error del sistema que no ha sabido tratar.
bool says(const Program& program, const std::string& call, int error) {
  return program.errors().find(call + ": " + std::generic_category().message(error)) != std::string::npos;
}

void expect_still_serving(Program& server, const std::string& after, const std::string& cause = {}) {
  const grader::Stop stop = server.rest();
  if (!stop.at_rest()) fail(server, "que el servidor siga esperando clientes " + after, stop, cause);
}

// El servidor tiene que seguir ahí, sin nada abierto de los que se fueron, y atender a otro.
void expect_next_client_served(Program& server, const std::string& after, const std::string& cause = {}) {
  expect_still_serving(server, after, cause);
  if (const std::size_t open = server.sockets().size(); open != 1) {
    fail(server, "un solo socket abierto, el de escucha, " + after, std::to_string(open) + " sockets abiertos",
         "la función no vuelve cuando la conexión ha terminado");
  }
  auto next = server.connect();
  next.sends("HELO\n").expects("100 OK");
  next.sends("QUIT\n").expects("200 BYE").expects_close();
}

// El programa tiene que terminar bien y decir cuántos bytes fueron.
void expect_count(Program& program, std::size_t count, const std::string& verb) {
  const std::string expected = std::to_string(count) + " bytes " + verb;
  const int status = program.ends();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    if (program.output() == expected + '\n') return;
    fail(program, Mismatch{expected + '\n', program.output(), "en la salida estándar"},
         "la función devuelve cuántos bytes son en total");
  }
  fail(program, "que el programa termine con estado 0", program.how_it_ended());
}

// El programa tiene que terminar por sí mismo, quejándose de esta llamada.
void expect_complaint(Program& program, const std::string& call, std::initializer_list<int> errors) {
  const int status = program.ends("un error de " + call + "() se cuenta a quien llama: std::system_error");
  bool told = false;
  std::string expected;
  for (const int error : errors) {
    told = told || says(program, call, error);
    expected += (expected.empty() ? "" : " o ") + printable(call + ": " + std::generic_category().message(error));
  }
  if (told && WIFEXITED(status) && WEXITSTATUS(status) != 0) return;
  std::string cause = "la excepción lleva el errno y el nombre de la llamada que falló";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) cause = "no se mira si " + call + "() ha fallado (-1)";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) cause = "falta MSG_NOSIGNAL en send()";
  fail(program, "un estado distinto de 0 y el mensaje " + expected, program.how_it_ended(), cause);
}

// Un archivo del programa tiene que ser idéntico al enviado.
void expect_same(Program& program, const TemporaryFile& file, std::string_view sent, const std::string& cause = {}) {
  std::ifstream stored{file.path(), std::ios::binary};
  std::string block(std::size_t{1} << 20, '\0');
  std::size_t place = 0;
  std::string_view read;
  do {
    place += read.size();
    stored.read(block.data(), static_cast<std::streamsize>(block.size()));
    read = std::string_view{block}.substr(0, static_cast<std::size_t>(stored.gcount()));
  } while (!read.empty() && grader::equal_bytes(sent.substr(place), read) == read.size());
  if (read.empty() && place == sent.size()) return;
  const std::size_t equal = grader::equal_bytes(sent.substr(place), read);
  const std::string_view rest = read.substr(equal);
  Mismatch mismatch{sent, place + equal, rest, "el archivo"};
  if (stored) mismatch.has_more();
  const std::string origin = grader::origin_of(sent, place + equal, rest);
  fail(program, std::move(mismatch), origin.empty() ? cause : origin);
}

// Idea equivocada: «recv() espera hasta llenar el búfer»: da lo que haya, y pedir de más se come lo siguiente.
TEST_F(Lab4, ReceivesExactlyWhatIsAsked) {
  Program server = starts({"blocks", grader::private_loopback(), "0", "8"});
  auto client = server.connect();
  const std::string cause =
      "recv() da lo que haya: cada trozo va detrás del anterior, hasta el número pedido o el final (0)";
  client.likely_cause(cause).sends_in_pieces({"123", "4567"}).expects_silence("faltan bytes del bloque");
  client.sends("8").expects_exactly("12345678");
  client.likely_cause("send_all() envía los bytes que recibe, y ninguno más: por la red no va un '\\0' final");
  client.expects_silence("el bloque siguiente").likely_cause(cause);
  client.sends("abc\0\xff\n\r\0ABCDEFGHfin"sv).expects_exactly("abc\0\xff\n\r\0ABCDEFGH"sv);
  client.expects_silence("faltan bytes del bloque").half_closes();
  client.likely_cause("si el otro extremo cierra, se devuelve lo que haya llegado, y nada más");
  client.expects_exactly("fin").expects_close();
}

// Un servidor de bloques al que se le ha enviado uno que no puede devolver entero, porque el cliente no lee.
struct BlockedSender {
  std::string block = grader::unrepeated_text(std::size_t{256} << 10);
  Program server{
      grader::Lab::launch({"blocks", grader::private_loopback(), "0", std::to_string(block.size()), "4096"})};
  Connection client = server.connect();

  BlockedSender() {
    client.stops_reading().sends(block);
    server.interrupts_send("send_all() no vuelve hasta que ha enviado todos los bytes");
  }
};

// Idea equivocada: «send() envía todo lo que le doy»: devuelve cuántos bytes ha tomado, y puede ser solo una parte.
TEST_F(Lab4, SendsTheRestAfterAShortSend) {
  BlockedSender talk;
  talk.client.reads_again().expects_exactly(talk.block,
                                            "send() tomó solo una parte, y lo dijo: el resto hay que enviarlo después");
  talk.client.half_closes().expects_close();
}

// Idea equivocada: «si send() devuelve -1, la conexión se ha perdido»: con EINTR, solo hay que repetir la llamada.
TEST_F(Lab4, RepeatsASendThatASignalInterrupts) {
  BlockedSender talk;
  talk.server.rest();
  grader::narrate("núcleo  SIGUSR1 interrumpe send(), que no había tomado nada: EINTR");
  talk.server.signal(SIGUSR1);
  talk.client.reads_again().expects_exactly(
      talk.block, "EINTR no es un error de la conexión: una señal interrumpió send(), y hay que repetirla");
}

// Idea equivocada: «con que funcione una vez, funciona»: aquí se ve el camino fácil; lo demás viene después.
TEST_F(Lab4, AnswersTheFourCodes) {
  Program server = serving("serve");
  for (int i = 0; i < 2; ++i) {
    auto client = server.connect();
    client.likely_cause(
        "una línea acaba en su LF, con o sin CR delante, y se entrega sin él en cuanto llega; la respuesta se envía "
        "tal cual");
    grader::whole_conversation(client);
  }
}

// Idea equivocada: «un recv() es un mensaje»: TCP no guarda límites entre mensajes.
TEST_F(Lab4, WaitsForTheEndOfTheLine) {
  Program server = serving("serve");
  auto client = server.connect();
  client.likely_cause(
      "un recv() no es un mensaje: una línea acaba cuando llega su LF, y hasta entonces no se responde");
  client.sends_in_pieces({"HE", "LO"}).expects_silence("la línea aún no ha terminado: falta el LF");
  client.sends("\n").expects("100 OK");
  client.sends_byte_by_byte("DATA\nhola\n").expects("300 DRCV");
  client.sends_byte_by_byte("no\n").expects({"400 BCMD", "Command-description: Bad command"});
  client.sends_byte_by_byte("QUIT\n").expects("200 BYE").expects_close();
}

// Idea equivocada: «tras una línea no hay nada más en el búfer»: lo que sobra es el principio de la siguiente.
TEST_F(Lab4, AnswersEveryLineOfASegment) {
  const std::string cause = "lo que viene tras el LF es ya la línea siguiente: ni sobra ni espera a otro recv()";
  Program server = serving("serve");
  {
    auto client = server.connect();
    client.likely_cause(cause).sends("HELO\nHELO\nHE").expects({"100 OK", "100 OK"});
    client.sends("LO\nDATA\nQUIT\nDATA\n").expects({"100 OK", "300 DRCV"});
    client.sends("\nQUIT\n").expects({"300 DRCV", "200 BYE"}).expects_close();
  }
  auto client = server.connect();
  client.likely_cause(cause);
  server.queues([&] { client.sends("HELO\n").sends("DATA\nun").sends(" dato\nnada\n").sends("HELO\n"); });
  client.expects({"100 OK", "300 DRCV", "400 BCMD", "Command-description: Bad command", "100 OK"});
}

// Idea equivocada: «el fin de línea es CRLF», o «el CR y el LF llegan juntos»: CR solo sobra justo delante del LF.
TEST_F(Lab4, AcceptsLfAndCrlf) {
  Program server = serving("lines");
  auto client = server.connect();
  client.likely_cause("una línea acaba en LF; un CR justo delante no es de la línea, y en otro sitio es un dato");
  const auto expect_line = [&](std::string_view line) {
    client.expects_exactly(line).expects_silence("la siguiente línea");
  };
  client.sends("uno\n");
  expect_line("uno\n");
  client.sends("dos\r\n");
  expect_line("dos\n");
  client.sends_in_pieces({"tres\r", "\n"});
  expect_line("tres\n");
  client.sends("a\rb\r\r\n");
  expect_line("a\rb\r\n");
  client.sends("\r\n\n");
  expect_line("\n\n");
}

// Idea equivocada: «si se corta, será entre dos órdenes»: la red corta por cualquier sitio.
TEST_F(Lab4, AcceptsACutAnywhere) {
  constexpr std::string_view conversation = "HELO\r\nDATA\na b\r\nX\nHELO\n";
  Program server = serving("serve");
  auto client = server.connect();
  client.likely_cause("el LF se busca en todo lo recibido, y el CR se quita cuando la línea ya está completa");
  for (std::size_t cut = 1; cut < conversation.size(); ++cut) {
    client.sends_in_pieces({conversation.substr(0, cut), conversation.substr(cut)})
        .expects({"100 OK", "300 DRCV", "400 BCMD", "Command-description: Bad command", "100 OK"});
  }
}

// Idea equivocada: «lo que llega es texto»: son bytes, y un 0 o un «%n» son bytes como los demás.
TEST_F(Lab4, KeepsEveryByte) {
  std::string line;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != '\n' && byte != '\r') line += static_cast<char>(byte);
  }
  Program server = serving("lines");
  auto client = server.connect();
  for (const std::string& one : {"a\0b\n"s, "\0\n"s, "\xff\n"s, "%s%n%100000d\n"s, line + '\n'}) {
    client.sends(one).expects_exactly(one,
                                      "un byte cualquiera no es el final: la longitud la dice recv(), no strlen()");
  }
  client.expects_silence("la siguiente línea");
}

// Idea equivocada: «ninguna línea pasará de 4096 bytes».
TEST_F(Lab4, AcceptsALineOfOneMebibyte) {
  const std::string line = grader::unrepeated_text(protocol::max_line) + '\n';
  Program server = serving("lines");
  auto client = server.connect();
  client.sends(line).expects_exactly(line, "una línea puede tener hasta protocol::max_line bytes, además del LF");
  client.sends("corta\n").expects_exactly("corta\n");
}

// Idea equivocada: «el otro extremo ya será razonable»: sin un límite, se queda con toda tu memoria.
TEST_F(Lab4, RejectsALongerLine) {
  const std::string cause = "la línea pasa de protocol::max_line bytes y receive_line() no lanza std::length_error";
  Program server = serving("serve");
  const std::string line(protocol::max_line + 1, 'x');
  {
    auto client = server.connect();
    client.likely_cause(cause).sends(line + '\n');
    client.expects_ending_after({"400 BCMD", "Command-description: Bad command"}, cause);
  }
  {
    auto client = server.connect();
    client.likely_cause(cause).sends("HELO\n").expects("100 OK");
    client.sends(line);  // sin fin de línea: no hay que esperarlo
    client.expects_ending_after({"400 BCMD", "Command-description: Bad command"}, cause);
  }
  expect_next_client_served(server, "después de una línea demasiado larga");
}

// Idea equivocada: «recv() devuelve 0 cuando no hay nada»: devuelve 0 cuando ya no habrá nada más.
TEST_F(Lab4, EndsInSilenceInMidLine) {
  Program server = serving("serve");
  for (const std::string_view piece : {"", "HEL", "HELO\r", "DATA\n", "DATA\nun dat"}) {
    auto client = server.connect();
    client.likely_cause("si recv() da 0, la línea que quedó a medias no existió: receive_line() no da nada");
    if (!piece.empty()) client.sends(piece);
    client.half_closes().expects_close();
    expect_still_serving(server, "después de un cliente que se va",
                         "que un cliente se vaya no termina el programa: receive_line() no da nada (std::nullopt)");
  }
  expect_next_client_served(server, "después de clientes que se van a mitad de línea");
  if (server.errors().find("conexión perdida") != std::string::npos) {
    fail(server, "que receive_line() no dé nada (std::nullopt) cuando el otro extremo cierra",
         printable(server.errors()), "que el otro extremo cierre no es un error: no se lanza ninguna excepción");
  }
}

// Idea equivocada: «si el cliente ha cerrado, ya no quiere respuestas»: solo ha cerrado su sentido.
TEST_F(Lab4, AnswersAfterAHalfClose) {
  Program server = serving("serve");
  auto client = server.connect();
  client.likely_cause("el cliente solo ha cerrado su sentido: a cada línea completa que envió antes se le responde");
  server.queues([&] { client.sends("HELO\nDATA\nadiós\nHELO\nHEL").half_closes(); });
  client.expects({"100 OK", "300 DRCV", "100 OK"}).expects_close();
}

// Idea equivocada: «recv() siempre devuelve datos o 0»: si el otro extremo corta, devuelve -1.
TEST_F(Lab4, SurvivesAResetInEveryState) {
  Program server = serving("serve");
  for (const std::string_view piece : {"", "HEL", "HELO\n", "DATA\n", "DATA\nun da"}) {
    auto client = server.connect();
    if (!piece.empty()) client.sends(piece).expects_consumed();
    client.resets();
    expect_still_serving(server, "después de un cliente que corta (RST)",
                         "un error de recv() se lanza, y quien llama decide: no termina el programa ni se repite");
  }
  expect_next_client_served(server, "después de clientes que cortan (RST)");
  if (!says(server, "recv", ECONNRESET)) {
    fail(server, "que receive_line() lance el error de recv(), ECONNRESET, cuando el otro extremo corta",
         server.errors().empty() ? "no lanza nada" : "el programa dice " + printable(server.errors()),
         "si recv() devuelve -1 no hay bytes ni final: hay un error, que lleva su errno y el texto «recv»");
  }
}

// Idea equivocada: «si el otro se ha ido, send() devolverá un error»: antes llega una señal, SIGPIPE, que mata.
TEST_F(Lab4, SurvivesABrokenPipe) {
  Program server = serving("serve");
  for (const std::string_view piece : {"HELO\nHEL", "DATA\nun dato\nHELO\nHELO\nHELO\n"}) {
    auto client = server.connect();
    server.queues([&] {
      client.sends(piece);
      client.resets();
    });
    expect_still_serving(
        server, "cuando send() da -1 porque el cliente cortó",
        "salvo con EINTR, un send() que falla no se repite: el error se lanza, y lo trata quien llama");
  }
  auto client = server.connect();
  server.queues([&] {
    client.sends("HELO\nHELO\nHELO\nHELO\n").half_closes();
    client.resets();
  });
  expect_next_client_served(server, "cuando al responder ya no hay nadie",
                            "falta MSG_NOSIGNAL en send(): así el error llega como EPIPE, y sin señal");
}

// Idea equivocada: «si recv() devuelve -1, la conexión se ha perdido»: con EINTR, solo hay que repetir la llamada.
TEST_F(Lab4, RepeatsWhatASignalInterrupts) {
  Program server = serving("serve");
  auto client = server.connect();
  client.likely_cause("una señal interrumpió recv(): devolvió -1 con EINTR, y solo hay que repetir la llamada");
  for (const std::string_view piece : {"", "HE", "LO"}) {
    if (!piece.empty()) client.sends(piece).expects_consumed();
    server.rest();
    grader::narrate("núcleo  SIGUSR1 interrumpe recv(): EINTR");
    server.signal(SIGUSR1);
    const grader::Stop stop = server.rest();
    if (says(server, "recv", EINTR)) {
      fail(server, "que la conexión siga después de una señal", "la conexión se da por perdida",
           "EINTR no es un error de la conexión: una señal interrumpió recv(), y hay que repetirla");
    }
    if (!stop.at_rest()) fail(server, "que el programa vuelva a esperar en recv()", stop);
  }
  client.sends("\n").expects("100 OK");
}

// Idea equivocada: «un archivo acaba donde hay un byte especial», o «el último bloque también está lleno».
TEST_F(Lab4, SendsFiles) {
  struct Sending {
    explicit Sending(std::size_t size) : bytes{grader::unrepeated_bytes(size)} {}
    std::string bytes;
    TemporaryFile file{bytes};
    ScriptedServer server{grader::private_loopback()};
    Program client{
        grader::Lab::launch({"send", server.address().host, std::to_string(server.address().port), file.path()})};
  };
  std::list<Sending> all;  // arrancan a la vez: lo que más tarda es arrancar
  for (const std::size_t size : file_sizes) all.emplace_back(size);
  for (Sending& one : all) {
    Connection connection = one.server.accepts(one.client);
    connection.likely_cause(
        "por la conexión va el archivo y nada más: de cada bloque, los bytes que dice read(), hasta que da 0");
    connection.expects_exactly(one.bytes).expects_close();
    expect_count(one.client, one.bytes.size(), "enviados");
  }
}

// Idea equivocada: «un archivo cabe en el búfer de envío»: el que lee manda, y send() espera y se queda a medias.
TEST_F(Lab4, SendsABigFile) {
  const BigFile& file = shared_big_file();
  ScriptedServer server{grader::private_loopback()};
  Program client = starts({"send", server.address().host, std::to_string(server.address().port), file.path()});
  Connection connection = server.accepts(client);
  connection.stops_reading();
  client.interrupts_send();
  connection.reads_again().expects_exactly(file.bytes(),
                                           "send() tomó solo una parte, y lo dijo: el resto se envía después");
  connection.expects_close();
  expect_count(client, big_file, "enviados");
}

// Idea equivocada: «se acaba cuando recv() da menos de lo que cabe»: se acaba cuando da 0.
TEST_F(Lab4, ReceivesFiles) {
  struct Receiving {
    explicit Receiving(std::size_t size) : bytes{grader::unrepeated_bytes(size)} {}
    std::string bytes;
    TemporaryFile file;
    Program server{grader::Lab::launch({"receive", grader::private_loopback(), "0", file.path()})};
  };
  std::list<Receiving> all;  // arrancan a la vez: lo que más tarda es arrancar
  for (const std::size_t size : file_sizes) all.emplace_back(size);
  for (Receiving& one : all) {
    const std::string_view bytes = one.bytes;
    auto client = one.server.connect();
    const std::string cause =
        "un trozo corto no es el final: lo es el 0 de recv(). Y de cada bloque se escriben los bytes que dice recv()";
    client.likely_cause(cause);
    if (bytes.size() > 1) {
      client.sends_in_pieces({bytes.substr(0, 2), bytes.substr(2)});
    } else {
      client.sends(bytes);
    }
    client.half_closes().expects_ending();
    one.server.ends();
    expect_same(one.server, one.file, bytes, cause);
    expect_count(one.server, bytes.size(), "recibidos");
  }
}

// Idea equivocada: «primero lo recibo todo y luego lo guardo»: un archivo puede no caber en memoria.
TEST_F(Lab4, ReceivesABigFile) {
  const std::string_view bytes = shared_big_file().bytes();
  const TemporaryFile file;
  Program server = starts({"receive", grader::private_loopback(), "0", file.path()});
  auto client = server.connect();
  client.sends(bytes).half_closes().expects_close();
  expect_count(server, big_file, "recibidos");
  expect_same(server, file, bytes);
}

// Idea equivocada: «los archivos no fallan», o «si la conexión se corta, ya se verá»: queda medio archivo.
TEST_F(Lab4, ReportsWhatGoesWrongWithFiles) {
  {
    ScriptedServer server{grader::private_loopback()};
    Program client = starts({"send", server.address().host, std::to_string(server.address().port), "/"});
    const Connection connection = server.accepts(client);
    grader::narrate("núcleo  el archivo que se envía es un directorio: read() da EISDIR");
    expect_complaint(client, "read", {EISDIR, EINVAL});  // EINVAL: quien use sendfile()
  }
  if (std::filesystem::exists("/dev/full")) {
    Program server = starts({"receive", grader::private_loopback(), "0", "/dev/full"});
    auto client = server.connect();
    grader::narrate("núcleo  en el archivo no cabe nada (/dev/full): write() da ENOSPC");
    client.sends("no cabe").half_closes();
    expect_complaint(server, "write", {ENOSPC});
  }
  {
    const TemporaryFile file;
    Program server = starts({"receive", grader::private_loopback(), "0", file.path()});
    auto client = server.connect();
    client.sends("medio archivo").expects_consumed().resets();
    expect_complaint(server, "recv", {ECONNRESET});
  }
  const TemporaryFile file;
  std::filesystem::resize_file(file.path(), std::size_t{16} << 20);
  ScriptedServer server{grader::private_loopback()};
  Program client = starts({"send", server.address().host, std::to_string(server.address().port), file.path()});
  Connection connection = server.accepts(client);
  connection.stops_reading();
  client.rest();
  connection.resets();
  expect_complaint(client, "send", {ECONNRESET, EPIPE});
}

// Idea equivocada: «mi programa se entiende con mi programa»: el protocolo es TCP, y cualquiera lo habla.
TEST_F(Lab4, ExchangesFilesWithNetcat) {
  grader::Launch question;
  question.command = {"/bin/sh", "-c", "nc -h 2>&1"};
  Program help{question};
  help.ends();
  if (help.output().find("OpenBSD") == std::string::npos) grader::skip("no está el nc de netcat-openbsd");

  const std::string bytes = grader::unrepeated_bytes(200'001);
  const TemporaryFile sent{bytes};
  const std::string host = grader::private_loopback();
  const std::string program = launch({}).command.front();
  // Los dos a la vez, como un solo programa: así se sabe cuándo ninguno de los dos hará nada más.
  const auto expect_exchange = [&](const std::string& script) {
    const TemporaryFile stored;
    const std::string port = std::to_string(grader::unassigned_port(host));
    grader::Launch both;
    both.command = {"/bin/sh", "-c", script, "nc", program, host, port, sent.path(), stored.path()};
    grader::narrate("orden   " + script);
    Program pair{both};
    pair.listening();
    pair.types("\n");
    pair.ends("uno de los dos no ha visto el final del archivo");
    expect_same(pair, stored, bytes);
  };
  expect_exchange(R"(nc -dl "$2" "$3" >"$5" & read go; "$1" send "$2" "$3" "$4"; wait $!)");
  expect_exchange(R"("$1" receive "$2" "$3" "$5" & read go; nc -N "$2" "$3" <"$4"; wait $!)");
}

}  // namespace
