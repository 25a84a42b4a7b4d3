#include "demo/race.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <string_view>

#include "grader/failure.hpp"
#include "programs/kit.hpp"
#include "protocol/protocol.hpp"
#include "witness/capabilities.hpp"

namespace demo {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds long_silence{100};  // cuando se le pregunta al testigo si el servidor hará algo más

// Lo que dice un cliente, y lo que tiene que oír antes de seguir. DATA no tiene respuesta propia.
struct Line {
  std::string_view says;
  std::string_view hears;
};
constexpr std::array<Line, 4> conversation{
    {{"HELO\n", protocol::ok}, {"DATA\n", {}}, {"hola, mundo\n", protocol::received}, {"QUIT\n", protocol::bye}}};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Un cliente en carrera. No espera nunca: se le avisa cuando su socket está listo o cuando ha pensado bastante.
class Runner {
public:
  Runner(grader::Program& server, std::uint16_t port, const Visitor& visitor, Clock::time_point start)
      : server_{server},
        pause_{visitor.pause},
        start_{start},
        socket_{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))} {
    const int yes = 1;  // si no, quien envía dos veces seguidas espera al acuse de recibo: el algoritmo de Nagle
    kit::check("setsockopt", ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes));
    visit_.name = visitor.name;
    visit_.arrives = now();
    const sockaddr_in address = loopback(port);
    const int result = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (result == -1 && errno != EINPROGRESS) kit::check("connect", result);
  }

  [[nodiscard]] bool left() const { return !socket_.is_open(); }
  [[nodiscard]] bool connecting() const { return !connected_; }
  [[nodiscard]] const Visit& visit() const { return visit_; }
  [[nodiscard]] std::optional<Clock::time_point> thinks_until() const { return thinks_until_; }
  // poll() no hace caso de un descriptor negativo: el de quien ya se ha ido.
  [[nodiscard]] pollfd awaited() const { return {socket_.get(), connected_ ? short{POLLIN} : short{POLLOUT}, 0}; }

  // Ha pensado bastante.
  void speaks() {
    thinks_until_.reset();
    const std::string_view line = conversation.at(turn_).says;
    if (::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) == -1) is_lost("la conexión se ha cortado");
    if (conversation.at(turn_).hears.empty()) goes_on();
  }

  // Su socket está listo.
  void looks() {
    if (!connected_) {
      connected_ = true;
      return speaks();
    }
    std::array<char, 512> block{};
    const ssize_t count = ::recv(socket_.get(), block.data(), block.size(), 0);
    if (count == -1) is_lost("la conexión se ha cortado");
    if (count == 0 && turn_ < conversation.size()) is_lost("el servidor ha cerrado (FIN)");
    if (count == 0) {
      visit_.leaves = now();
      return socket_.reset();
    }
    heard_.append(block.data(), static_cast<std::size_t>(count));
    std::erase(heard_, '\r');
    if (!expected().starts_with(heard_)) is_lost(grader::printable(heard_));
    if (heard_ != expected()) return;
    heard_.clear();
    if (turn_ == 0) visit_.answered = now();
    goes_on();
  }

private:
  [[nodiscard]] microseconds now() const { return std::chrono::duration_cast<microseconds>(Clock::now() - start_); }

  void goes_on() {
    if (++turn_ < conversation.size()) thinks_until_ = Clock::now() + pause_;
  }

  // LF y CRLF valen igual.
  [[nodiscard]] std::string expected() const {
    std::string line{turn_ < conversation.size() ? conversation.at(turn_).hears : std::string_view{}};
    std::erase(line, '\r');
    return line;
  }

  [[noreturn]] void is_lost(const std::string& observed) const {
    const std::string what = turn_ == conversation.size() ? "reciba el FIN"
                             : expected().empty()         ? "no reciba nada todavía"
                                                          : "reciba " + grader::printable(expected());
    grader::fail(server_, "que el " + visit_.name + ' ' + what, observed);
  }

  grader::Program& server_;
  milliseconds pause_;
  Clock::time_point start_;
  kit::Descriptor socket_;
  Visit visit_;
  std::string heard_;
  std::size_t turn_ = 0;
  bool connected_ = false;
  std::optional<Clock::time_point> thinks_until_;
};

std::optional<std::uint32_t> queue_of(const witness::Address& address) {
  const auto listener = witness::find_tcp(address, {address.family, {}, 0});
  if (!listener) return std::nullopt;
  return listener->receive_queue;
}

// Cuánto le falta a quien antes acabará de pensar; nada, si no piensa nadie y le toca al servidor.
std::optional<milliseconds> next_thought(const std::vector<Runner>& runners) {
  std::optional<Clock::time_point> first;
  for (const Runner& runner : runners) {
    if (const auto end = runner.thinks_until()) first = std::min(*end, first.value_or(*end));
  }
  if (!first) return std::nullopt;
  return std::max(std::chrono::ceil<milliseconds>(*first - Clock::now()), milliseconds{0});
}

bool is_ready(std::vector<pollfd>& awaited, milliseconds limit) {
  return ::poll(awaited.data(), awaited.size(), static_cast<int>(limit.count())) > 0;
}

// Nadie piensa y no llega nada: o el servidor responderá, o está probado que no lo hará.
void expect_answer(grader::Program& server, const std::vector<Runner>& runners, std::vector<pollfd>& awaited) {
  if (std::any_of(runners.begin(), runners.end(), [](const Runner& runner) { return runner.connecting(); })) return;
  const grader::Stop stop = server.wait([&] { return is_ready(awaited, milliseconds{0}); });
  if (stop.outcome == grader::Outcome::happened) return;
  grader::fail(server, "que el servidor atienda a todos los clientes", stop);
}

}  // namespace

std::vector<Visitor> usual_visitors() {
  return {{"cliente 1", milliseconds{60}},
          {"cliente 2", milliseconds{0}},
          {"cliente 3", milliseconds{40}},
          {"cliente 4", milliseconds{20}},
          {"cliente 5", milliseconds{40}}};
}

Race race(grader::Program& server, const witness::Address& address, const std::vector<Visitor>& visitors) {
  Race result;
  const bool can_ask = witness::available(witness::Capability::sock_diag);  // averiguarlo tarda: antes de empezar
  const Clock::time_point start = Clock::now();
  std::vector<Runner> runners;
  runners.reserve(visitors.size());
  for (const Visitor& visitor : visitors) runners.emplace_back(server, address.port, visitor, start);
  const auto left = [](const Runner& runner) { return runner.left(); };
  while (!std::all_of(runners.begin(), runners.end(), left)) {
    std::vector<pollfd> awaited;
    std::transform(runners.begin(), runners.end(), std::back_inserter(awaited),
                   [](const Runner& runner) { return runner.awaited(); });
    const auto thought = next_thought(runners);
    if (!is_ready(awaited, thought.value_or(long_silence)) && !thought) expect_answer(server, runners, awaited);
    for (std::size_t i = 0; i < runners.size(); ++i) {
      if (awaited[i].revents != 0) runners[i].looks();
      const auto end = runners[i].thinks_until();
      if (!end || *end > Clock::now()) continue;
      if (i == 0 && can_ask && !result.waiting_outside) result.waiting_outside = queue_of(address);
      runners[i].speaks();
    }
  }
  for (const Runner& runner : runners) result.visits.push_back(runner.visit());
  return result;
}

std::string ratio(std::chrono::microseconds before, std::chrono::microseconds after) {
  const auto tenths = (before.count() * 20 / after.count() + 1) / 2;
  return std::to_string(tenths / 10) + ',' + std::to_string(tenths % 10);
}

}  // namespace demo
