#include "demo/recorder/calls.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <regex>
#include <string_view>
#include <utility>

namespace demo {
namespace {

// «?»: hay máquinas que no tienen esa llamada.
constexpr const char* traced_calls =
    "trace=socket,bind,listen,?accept,accept4,connect,shutdown,setsockopt,sendto,recvfrom,sendmsg,recvmsg,read,write,"
    "close,?poll,ppoll,?fork,?vfork,clone,?clone3,wait4,exit_group";

// Una línea de strace, en sus partes. Una llamada que otro hilo interrumpe ocupa dos: «… <unfinished ...>» y
// «<... recvfrom resumed> …».
struct Line {
  pid_t pid = 0;
  std::int64_t time = 0;  // en nanosegundos, de CLOCK_REALTIME
  std::string name;
  std::string arguments;
  std::string result;
  std::optional<std::int64_t> duration;
};

// «1795881560.152504123», en nanosegundos; 0 si no es un número.
std::int64_t nanoseconds(std::string_view text) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  std::int64_t value = whole * 1'000'000'000;
  std::int64_t unit = 100'000'000;
  if (error != std::errc{} || end == text.data() + text.size() || *end != '.') return value;
  for (const char* digit = end + 1; digit != text.data() + text.size() && unit > 0; ++digit, unit /= 10) {
    value += (*digit - '0') * unit;
  }
  return value;
}

// Un fin de llamada, «…) = 5 <0.000012>», repartido entre los argumentos, el resultado y la duración.
void split_end(std::string_view text, Line& line) {
  const std::size_t equals = text.rfind(") = ");
  if (equals == std::string_view::npos) return;
  line.arguments += text.substr(0, equals);
  std::string_view result = text.substr(equals + 4);
  if (const std::size_t start = result.rfind(" <"); start != std::string_view::npos && result.ends_with('>')) {
    line.duration = nanoseconds(result.substr(start + 2, result.size() - start - 3));
    result = result.substr(0, start);
  }
  line.result = result;
}

// Las llamadas enteras, según terminan. Las que no terminan quedan en «unfinished».
class Reader {
public:
  std::optional<Line> read(std::string_view text) {
    Line line;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), line.pid);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    line.time = nanoseconds(text.substr(0, space));
    text.remove_prefix(space + 1);

    constexpr std::string_view resumed = " resumed>";
    if (text.starts_with("<... ")) {
      const std::size_t at = text.find(resumed);
      const auto begun = unfinished.find(line.pid);
      if (at == std::string_view::npos || begun == unfinished.end()) return std::nullopt;
      line = std::move(begun->second);
      unfinished.erase(begun);
      split_end(text.substr(at + resumed.size()), line);
      return line;
    }
    const std::size_t open = text.find('(');
    if (open == std::string_view::npos || text.starts_with("---") || text.starts_with("+++")) return std::nullopt;
    line.name = text.substr(0, open);
    text.remove_prefix(open + 1);
    constexpr std::string_view broken = " <unfinished ...>";
    if (text.ends_with(broken)) {
      text.remove_suffix(broken.size());
      line.arguments = text;
      unfinished[line.pid] = std::move(line);
      return std::nullopt;
    }
    split_end(text, line);
    return line;
  }

  std::map<pid_t, Line> unfinished;
};

// Un descriptor como lo escribe strace: «4<TCP:[127.0.0.1:80->127.0.0.2:4000]>».
struct Descriptor {
  int number = -1;
  std::string kind;  // «TCP:[…]»
};

std::size_t end_of_kind(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && (text[end] != '>' || text[end - 1] == '-')) ++end;
  return end;
}

Descriptor descriptor_at_start(std::string_view text) {
  Descriptor found;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found.number);
  if (error != std::errc{}) return {};
  const auto place = static_cast<std::size_t>(end - text.data());
  if (place < text.size() && text[place] == '<') {
    found.kind = text.substr(place + 1, end_of_kind(text, place + 1) - place - 1);
  }
  return found;
}

// Sin lo que es cada descriptor, que va detrás de su número.
std::string without_kinds(std::string_view text) {
  std::string clean;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      clean += text.substr(i, 2);
      ++i;
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && text[i] == '<' && i > 0 && std::isdigit(static_cast<unsigned char>(text[i - 1])) != 0) {
      i = end_of_kind(text, i + 1);
      continue;
    }
    clean += text[i];
  }
  return clean;
}

bool is_tcp(const Descriptor& descriptor) { return descriptor.kind.starts_with("TCP"); }

// Los argumentos, como los escribe quien programa.
std::string readable(const std::string& name, std::string_view arguments) {
  static const std::regex ipv4{
      R"re(\{sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]*)"\)\})re"};
  static const std::regex ipv6{
      R"re(\{sa_family=AF_INET6, sin6_port=htons\((\d+)\), .*inet_pton\(AF_INET6, "([^"]*)".*\})re"};
  static const std::regex unused{R"((, NULL, (NULL|0)|, \d+|, \[\d+( => \d+)?\])$)"};
  static const std::regex pointer{"0x[0-9a-f]{6,}"};
  std::string text = without_kinds(arguments);
  if (name == "send" || name == "recv") return std::regex_replace(std::regex_replace(text, unused, ""), pointer, "…");
  if (name == "accept") return text.substr(0, text.find(','));
  if (name == "bind" || name == "connect") {
    text = std::regex_replace(std::regex_replace(text, ipv6, "[$2]:$1"), ipv4, "$2:$1");
    return std::regex_replace(text, unused, "");
  }
  if (name == "fork") return "";
  return std::regex_replace(text, pointer, "…");
}

std::string name_of(const Line& line) {
  static const std::map<std::string, std::string> names{
      {"sendto", "send"}, {"recvfrom", "recv"}, {"accept4", "accept"}, {"ppoll", "poll"},     {"wait4", "waitpid"},
      {"vfork", "fork"},  {"clone", "fork"},    {"clone3", "fork"},    {"exit_group", "exit"}};
  if (line.arguments.find("CLONE_THREAD") != std::string::npos) return "pthread_create";
  const auto found = names.find(line.name);
  return found == names.end() ? line.name : found->second;
}

// «[127.0.0.1:80->127.0.0.2:4000]»: los extremos de una conexión. «TCPv6:[[::1]:80->…]» es igual.
void add_ends(const std::string& kind, Event& event) {
  const std::size_t open = kind.find(":[");
  if (open == std::string::npos || !kind.ends_with(']')) return;
  const std::string ends = kind.substr(open + 2, kind.size() - open - 3);
  if (ends.find(':') == std::string::npos) return;  // aún sin dirección: dice su nodo-i
  const std::size_t arrow = ends.find("->");
  event["local"] = ends.substr(0, arrow);
  if (arrow != std::string::npos) event["remote"] = ends.substr(arrow + 2);
}

Event to_event(const Line& line, const std::string& actor, const Descriptor& descriptor, const Descriptor& result,
               std::int64_t offset) {
  Event event = make_event(line.time - offset, actor, "call");
  const std::string name = name_of(line);
  event["call"] = name;
  event["args"] = readable(name, line.arguments);
  event["pid"] = line.pid;
  if (line.duration) event["ns"] = *line.duration;
  if (!line.result.empty() && !line.result.starts_with('?')) event["result"] = result.number;
  static const std::regex failed{R"(^-1 (E\w+))"};
  if (std::smatch match; std::regex_search(line.result, match, failed)) event["error"] = match[1];
  if (descriptor.number >= 0 && !descriptor.kind.empty()) event["fd"] = descriptor.number;
  const bool carries = name == "send" || name == "recv" || name == "read" || name == "write";
  if (carries && result.number > 0) event["bytes"] = result.number;
  add_ends(name == "accept" ? result.kind : descriptor.kind, event);
  return event;
}

// Decide qué llamadas interesan, y recuerda qué sockets son de la demostración y qué procesos, del programa.
class Filter {
public:
  explicit Filter(const Watched& watched) : watched_{watched}, programs_{watched.programs} {}

  std::optional<Event> look(const Line& line) {
    const Descriptor descriptor = descriptor_at_start(line.arguments);
    const Descriptor result = descriptor_at_start(line.result);
    if (programs_.contains(line.pid)) return of_program(line, descriptor, result);
    if (line.pid == watched_.demo) return of_demo(line, descriptor, result);
    return std::nullopt;
  }

private:
  std::optional<Event> of_program(const Line& line, const Descriptor& descriptor, const Descriptor& result) {
    const std::string name = name_of(line);
    if (name == "fork" || name == "pthread_create") programs_.insert(result.number);
    const bool needs_socket = line.name == "read" || line.name == "write" || name == "close" || name == "recvmsg" ||
                              name == "sendmsg" || name == "setsockopt";
    if (needs_socket && !is_socket(descriptor)) return std::nullopt;
    // Un socket AF_UNIX ya conectado no sale a la red: por uno así cuenta el supervisor que el programa arranca.
    if (descriptor.kind.starts_with("UNIX") && descriptor.kind.find("->") != std::string::npos) return std::nullopt;
    if (line.arguments.find("NETLINK") != std::string::npos || line.result.find("NETLINK") != std::string::npos) {
      return std::nullopt;  // la biblioteca de C le pregunta al núcleo qué direcciones tiene
    }
    if (name == "poll" && line.arguments.starts_with("NULL")) return std::nullopt;
    if (of_resolver(line, name, descriptor, result)) return std::nullopt;
    return to_event(line, "programa", descriptor, result, watched_.offset);
  }

  std::optional<Event> of_demo(const Line& line, const Descriptor& descriptor, const Descriptor& result) {
    const std::string name = name_of(line);
    if (name == "socket" || name == "accept") {
      if (!is_tcp(result)) return std::nullopt;
      own_.insert(result.number);
    } else if (!own_.contains(descriptor.number) || !is_tcp(descriptor)) {
      return std::nullopt;
    }
    if (name == "close") own_.erase(descriptor.number);
    const bool looked = line.result.starts_with("-1 EAGAIN") || name == "poll" || line.name == "read" ||
                        line.arguments.find("TCP_NODELAY") != std::string::npos ||
                        line.arguments.find("TCP_QUICKACK") != std::string::npos;
    if (looked) return std::nullopt;
    return to_event(line, "demostración", descriptor, result, watched_.offset);
  }

  // Al resolver un nombre, la biblioteca de C pregunta a nscd, y ordena las direcciones con un socket UDP.
  bool of_resolver(const Line& line, const std::string& name, const Descriptor& descriptor, const Descriptor& result) {
    if (name == "connect" && descriptor.kind.starts_with("UDP")) return true;
    const std::pair socket{line.pid, name == "socket" ? result.number : descriptor.number};
    if (line.arguments.starts_with("AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK")) resolver_.insert(socket);
    if (!resolver_.contains(socket)) return false;
    if (name == "close") resolver_.erase(socket);
    return true;
  }

  static bool is_socket(const Descriptor& descriptor) {
    static constexpr std::array kinds{"TCP", "UDP", "UNIX", "socket"};
    return std::any_of(kinds.begin(), kinds.end(), [&](const char* kind) { return descriptor.kind.starts_with(kind); });
  }

  Watched watched_;
  std::set<pid_t> programs_;
  std::set<int> own_;
  std::set<std::pair<pid_t, int>> resolver_;
};

}  // namespace

std::vector<std::string> strace_command(const std::string& log, const std::vector<std::string>& command) {
  std::vector<std::string> words{"strace",
                                 "-f",
                                 "-qq",
                                 "-a1",
                                 "-yy",
                                 "-s",
                                 "64",
                                 "-I",
                                 "2",
                                 "--seccomp-bpf",
                                 "--absolute-timestamps=unix,ns",
                                 "--syscall-times=ns",
                                 "-e",
                                 "signal=none",
                                 "-e",
                                 traced_calls,
                                 "-o",
                                 log};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

std::vector<Event> read_calls(std::istream& log, const Watched& watched) {
  std::vector<Line> lines;
  Reader reader;
  for (std::string text; std::getline(log, text);) {
    if (auto line = reader.read(text)) lines.push_back(std::move(*line));
  }
  for (auto& [pid, line] : reader.unfinished) lines.push_back(std::move(line));
  // Cada una cuenta desde que empieza: un accept() que espera va antes que el connect() que lo despierta.
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
  Filter filter{watched};
  std::vector<Event> events;
  for (const Line& line : lines) {
    if (auto event = filter.look(line)) events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace demo
