#include "grader/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <system_error>

#include "grader/failure.hpp"
#include "grader/long_data.hpp"
#include "grader/session.hpp"
#include "grader/wire.hpp"

namespace grader {
namespace {

sockaddr_storage storage_of(const std::string& host, std::uint16_t port, socklen_t& size) {
  sockaddr_storage storage{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&storage, &v4, size = sizeof v4);
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&storage, &v6, size = sizeof v6);
  } else {
    throw std::system_error{EINVAL, std::generic_category(), "dirección no numérica: " + host};
  }
  return storage;
}

witness::Address bound_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  kit::check("getsockname", ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size));
  return witness::to_address(storage);
}

kit::Descriptor bound_socket(const std::string& host, std::uint16_t port) {
  socklen_t size = 0;
  const sockaddr_storage address = storage_of(host, port, size);
  kit::Descriptor socket{kit::check("socket", ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  kit::check("bind", ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size));
  return socket;
}

// Varias evaluaciones, y varias pruebas de una, eligen puertos a la vez: la que lo elige primero se lo queda. Lo señala
// un nombre del espacio abstracto de unix(7), que es de la misma red que el puerto y desaparece con el proceso.
bool reserve(std::uint16_t port) {
  static std::map<std::uint16_t, kit::Descriptor> reserved;
  if (reserved.contains(port)) return true;
  kit::Descriptor mark{kit::check("socket", ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))};
  const std::string name = "laboratorios/" + std::to_string(port);
  sockaddr_un address{AF_UNIX, {}};
  std::copy(name.begin(), name.end(), &address.sun_path[1]);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(mark.get(), reinterpret_cast<const sockaddr*>(&address), size) == -1) return false;
  reserved.emplace(port, std::move(mark));
  return true;
}

bool is_connecting(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  kit::check("getsockopt", ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size));
  return info.tcpi_state == TCP_SYN_SENT;
}

std::string listed(std::initializer_list<std::string_view> lines) {
  std::string text;
  for (const std::string_view line : lines) {
    if (!text.empty()) text += ", ";
    text += printable(line);
  }
  return text;
}

// Bytes en un paso de la conversación: los que caben en una línea de una terminal de 80 columnas.
std::string step(std::string_view bytes) {
  constexpr std::size_t shown = 48;
  return printable(bytes, shown);
}

std::string ending_text(Ending ending) {
  return ending == Ending::fin ? "cerró la conexión (FIN)" : "reinició la conexión (RST)";
}

// La línea completa que hay desde un lugar, sin LF ni el CR que lo preceda; el lugar pasa a ser el de la siguiente.
std::optional<std::string> next_line(const std::string& buffer, std::size_t& place) {
  const std::size_t end = buffer.find('\n', place);
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer.substr(place, end - place);
  place = end + 1;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

// Por qué no llega nada más: cómo quedó la conexión, o cómo acabó la espera.
std::string what_came(const Wire& wire, const Stop& stop) {
  return wire.ending != Ending::open ? ending_text(wire.ending) : observed_text(stop.outcome);
}

// Si el programa tiene aún la conexión, en qué descriptores.
std::string still_open(const Wire& wire) {
  const auto far = wire.far_end();
  if (!far || far->inode == 0) return {};
  std::string where;
  for (const pid_t process : witness::descendants(wire.program.supervisor())) {
    for (const auto& descriptor : witness::open_descriptors(process)) {
      if (descriptor.socket == far->inode) where += (where.empty() ? "" : ", ") + std::to_string(descriptor.number);
    }
  }
  return where.empty() ? std::string{} : "nadie ha cerrado la conexión: sigue abierta en el descriptor " + where;
}

[[noreturn]] void fail_on_wire(Wire& wire, std::string expected, const Stop& stop, const std::string& cause = {},
                               std::optional<Mismatch> mismatch = {}) {
  Stop told = stop;
  if (told.outcome == Outcome::happened) told = wire.program.rest();  // la conexión acabó: ¿qué ha sido del programa?
  Failure failure{std::move(expected), what_came(wire, stop), told.program, cause.empty() ? wire.likely_cause : cause};
  if (mismatch) {
    mismatch->then("después, " + failure.observed);
    failure.tells(std::move(*mismatch));
  }
  const auto far = wire.far_end();
  // El FIN que aún no se ha leído cuenta en la cola como un byte.
  const std::uint32_t fin = far && far->state == witness::TcpState::close_wait ? 1 : 0;
  if (far && far->inode == 0 && far->state == witness::TcpState::established) {
    failure.cause =
        both(failure.cause, "la conexión está en la cola del socket de escucha y nadie la ha aceptado con accept()");
  } else if (far && far->receive_queue > fin) {
    const std::uint32_t unread = far->receive_queue - fin;
    failure.cause = both(failure.cause, (unread == 1 ? "queda " : "quedan ") + bytes_text(unread) +
                                            " en la cola de recepción, que el programa no ha leído");
  }
  failure.pending = wire.program.pending_step();
  fail(std::move(failure));
}

// Han llegado bytes que no son los esperados; en `received` está lo que venía detrás.
[[noreturn]] void fail_on_bytes(Wire& wire, Mismatch mismatch, const std::string& cause = {}) {
  wire.program.rest();  // puede estar llegando aún
  if (!wire.received.empty()) wire.narrate_received(step(wire.received));
  fail(wire.program, std::move(mismatch), cause.empty() ? wire.likely_cause : cause);
}

// Las líneas que se han leído, hasta la primera que no es la esperada.
struct Reading {
  std::size_t right = 0;             // cuántas lo son
  std::optional<std::string> wrong;  // la que no
  Stop stop;
};

Reading read_lines(Wire& wire, std::initializer_list<std::string_view> lines, std::size_t times) {
  Reading reading;
  const std::size_t total = lines.size() * times;
  reading.stop = wire.program.wait([&] {
    std::size_t place = 0;
    while (reading.right < total && !reading.wrong) {
      std::optional<std::string> line = next_line(wire.received, place);
      if (!line) break;
      if (*line == lines.begin()[reading.right % lines.size()]) {
        ++reading.right;
      } else {
        reading.wrong = std::move(line);
      }
    }
    wire.received.erase(0, place);
    return reading.right == total || reading.wrong || wire.ending != Ending::open;
  });
  return reading;
}

// La lectura se quedó en una línea que no es la esperada, o que no llegó entera.
[[noreturn]] void fail_on_line(Wire& wire, std::initializer_list<std::string_view> lines, std::size_t times,
                               const Reading& reading, const std::string& cause = {}) {
  std::string line{lines.begin()[reading.right % lines.size()]};
  std::string where;
  if (lines.size() > 1) {
    where = "línea " + std::to_string(reading.right % lines.size() + 1) + " de " + std::to_string(lines.size());
  }
  if (times > 1) where += (where.empty() ? "la vez " : ", la vez ") + std::to_string(reading.right / lines.size() + 1);
  if (reading.wrong) fail_on_bytes(wire, {line, *reading.wrong, std::move(where)}, cause);
  std::optional<Mismatch> unfinished;
  if (!wire.received.empty()) {
    wire.narrate_received(step(wire.received));
    line += wire.received.back() == '\r' ? "\r\n" : "\n";
    unfinished.emplace(line, wire.received, std::move(where));
  }
  fail_on_wire(wire, (times > 1 ? std::to_string(times) + " veces " : "") + listed(lines), reading.stop, cause,
               std::move(unfinished));
}

}  // namespace

Connection::Connection(Program& program, kit::Descriptor descriptor, const witness::Address& remote, std::string name)
    : wire_{std::make_unique<Wire>(program, std::move(descriptor), remote, std::move(name))} {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Connection& Connection::sends(std::string_view bytes) {
  wire_->narrate_sent(step(bytes));
  wire_->send(bytes);
  return *this;
}

Connection& Connection::sends_in_pieces(std::initializer_list<std::string_view> pieces) {
  for (const std::string_view piece : pieces) sends(piece).expects_consumed();
  return *this;
}

Connection& Connection::sends_byte_by_byte(std::string_view bytes) {
  wire_->narrate_sent(step(bytes) + " byte a byte");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    wire_->send(bytes.substr(i, 1));
    expects_consumed();
  }
  return *this;
}

Connection& Connection::expects_consumed() {
  const Stop stop = wire_->program.wait([this] {
    if (wire_->ending != Ending::open) return true;
    const auto far = wire_->far_end();
    return wire_->settled() && far && far->receive_queue == 0 && far->inode != 0;
  });
  // Si la conexión ya no existe, lo contará quien espere la respuesta.
  if (stop.outcome != Outcome::happened && stop.outcome != Outcome::ended) {
    fail_on_wire(*wire_, "que el programa lea lo que se le envía", stop);
  }
  return *this;
}

Connection& Connection::expects(std::initializer_list<std::string_view> lines) {
  const Reading reading = read_lines(*wire_, lines, 1);
  for (std::size_t i = 0; i < reading.right; ++i) wire_->narrate_received(step(lines.begin()[i]));
  if (reading.wrong) wire_->narrate_received(step(*reading.wrong));
  if (reading.right < lines.size()) fail_on_line(*wire_, lines, 1, reading);
  if (!wire_->received.empty()) {
    const std::string last = std::string{lines.begin()[lines.size() - 1]} + '\n';
    wire_->program.rest();  // puede estar llegando aún
    fail_on_bytes(*wire_, {last, last + wire_->received});
  }
  return *this;
}

Connection& Connection::expects_silence(std::string_view why) {
  const std::string expected = "silencio: " + std::string{why};
  const Stop stop =
      wire_->program.wait_or_rest([this] { return !wire_->received.empty() || wire_->ending != Ending::open; });
  // Si descansa con el reloj no es una prueba, pero ya ha leído todo y no ha respondido: cualquier byte posterior se
  // verá.
  if (stop.at_rest()) {
    narrate("núcleo  " + stop.sentence());
    return *this;
  }
  if (!wire_->received.empty()) {
    wire_->narrate_received(step(wire_->received));
    fail(wire_->program, expected, printable(wire_->received), wire_->likely_cause);
  }
  fail_on_wire(*wire_, expected, stop);
}

Connection& Connection::expects_close() {
  const Stop stop = wire_->program.wait([this] { return !wire_->received.empty() || wire_->ending != Ending::open; });
  if (!wire_->received.empty())
    fail(wire_->program, "que el programa cierre la conexión (FIN) sin enviar nada más", printable(wire_->received),
         wire_->likely_cause);
  if (wire_->ending != Ending::fin)
    fail_on_wire(*wire_, "que el programa cierre la conexión (FIN)", stop, still_open(*wire_));
  wire_->narrate_received("FIN");
  return *this;
}

Connection& Connection::expects_ending() {
  const Stop stop = wire_->program.wait([this] { return !wire_->received.empty() || wire_->ending != Ending::open; });
  if (!wire_->received.empty())
    fail(wire_->program, "que la conexión termine sin que llegue nada más", printable(wire_->received));
  if (wire_->ending == Ending::open) fail_on_wire(*wire_, "que la conexión termine", stop);
  wire_->narrate_received(wire_->ending == Ending::fin ? "FIN" : "RST");
  return *this;
}

Connection& Connection::expects_exactly(std::string_view bytes, const std::string& cause) {
  constexpr std::size_t evidence = 64;  // lo que hace falta del primer trozo distinto para saber de dónde ha salido
  std::string& received = wire_->received;
  std::size_t matched = 0;
  bool differs = false;
  const Stop stop = wire_->program.wait([&] {
    if (!differs) {
      const std::size_t compared = std::min(received.size(), bytes.size() - matched);
      const std::size_t equal = equal_bytes(bytes.substr(matched, compared), received);
      differs = equal < compared;
      matched += equal;
      received.erase(0, equal);
    }
    return matched == bytes.size() || wire_->ending != Ending::open || (differs && received.size() >= evidence);
  });
  if (matched < bytes.size()) {
    Mismatch mismatch{bytes, matched, received};
    if (differs) {
      if (stop.outcome == Outcome::happened && wire_->ending == Ending::open) mismatch.has_more();
      const std::string origin = origin_of(bytes, matched, received);
      fail(wire_->program, std::move(mismatch), both(origin, cause.empty() ? wire_->likely_cause : cause));
    }
    constexpr std::size_t shown = 24;
    const bool some = matched > 0;
    fail_on_wire(*wire_, printable(bytes, shown), stop, cause,
                 some ? std::optional{std::move(mismatch)} : std::nullopt);
  }
  wire_->narrate_received(step(bytes));
  return *this;
}

Connection& Connection::likely_cause(std::string cause) {
  wire_->likely_cause = std::move(cause);
  return *this;
}

Connection& Connection::expects_repeatedly(std::initializer_list<std::string_view> lines, std::size_t times,
                                           const std::string& cause) {
  const Reading reading = read_lines(*wire_, lines, times);
  wire_->narrate_received(listed(lines) + ", " + std::to_string(reading.right / lines.size()) + " veces");
  if (reading.right == lines.size() * times) return *this;
  if (reading.wrong) wire_->narrate_received(step(*reading.wrong));
  fail_on_line(*wire_, lines, times, reading, cause);
}

Connection& Connection::stops_reading() {
  narrate("núcleo  " + wire_->name + " deja de leer");
  wire_->reading = false;
  return *this;
}

Connection& Connection::reads_again() {
  narrate("núcleo  " + wire_->name + " vuelve a leer");
  wire_->reading = true;
  return *this;
}

Connection& Connection::expects_ending_after(std::initializer_list<std::string_view> lines, const std::string& cause) {
  const std::string expected = listed(lines) + " y el fin de la conexión";
  const Stop stop = wire_->program.wait([this] { return wire_->ending != Ending::open; });
  if (wire_->ending == Ending::open) fail_on_wire(*wire_, expected, stop, cause);
  if (wire_->ending == Ending::fin) return expects(lines);
  std::string whole;
  for (const std::string_view line : lines) whole.append(line) += '\n';
  std::string came = wire_->received;
  std::erase(came, '\r');
  if (!whole.starts_with(came)) {
    Mismatch mismatch{whole, came};
    mismatch.then("después, " + ending_text(Ending::reset));
    fail_on_bytes(*wire_, std::move(mismatch), cause);
  }
  wire_->narrate_received("RST");
  return *this;
}

Connection& Connection::expects_ending_or(std::string_view line) {
  const Stop stop = wire_->program.wait([this] { return !wire_->received.empty() || wire_->ending != Ending::open; });
  if (!wire_->received.empty()) return expects(line);
  if (wire_->ending == Ending::open) fail_on_wire(*wire_, printable(line) + ", o el fin de la conexión", stop);
  wire_->narrate_received(wire_->ending == Ending::fin ? "FIN" : "RST");
  return *this;
}

Connection& Connection::half_closes() {
  wire_->narrate_sent("FIN (shutdown, SHUT_WR)");
  wire_->shut_write();
  return *this;
}

void Connection::closes() {
  wire_->narrate_sent("FIN (close)");
  wire_->close(false);
}

void Connection::resets() {
  wire_->narrate_sent("RST");
  wire_->close(true);
}

const witness::Address& Connection::local() const { return wire_->local; }
const witness::Address& Connection::remote() const { return wire_->remote; }
std::optional<witness::Socket> Connection::far_end() const { return wire_->far_end(); }
bool Connection::established() const { return !is_connecting(wire_->descriptor.get()); }
Program& Connection::program() const { return wire_->program; }

Connection Program::begins_connecting(const witness::Address& to, const std::string& from) {
  // A quien escucha en todas las direcciones se le llama por la de bucle.
  const std::string host = to.host == "0.0.0.0" ? "127.0.0.1" : to.host == "::" ? "::1" : to.host;
  socklen_t size = 0;
  const sockaddr_storage address = storage_of(host, to.port, size);
  kit::Descriptor socket = bound_socket(from.empty() ? (to.family == AF_INET6 ? "::" : "0.0.0.0") : from, 0);
  kit::check("fcntl", ::fcntl(socket.get(), F_SETFL, O_NONBLOCK));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == -1 && errno != EINPROGRESS) {
    const std::string reason = std::generic_category().message(errno);
    fail(*this, "que se pueda conectar con " + to.text(), "conexión rechazada: " + reason);
  }
  return Connection{*this, std::move(socket), {to.family, host, to.port}, "C"};
}

Connection Program::connect_to(const witness::Address& to, const std::string& from) {
  Connection connection = begins_connecting(to, from);
  connection.expects_established();
  return connection;
}

Connection& Connection::expects_established() {
  for (;;) {
    const Stop stop = wire_->program.wait([this] { return established(); });
    if (stop.outcome == Outcome::happened) break;
    const auto listener = witness::find_tcp(wire_->remote, {wire_->remote.family, {}, 0});
    const bool full = listener && listener->backlog && listener->receive_queue > *listener->backlog;
    // El saludo de tres vías es cosa del núcleo: si hay sitio en la cola terminará, aunque el programa duerma.
    if (stop.outcome == Outcome::silent && listener && !full) {
      pollfd entry{wire_->descriptor.get(), POLLOUT, 0};
      ::poll(&entry, 1, 50);
      continue;
    }
    Failure failure{
        "que el núcleo admita la conexión con " + wire_->remote.text(), observed_text(stop.outcome), stop.program, {}};
    if (full) failure.cause = "la cola de conexiones pendientes (backlog) está llena y nadie llama a accept()";
    failure.pending = wire_->program.pending_step();
    fail(std::move(failure));
  }
  wire_->narrate_sent("conexión desde " + wire_->local.text());
  return *this;
}

ScriptedServer::ScriptedServer(const std::string& host, std::uint16_t port)
    : listener_{bound_socket(host, port)}, address_{bound_address(listener_.get())} {
  kit::check("listen", ::listen(listener_.get(), 16));
  kit::check("fcntl", ::fcntl(listener_.get(), F_SETFL, O_NONBLOCK));
}

Connection ScriptedServer::accepts(Program& program, const std::function<std::string()>& cause) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  kit::Descriptor accepted;
  const Stop stop = program.wait([&] {
    size = sizeof storage;
    accepted = kit::Descriptor{::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_CLOEXEC)};
    return accepted.is_open();
  });
  if (!accepted.is_open())
    fail(program, "que el programa se conecte con " + address_.text(), stop, cause ? cause() : std::string{});
  const witness::Address client = witness::to_address(storage);
  narrate("C → S   conexión desde " + client.text());
  return Connection{program, std::move(accepted), client, "S"};
}

std::uint16_t swapped(std::uint16_t port) { return static_cast<std::uint16_t>(port << 8 | port >> 8); }

std::uint16_t unassigned_port(const std::string& host) {
  int first_assigned = 32768;
  std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> first_assigned;
  std::uniform_int_distribution<int> below{1024, std::max(first_assigned, 2048) - 1};
  constexpr int tries = 1000;
  constexpr int few = 16384;  // con menos puertos sin repartir, al revés puede ser de los que se reparten
  for (int i = 0; i < tries; ++i) {
    const auto port = static_cast<std::uint16_t>(below(session().chance));
    const std::uint16_t reversed = swapped(port);
    if (reversed == port || reversed < 1024 || (reversed >= first_assigned && first_assigned >= few)) continue;
    if (!reserve(port) || !reserve(reversed)) continue;
    try {
      const kit::Descriptor possible = bound_socket(host, port);
      const kit::Descriptor also_possible = bound_socket(host, reversed);
      return port;
    } catch (const std::system_error& error) {
      if (error.code().value() != EADDRINUSE) throw;
    }
  }
  throw std::system_error{EADDRINUSE, std::generic_category(), "no hay ningún puerto libre en " + host};
}

RefusingPort::RefusingPort(const std::string& host, std::uint16_t port)
    : socket_{bound_socket(host, port)}, address_{bound_address(socket_.get())} {}

std::string private_loopback() {
  std::uniform_int_distribution<int> byte{1, 254};
  std::uniform_int_distribution<int> last{128, 223};  // leída al revés, la dirección no es de bucle ni de difusión
  auto& generator = session().chance;
  return "127." + std::to_string(byte(generator)) + '.' + std::to_string(byte(generator)) + '.' +
         std::to_string(last(generator));
}

}  // namespace grader
