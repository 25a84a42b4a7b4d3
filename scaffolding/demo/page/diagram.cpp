#include "demo/page/diagram.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "demo/stage.hpp"
#include "grader/text.hpp"

namespace demo {
namespace {

using grader::columns;

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t time_wait = 60'000 * millisecond;  // TCP_TIMEWAIT_LEN, en Linux

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

// «12,4 ms», «1,02 s».
std::string duration(std::int64_t time) {
  const bool long_one = time >= 1000 * millisecond;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", long_one ? 2 : 1,
                static_cast<double>(time) / static_cast<double>(long_one ? 1000 * millisecond : millisecond));
  std::string result = text.data();
  std::replace(result.begin(), result.end(), '.', ',');
  return result + (long_one ? " s" : " ms");
}

// Las primeras columnas de un texto que no cabe.
std::string fit(const std::string& text, std::size_t limit) {
  if (columns(text) <= limit) return text;
  std::string kept;
  for (const char byte : text) {
    const bool starts = (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    if (starts && columns(kept) + 1 >= limit) break;
    kept += byte;
  }
  return kept + "…";
}

// Dónde está cada cosa, según el ancho.
struct Layout {
  double width, client, client_kernel, server_kernel, server, row, letter;
};

Layout layout_for(Width width) {
  if (width == Width::wide) return {980, 96, 330, 690, 926, 26, 7.3};
  return {372, 14, 104, 268, 350, 26, 6.1};
}

std::string element(const std::string& name, const std::string& kind, const std::string& attributes) {
  return '<' + name + " class=\"" + kind + "\" " + attributes + "/>";
}

std::string line(const std::string& kind, double x1, double y1, double x2, double y2) {
  return element(
      "line", kind,
      "x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + '"');
}

std::string box(const std::string& kind, double x, double y, double width, double height) {
  return element("rect", kind,
                 "x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(std::max(width, 1.0)) +
                     "\" height=\"" + number(height) + R"(" rx="2")");
}

enum class Anchor { start, middle, end };

std::string label(const std::string& kind, double x, double y, const std::string& text, Anchor anchor = Anchor::start) {
  static constexpr std::array names{"start", "middle", "end"};
  return "<text class=\"" + kind + "\" x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" +
         names.at(static_cast<std::size_t>(anchor)) + "\">" + escaped(text) + "</text>";
}

std::string arrow_head(const std::string& kind, double x, double y, double direction) {
  return element("path", kind, "d=\"M" + number(x) + ' ' + number(y) + " l" + number(-8 * direction) + " -4 v8 z\"");
}

bool is(const Event& event, const char* kind) { return event["kind"] == kind; }

// Quien no dice desde qué dirección conecta, en la interfaz de bucle lo hace desde esta.
std::string end_of(const Event& event, const char* name) {
  const std::string text = text_in(event, name);
  return text.starts_with("0.0.0.0:") ? "127.0.0.1" + text.substr(7) : text;
}

std::int64_t time_of(const Event& event) { return event["t"].get<std::int64_t>(); }

std::optional<std::int64_t> end_time(const Event& call) {
  if (!call.contains("ns")) return std::nullopt;
  return time_of(call) + call["ns"].get<std::int64_t>();
}

// Los datos de send() o recv(), con sus comillas.
std::string data_in(const Event& call) {
  const std::string arguments = text_in(call, "args");
  const std::size_t open = arguments.find('"');
  const std::size_t close = arguments.rfind('"');
  if (open == std::string::npos || close <= open) return {};
  return arguments.substr(open, close - open + 1) + (arguments.compare(close + 1, 3, "...") == 0 ? "…" : "");
}

// La llamada como la escribe quien programa: sin lo que aquí estorba.
std::string written(const Event& call) {
  const std::string name = text_in(call, "call");
  std::string arguments = text_in(call, "args");
  if (name == "recv" || name == "read") arguments = arguments.substr(0, arguments.find(','));
  if (name == "poll") {  // bastan sus descriptores
    std::string watched;
    for (std::size_t at = 0; (at = arguments.find("fd=", at)) != std::string::npos;) {
      at += 3;
      watched += (watched.empty() ? "" : ", ") + arguments.substr(at, arguments.find(',', at) - at);
    }
    arguments = watched;
  }
  if (name == "send" || name == "write") arguments = arguments.substr(0, arguments.find(',')) + ", " + data_in(call);
  for (const std::string noise : {"|SOCK_CLOEXEC", ", IPPROTO_IP", ", IPPROTO_TCP"}) {
    if (const std::size_t at = arguments.find(noise); at != std::string::npos) arguments.erase(at, noise.size());
  }
  return name + '(' + arguments + ')';
}

std::string outcome(const Event& call) {
  if (!call.contains("result")) return call.contains("ns") ? " interrumpida por una señal" : "";
  std::string text = " = " + std::to_string(call["result"].get<long>());
  if (call.contains("error")) text += ' ' + text_in(call, "error");
  const std::string name = text_in(call, "call");
  if (name == "recv" || name == "read") text += ' ' + data_in(call);
  if (name == "accept" && call.contains("remote")) text += " · " + text_in(call, "remote");
  return text;
}

bool failed(const Event& call) { return call.contains("error") && text_in(call, "error") != "EINPROGRESS"; }

// Un punto del diagrama. Una llamada que espera tiene dos: cuando empieza y cuando vuelve.
struct Row {
  enum Kind { call, waits, returns, segment, arrow, note, gap } kind = note;
  const Event* event = nullptr;
  std::int64_t time = 0;
  std::string text;  // en un silencio
};

// Lo que se sabe de una demostración entera y hace falta para dibujar un paso.
class Facts {
public:
  explicit Facts(const Story& story) : story_{story} {
    for (const Event& event : story.events) {
      if (is(event, "segment")) {
        has_segments = true;
        const std::string flags = text_in(event, "flags");
        if (flags == "SYN") clients_.insert(text_in(event, "from"));
        if (flags != "SYN") answered_[{text_in(event, "to"), text_in(event, "from")}].push_back(time_of(event));
      } else if (is(event, "call") && text_in(event, "call") == "connect") {
        clients_.insert(end_of(event, "local"));
      }
    }
  }

  // ¿Está a la izquierda?
  [[nodiscard]] bool at_client(const std::string& end) const { return clients_.contains(end); }

  [[nodiscard]] static bool at_client(const Scene& scene, const Event& call) {
    if (scene.client.empty()) return true;
    const bool program_is_client = scene.client.find(".cpp") != std::string::npos;
    return (call["actor"] == "programa") == program_is_client;
  }

  // Un SYN al que nadie contesta.
  [[nodiscard]] bool is_lost(const Event& segment) const {
    if (text_in(segment, "flags") != "SYN") return false;
    constexpr std::int64_t soon = 200 * millisecond;
    const auto found = answered_.find({text_in(segment, "from"), text_in(segment, "to")});
    if (found == answered_.end()) return true;
    return std::none_of(found->second.begin(), found->second.end(),
                        [&](std::int64_t time) { return time >= time_of(segment) && time < time_of(segment) + soon; });
  }

  // Cómo se llama el cliente de una conexión, si hay varios.
  [[nodiscard]] std::string name_of(const std::string& one, const std::string& other) const {
    for (const std::string& end : {one, other}) {
      if (const auto found = story_.names.find(end); found != story_.names.end()) return found->second;
    }
    return {};
  }

  bool has_segments = false;

private:
  const Story& story_;
  std::set<std::string> clients_;
  std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>> answered_;
};

// El diagrama de secuencia de un paso.
class Sequence {
public:
  Sequence(const Story& story, const Scene& scene, Width width)
      : story_{story}, scene_{scene}, facts_{story}, layout_{layout_for(width)}, wide_{width == Width::wide} {
    const auto letters = [&](double pixels) { return static_cast<std::size_t>(pixels / layout_.letter); };
    call_limit_ = letters(layout_.server - layout_.client - 24);
    arrow_limit_ = letters(wide_ ? layout_.server_kernel - layout_.client_kernel - 16 : layout_.width - 40);
    find_rows();
  }

  Drawing draw() {
    if (rows_.empty()) return {{}, layout_.width, 0};
    std::string rows;
    double y = header;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      tops_.push_back(y);
      auto [body, words, height] = draw_row(rows_[i], y);
      rows += R"(<g class="row" data-row=")" + std::to_string(i) + "\"><title>" + escaped(words) + "</title>" +
              box("hit", 0, y, layout_.width, height) + body + "</g>";
      y += height;
    }
    return {lifelines(y) + bars(y) + rows, layout_.width, y + 12};
  }

private:
  static constexpr double header = 44;
  static constexpr double bar_width = 6;

  [[nodiscard]] bool has_sides() const { return !scene_.client.empty(); }

  // ¿Hay que ver cuándo empieza y cuándo vuelve? Sí, si entretanto llega algo, o si dura.
  [[nodiscard]] bool waits(const Event& call) const {
    const std::string name = text_in(call, "call");
    const auto end = end_time(call);
    if (!end) return name != "exit";
    if (time_of(call) < scene_.begin || *end > scene_.end) return true;
    if (text_in(call, "error") == "EINPROGRESS") return false;  // no espera: sigue conectando mientras tanto
    if (name == "send" || name == "connect") return *end - time_of(call) > 2 * millisecond;
    if (name != "accept" && name != "recv" && name != "poll" && name != "waitpid" && name != "read") return false;
    return std::any_of(scene_.events.begin(), scene_.events.end(), [&](const Event& other) {
      return &other != &call && time_of(other) > time_of(call) && time_of(other) < *end &&
             (is(other, "segment") || is(other, "kernel"));
    });
  }

  void find_rows() {
    program_acts_ = std::any_of(scene_.events.begin(), scene_.events.end(),
                                [](const Event& event) { return is(event, "call") && event["actor"] == "programa"; });
    for (const Event& event : scene_.events) {
      const std::int64_t time = time_of(event);
      if (is(event, "call")) {
        if (!is_shown(event)) continue;
        rows_.push_back({waits(event) ? Row::waits : Row::call, &event, time, {}});
      } else if (is(event, "segment")) {
        rows_.push_back({Row::segment, &event, time, {}});
      } else if (is(event, "arrow") && !facts_.has_segments) {
        rows_.push_back({Row::arrow, &event, time, {}});
      } else if (is(event, "kernel") || is(event, "local") || is(event, "stop")) {
        rows_.push_back({Row::note, &event, time, {}});
      }
    }
    for (const Event& event : story_.events) {
      const auto end = is(event, "call") ? end_time(event) : std::nullopt;
      if (end && *end >= scene_.begin && *end < scene_.end && is_drawn_waiting(event)) {
        rows_.push_back({Row::returns, &event, *end, {}});
      }
    }
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.time < b.time; });
    for (const Row& row : rows_) {
      if (is(*row.event, "call")) lane(*row.event);
    }
    constexpr std::int64_t silence = 200 * millisecond;
    for (std::size_t i = 1; i < rows_.size(); ++i) {
      const std::int64_t passed = rows_[i].time - rows_[i - 1].time;
      if (passed < silence || rows_[i - 1].kind == Row::gap) continue;
      rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(i),
                   {Row::gap, nullptr, rows_[i].time, "no pasa nada durante " + duration(passed)});
      ++i;
    }
  }

  // Cuando no hay cliente ni servidor se ve al programa y, si él no hace nada, a la demostración.
  [[nodiscard]] bool is_shown(const Event& call) const {
    return has_sides() || (call["actor"] == "programa") == program_acts_;
  }

  [[nodiscard]] bool is_drawn_waiting(const Event& call) const {
    if (!is_shown(call)) return false;
    if (time_of(call) < scene_.begin) return true;
    return std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) {
      return row.kind == Row::waits && time_of(*row.event) == time_of(call) && (*row.event)["pid"] == call["pid"];
    });
  }

  // Varios procesos o hilos en el mismo lado: cada uno, un poco más allá.
  double lane(const Event& call) {
    auto& known = lanes_[Facts::at_client(scene_, call)];
    const long pid = call["pid"].get<long>();
    auto found = std::find(known.begin(), known.end(), pid);
    if (found == known.end()) found = known.insert(known.end(), pid);
    return static_cast<double>((found - known.begin()) % 3) * (bar_width + 1);
  }

  struct Drawn {
    std::string body;
    std::string words;
    double height;
  };

  Drawn draw_row(const Row& row, double y) {
    const std::string when = duration(row.time - scene_.begin);
    const std::string clock = wide_ && row.kind != Row::gap ? label("clock", 8, y + 17, when) : "";
    Drawn drawn;
    switch (row.kind) {
      case Row::segment:
        drawn = draw_segment(*row.event, y);
        break;
      case Row::arrow:
        drawn = draw_arrow(*row.event, y);
        break;
      case Row::note:
        drawn = draw_note(*row.event, y);
        break;
      case Row::gap:
        return {label("gap", layout_.width / 2, y + 17, "⋯ " + row.text + " ⋯", Anchor::middle), row.text, layout_.row};
      default:
        drawn = draw_call(row, y);
    }
    drawn.body.insert(0, clock);
    drawn.words.insert(0, when + ". ");
    return drawn;
  }

  Drawn draw_call(const Row& row, double y) {
    const Event& call = *row.event;
    const bool left = Facts::at_client(scene_, call);
    std::string text = written(call);
    std::string words = (left && has_sides() ? "El cliente" : has_sides() ? "El servidor" : "El programa");
    if (call["actor"] == "demostración" && !has_sides()) words = "La demostración";
    if (row.kind == Row::waits) {
      words += " llama a " + text + ", que espera";
      text += " … espera";
    } else if (row.kind == Row::returns) {
      const std::string waited = call.contains("ns") ? duration(call["ns"].get<std::int64_t>()) : "";
      words += ": vuelve " + text + outcome(call) + ", tras " + waited;
      text = "↩ " + text + outcome(call) + " · tras " + waited;
    } else {
      words += ": " + text + outcome(call);
      text += outcome(call);
    }
    if (const std::string name = facts_.name_of(end_of(call, "local"), end_of(call, "remote"));
        !name.empty() && call["actor"] == "demostración") {
      text.insert(0, name + ": ");
    }
    if (left ? lanes_[true].size() > 1 : lanes_[false].size() > 1) {
      text.insert(0, '[' + std::to_string(call["pid"].get<long>()) + "] ");
    }
    const double shift = lane(call);
    const double x = left ? layout_.client + shift : layout_.server - shift;
    std::string kind = failed(call) ? "call failed" : "call";
    if (row.kind == Row::waits) kind += " waits";
    std::string body = element("circle", left ? "dot client" : "dot server",
                               "cx=\"" + number(x) + "\" cy=\"" + number(y + 13) + R"(" r="4")");
    body += left ? label(kind, x + 10, y + 17, fit(text, call_limit_))
                 : label(kind, x - 10, y + 17, fit(text, call_limit_), Anchor::end);
    return {body, words, layout_.row};
  }

  // Los estados que cambian con un segmento, en un lado.
  [[nodiscard]] std::string states_of(const Event& segment, bool left) const {
    std::string text;
    for (const Event& event : scene_.events) {
      if (!is(event, "state") || event["how"] != "segmento" || time_of(event) != time_of(segment)) continue;
      const std::string local = text_in(event, "local");
      const std::string remote = text_in(event, "remote");
      const std::set<std::string> ends{text_in(segment, "from"), text_in(segment, "to")};
      if (!ends.contains(local) || !ends.contains(remote) || facts_.at_client(local) != left) continue;
      text += (text.empty() ? "" : " → ") + text_in(event, "state");
    }
    return text;
  }

  Drawn draw_segment(const Event& segment, double y) {
    const std::string from = text_in(segment, "from");
    const std::string to = text_in(segment, "to");
    const bool right = facts_.at_client(from);
    const std::string name = facts_.name_of(from, to);
    const auto length = segment["len"].get<std::size_t>();
    const std::string flags = text_in(segment, "flags");
    std::string text = flags + " seq=" + std::to_string(segment["seq"].get<std::uint32_t>());
    if (flags.find("ACK") != std::string::npos) text += " ack=" + std::to_string(segment["ack"].get<std::uint32_t>());
    if (length > 0) text += " len=" + std::to_string(length);
    std::string words = std::string{right ? "Del cliente al servidor" : "Del servidor al cliente"} +
                        (name.empty() ? "" : " (" + name + ')') + ", un segmento " + text;
    if (length > 0) text += " «" + fit(text_in(segment, "data"), 20) + "»";
    if (!name.empty()) text.insert(0, name + " · ");

    const bool lost = facts_.is_lost(segment);
    const double high = wide_ ? 0 : 6;
    const double middle = y + 19 + high;
    const double start = right ? layout_.client_kernel : layout_.server_kernel;
    const double whole = right ? layout_.server_kernel : layout_.client_kernel;
    const double end = lost ? start + (whole - start) * 0.8 : whole;
    const std::string kind = flags.find("RST") != std::string::npos ? "wire rst" : length > 0 ? "wire data" : "wire";
    const double direction = right ? 1 : -1;
    std::string body = line(kind, start, middle, end - 6 * direction, middle);
    body += lost ? label("lost", end, middle + 5, "✗", Anchor::middle) : arrow_head(kind, end, middle, direction);
    if (lost) words += ", que se descarta";
    body += label("segment", (layout_.client_kernel + layout_.server_kernel) / 2, y + 14, fit(text, arrow_limit_),
                  Anchor::middle);
    for (const bool left : {true, false}) {
      const std::string states = states_of(segment, left);
      if (states.empty()) continue;
      words += std::string{left ? ". El cliente pasa a " : ". El servidor pasa a "} + states;
      if (wide_) {
        body += left ? label("state client", layout_.client_kernel - 8, y + 22, states, Anchor::end)
                     : label("state server", layout_.server_kernel + 8, y + 22, states);
      } else {
        const std::string last = states.substr(states.rfind(' ') + 1);
        body += left ? label("state client", layout_.client_kernel - 4, middle + 4, last, Anchor::end)
                     : label("state server", layout_.server_kernel + 4, middle + 4, last);
      }
    }
    return {body, words, layout_.row + 4 + high};
  }

  Drawn draw_arrow(const Event& told, double y) {
    const bool right = told["direction"] != "to_client";
    const bool lost = told["direction"] == "lost";
    const double start = right ? layout_.client_kernel : layout_.server_kernel;
    const double whole = right ? layout_.server_kernel : layout_.client_kernel;
    const double end = lost ? start + (whole - start) * 0.8 : whole;
    const std::string who = text_in(told, "who");
    const std::string text = (who.empty() ? "" : who + " · ") + text_in(told, "text");
    const double direction = right ? 1 : -1;
    std::string body = line("wire data", start, y + 19, end - 6 * direction, y + 19);
    body += lost ? label("lost", end, y + 24, "✗", Anchor::middle) : arrow_head("wire data", end, y + 19, direction);
    body += label("segment", (layout_.client_kernel + layout_.server_kernel) / 2, y + 14, fit(text, arrow_limit_),
                  Anchor::middle);
    return {body, (right ? "Del cliente al servidor: " : "Del servidor al cliente: ") + text, layout_.row + 4};
  }

  Drawn draw_note(const Event& note, double y) {
    const double left = layout_.client + 10;
    const double right = has_sides() ? layout_.server - 10 : layout_.width - 10;
    const auto limit = static_cast<std::size_t>((right - left - 16) / layout_.letter);
    std::vector<std::string> lines;
    std::string words;
    if (note.contains("client")) {
      const std::string client = text_in(note, "client");
      const std::string server = text_in(note, "server");
      words = "Según el núcleo, cliente: " + client + "; servidor: " + server;
      if (columns(client) + columns(server) + 4 <= limit) {
        const std::string body = box("note", left, y + 3, right - left, 20) + label("told", left + 8, y + 17, client) +
                                 label("told", right - 8, y + 17, server, Anchor::end);
        return {body, words, layout_.row};
      }
      lines = grader::wrapped("cliente: " + client, limit);
      for (const std::string& more : grader::wrapped("servidor: " + server, limit)) lines.push_back(more);
    } else if (is(note, "stop")) {
      words = text_in(note, "what") + ' ' + text_in(note, "detail");
      lines = grader::wrapped("✗ " + words, limit);
    } else {
      const std::string who = is(note, "kernel") ? "núcleo" : text_in(note, "label");
      words = who + ": " + text_in(note, "text");
      lines = grader::wrapped(words, limit);
    }
    const double height = 16 * static_cast<double>(lines.size()) + 4;
    std::string body = box(is(note, "kernel") ? "note" : "note local", left, y + 3, right - left, height);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      body += label("told", left + 8, y + 16 + 16 * static_cast<double>(i), fit(lines[i], limit + 1));
    }
    return {body, words, height + 6};
  }

  [[nodiscard]] std::string lifelines(double bottom) const {
    std::string body;
    const auto life = [&](double x, const std::string& kind) {
      body += line("life " + kind, x, header - 6, x, bottom);
    };
    life(layout_.client, "client");
    life(layout_.client_kernel, "kernel");
    if (!has_sides()) {
      body += label("head client", layout_.client - 6, 16, program_acts_ ? "programa" : "demostración");
      return body + label("head kernel", layout_.client_kernel, 16, "núcleo", Anchor::middle);
    }
    life(layout_.server_kernel, "kernel");
    life(layout_.server, "server");
    const double y = wide_ ? 16 : 13;
    body += label("head client", wide_ ? layout_.client : 4, y, wide_ ? scene_.client : fit(scene_.client, 30));
    body +=
        label("head server", wide_ ? layout_.server : layout_.width - 4, wide_ ? y : 28, scene_.server, Anchor::end);
    if (wide_) {
      body += line("lan", layout_.client_kernel, 24, layout_.server_kernel, 24);
      body += label("head kernel", (layout_.client_kernel + layout_.server_kernel) / 2, 16,
                    "núcleo del cliente · red · núcleo del servidor", Anchor::middle);
    }
    return body;
  }

  // Las llamadas que esperan: mientras dura una barra, el programa no hace nada más.
  std::string bars(double bottom) {
    std::string body;
    for (const Event& call : story_.events) {
      if (!is(call, "call") || time_of(call) >= scene_.end || !is_drawn_waiting(call)) continue;
      const auto end = end_time(call);
      if (end && *end < scene_.begin) continue;
      if (time_of(call) < scene_.begin && text_in(call, "call") == "exit") continue;
      double from = header - 6;
      double to = bottom;
      std::size_t first = 0;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].event == nullptr || rows_[i].kind == Row::note || time_of(*rows_[i].event) != time_of(call))
          continue;
        if (rows_[i].kind == Row::waits) {
          from = tops_[i] + 13;
          first = i;
        }
        if (rows_[i].kind == Row::returns) to = tops_[i] + 13;
      }
      const bool left = Facts::at_client(scene_, call);
      const double shift = lane(call);
      const double x = left ? layout_.client + shift : layout_.server - shift;
      body += "<g data-row=\"" + std::to_string(first) + "\">" +
              box(left ? "bar client" : "bar server", x - bar_width / 2, from, bar_width, to - from) + "</g>";
    }
    return body;
  }

  const Story& story_;
  const Scene& scene_;
  Facts facts_;
  Layout layout_;
  bool wide_;
  bool program_acts_ = false;
  std::size_t call_limit_ = 0;
  std::size_t arrow_limit_ = 0;
  std::vector<Row> rows_;
  std::vector<double> tops_;
  std::map<bool, std::vector<long>> lanes_;
};

// Un trozo del flujo de bytes.
struct Piece {
  std::int64_t time = 0;
  std::size_t from = 0;
  std::size_t size = 0;
  std::string text;
};

// Un sentido de una conexión.
struct Flow {
  std::vector<Piece> sent;
  std::vector<Piece> carried;
  std::vector<Piece> received;
};

// Una llamada cuenta cuando vuelve: recv() puede haber esperado mucho a sus bytes.
void append(std::vector<Piece>& pieces, const Event& event, std::size_t size, const std::string& text) {
  const std::size_t from = pieces.empty() ? 0 : pieces.back().from + pieces.back().size;
  pieces.push_back({end_time(event).value_or(time_of(event)), from, size, text});
}

std::map<std::pair<std::string, std::string>, Flow> flows_of(const Story& story) {
  std::map<std::pair<std::string, std::string>, Flow> flows;
  std::map<std::string, std::string> peers;
  for (const Event& event : story.events) {
    if (is(event, "segment")) peers[text_in(event, "from")] = text_in(event, "to");
  }
  for (const Event& event : story.events) {
    if (is(event, "segment") && event["len"].get<std::size_t>() > 0) {
      std::vector<Piece>& carried = flows[{text_in(event, "from"), text_in(event, "to")}].carried;
      const std::size_t from = event["seq"].get<std::size_t>() - 1;
      if (!carried.empty() && from < carried.back().from + carried.back().size) continue;  // repetido
      append(carried, event, event["len"].get<std::size_t>(), text_in(event, "data"));
    }
    if (!is(event, "call") || !event.contains("bytes")) continue;
    const std::string local = end_of(event, "local");
    std::string remote = end_of(event, "remote");
    if (remote.empty()) remote = peers[local];
    const bool sends = text_in(event, "call") == "send" || text_in(event, "call") == "write";
    Flow& flow = flows[sends ? std::pair{local, remote} : std::pair{remote, local}];
    std::string text = data_in(event);
    if (const std::size_t close = text.rfind('"'); close != std::string::npos && close > 0)
      text.erase(close, 1).erase(0, 1);
    append(sends ? flow.sent : flow.received, event, event["bytes"].get<std::size_t>(), text);
  }
  return flows;
}

}  // namespace

std::string escaped(std::string text) {
  // Lo que XML no admite no puede estar ni en una figura.
  std::replace_if(
      text.begin(), text.end(), [](unsigned char character) { return character < 0x20; }, ' ');
  return grader::html_escaped(text);
}

Drawing sequence(const Story& story, const Scene& scene, Width width) { return Sequence{story, scene, width}.draw(); }

Drawing byte_rulers(const Story& story, const Scene& scene, Width width) {
  const Layout layout = layout_for(width);
  const Facts facts{story};
  Drawing drawing{{}, layout.width, 0};
  const double left = width == Width::wide ? 96 : 62;
  const double room = layout.width - left - 8;
  for (const auto& [ends, flow] : flows_of(story)) {
    std::size_t begin = SIZE_MAX;
    std::size_t end = 0;
    const auto in_scene = [&](const Piece& piece) { return piece.time >= scene.begin && piece.time < scene.end; };
    for (const auto* pieces : {&flow.sent, &flow.carried, &flow.received}) {
      for (const Piece& piece : *pieces) {
        if (!in_scene(piece)) continue;
        begin = std::min(begin, piece.from);
        end = std::max(end, piece.from + piece.size);
      }
    }
    if (begin >= end) continue;
    const double scale = std::min(room / static_cast<double>(end - begin), 18.0);
    const bool to_server = facts.at_client(ends.first);
    const std::string name = facts.name_of(ends.first, ends.second);
    double y = drawing.height;
    drawing.body += label("ruler-head", 8, y + 16,
                          (name.empty() ? "cliente" : name) + (to_server ? " → servidor" : " ← servidor") +
                              " · bytes " + grader::grouped(begin + 1) + " a " + grader::grouped(end));
    y += 24;
    const auto strip = [&](const std::string& title, const std::string& kind, const std::vector<Piece>& pieces) {
      drawing.body += label("clock", 8, y + 14, title);
      for (const Piece& piece : pieces) {
        if (!in_scene(piece)) continue;
        const double x = left + static_cast<double>(piece.from - begin) * scale;
        const double size = static_cast<double>(piece.size) * scale;
        drawing.body += "<g><title>" +
                        escaped(title + ": " + grader::grouped(piece.size) + " bytes, «" + piece.text + "»") +
                        "</title>" + box("piece " + kind, x, y, size - 1, 19);
        const std::string count = grader::grouped(piece.size);
        const auto letters = static_cast<std::size_t>(std::max(size - 6, 0.0) / layout.letter);
        const std::string text = columns(piece.text) <= letters ? piece.text : columns(count) <= letters ? count : "";
        drawing.body += label("piece-text", x + size / 2, y + 14, text, Anchor::middle) + "</g>";
      }
      y += 22;
    };
    strip("send()", to_server ? "client" : "server", flow.sent);
    strip("viajan", "net", flow.carried);
    strip("recv()", to_server ? "server" : "client", flow.received);
    drawing.height = y + 10;
  }
  return drawing;
}

Drawing gantt(const Scene& scene, Width width) {
  const Layout layout = layout_for(width);
  Drawing drawing{{}, layout.width, 0};
  const double left = 84;
  const double right = layout.width - 76;
  for (const Event& event : scene.events) {
    if (!is(event, "charts")) continue;
    std::int64_t axis = 1;
    for (const Event& chart : event["charts"]) {
      for (const Event& visit : chart["visits"]) axis = std::max(axis, visit["leaves_us"].get<std::int64_t>());
    }
    const auto place = [&](const Event& visit, const char* name) {
      return left + (right - left) * static_cast<double>(visit[name].get<std::int64_t>()) / static_cast<double>(axis);
    };
    double y = drawing.height + 8;
    const std::string waits = "espera su primera respuesta";
    const double next = 40 + static_cast<double>(columns(waits)) * layout.letter;
    drawing.body += box("piece waiting", 8, y, 14, 12) + label("clock", 28, y + 11, waits) +
                    box("piece server", next, y, 14, 12) + label("clock", next + 20, y + 11, "conversa y piensa");
    y += 30;
    for (const Event& chart : event["charts"]) {
      const std::string heading = text_in(chart, "heading");
      const auto limit = static_cast<std::size_t>((layout.width - 16) / (layout.letter + 0.6));
      drawing.body += label("ruler-head", 8, y + 8, fit(heading, limit));
      y += 18;
      for (const Event& visit : chart["visits"]) {
        const double arrives = place(visit, "arrives_us");
        const double answered = place(visit, "answered_us");
        const double leaves = place(visit, "leaves_us");
        const std::string total = text_of(std::chrono::microseconds{visit["leaves_us"].get<std::int64_t>()});
        drawing.body +=
            label("clock", left - 8, y + 14, text_in(visit, "name"), Anchor::end) +
            line("axis", left, y + 20, right, y + 20) + box("piece waiting", arrives, y + 2, answered - arrives, 16) +
            box("piece server", answered, y + 2, leaves - answered, 16) + label("clock", leaves + 6, y + 14, total);
        y += 22;
      }
      y += 14;
    }
    drawing.height = y;
  }
  return drawing;
}

std::vector<SocketRow> sockets_after(const Story& story, const Scene& scene) {
  std::map<std::pair<std::string, std::string>, const Event*> last;
  std::map<std::pair<std::string, std::string>, std::int64_t> waiting_since;
  for (const Event& event : story.events) {
    if (!is(event, "state") || time_of(event) >= scene.end) continue;
    const std::pair ends{text_in(event, "local"), text_in(event, "remote")};
    if (text_in(event, "state") == "TIME_WAIT") waiting_since.try_emplace(ends, time_of(event));
    if (event["how"] == "núcleo") last[ends] = &event;
  }
  std::vector<SocketRow> rows;
  for (const auto& [ends, event] : last) {
    SocketRow row{text_in(*event, "state"), {}, {}, ends.first, ends.second};
    if (row.state == "CLOSED" || row.state == "CLOSE") continue;
    if (row.state == "TIME_WAIT")
      row.state += " (le quedan " + duration(time_wait - (scene.end - waiting_since[ends])) + ")";
    const bool listens = row.state == "LISTEN";
    row.receive = std::to_string((*event)["recv_q"].get<long>());
    const char* shown = listens && event->contains("backlog") ? "backlog" : "send_q";
    row.send = std::to_string((*event)[shown].get<long>());
    if (listens) row.remote = "*";
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace demo
