#include "demo/recorder/recorder.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "demo/recorder/calls.hpp"
#include "demo/recorder/segments.hpp"
#include "programs/kit.hpp"
#include "witness/sockets.hpp"

namespace demo {
namespace {

constexpr std::chrono::milliseconds between_looks{10};  // cuando no pasa ningún segmento
constexpr std::int64_t noticeable_drift = 1'000'000;    // un milisegundo, en nanosegundos

std::string reason(int error) { return std::generic_category().message(error); }

void write_text(const char* path, const std::string& text) {
  const kit::Descriptor file{kit::check("open", ::open(path, O_WRONLY | O_CLOEXEC))};
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) kit::check("write", -1);
}

void isolate() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWNET) == -1) {
    kit::check("unshare", ::unshare(CLONE_NEWUSER | CLONE_NEWNET));
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", user + ' ' + user + " 1");
    write_text("/proc/self/gid_map", group + ' ' + group + " 1");
  }
  const kit::Descriptor socket{kit::check("socket", ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))};
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  kit::check("ioctl", ::ioctl(socket.get(), SIOCSIFFLAGS, &loopback));
}

// Un proceso hijo, y su estado final como el de un programa.
int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

[[noreturn]] void become(const std::vector<std::string>& command) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(errno == ENOENT ? 127 : 126);
}

// Por qué no se puede usar strace; nada si se puede.
std::optional<std::string> strace_problem() {
  const pid_t child = kit::check("fork", ::fork());
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    ::dup2(nowhere, STDERR_FILENO);
    become(strace_command("/dev/null", {"true"}));
  }
  const int status = wait_for(child);
  if (status == 0) return std::nullopt;
  return status == 127 ? "falta strace, que instala «make setup»"
                       : "strace no puede mirar programas aquí; «make doctor» dice cómo se permite";
}

// Un archivo en memoria que un proceso hijo puede abrir por su nombre: lo hereda. Por /proc/PID no podría, si aquí hay
// más privilegios que en él, que es lo que da el espacio de red.
class MemoryFile {
public:
  explicit MemoryFile(const char* name) : file_{kit::check("memfd_create", ::memfd_create(name, 0))} {}

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }
  [[nodiscard]] std::string text() const {
    std::string all;
    std::array<char, 65536> block{};
    for (ssize_t count = 0;
         (count = ::pread(file_.get(), block.data(), block.size(), static_cast<off_t>(all.size()))) > 0;) {
      all.append(block.data(), static_cast<std::size_t>(count));
    }
    return all;
  }

private:
  kit::Descriptor file_;
};

// Lo que sock_diag dice de los sockets TCP, cada vez que cambia algo.
class Looker {
public:
  void look() {
    std::map<Ends, Seen> now;
    for (const witness::Socket& socket : witness::all_sockets()) {
      if (socket.protocol != IPPROTO_TCP) continue;
      now[{socket.local.text(), socket.state == witness::TcpState::listen ? "" : socket.remote.text()}] = {
          witness::name(socket.state), socket.receive_queue, socket.send_queue, socket.backlog};
    }
    const std::int64_t time = monotonic_now();
    for (const auto& [ends, seen] : now) {
      if (const auto old = before_.find(ends); old == before_.end() || !(old->second == seen)) add(time, ends, seen);
    }
    for (const auto& [ends, seen] : before_) {
      if (!now.contains(ends)) add(time, ends, {"CLOSED", 0, 0, {}});
    }
    before_ = std::move(now);
  }

  std::vector<Event> events;

private:
  using Ends = std::pair<std::string, std::string>;
  struct Seen {
    std::string state;
    std::uint32_t receive_queue = 0;
    std::uint32_t send_queue = 0;
    std::optional<std::uint32_t> backlog;
    bool operator==(const Seen& other) const = default;
  };

  void add(std::int64_t time, const Ends& ends, const Seen& seen) {
    Event event = make_event(time, "núcleo", "state");
    event["how"] = "núcleo";
    event["local"] = ends.first;
    event["remote"] = ends.second;
    event["state"] = seen.state;
    event["recv_q"] = seen.receive_queue;
    event["send_q"] = seen.send_queue;
    if (seen.backlog) event["backlog"] = *seen.backlog;
    events.push_back(std::move(event));
  }

  std::map<Ends, Seen> before_;
};

// Los segmentos y los estados que se deducen de ellos.
void add_segments(const std::vector<Segment>& segments, std::vector<Event>& events) {
  StateMachine machine;
  for (const Segment& segment : segments) {
    const auto changes = machine.sees(segment);
    events.push_back(machine.to_event(segment));
    for (const StateMachine::Change& change : changes) {
      Event event = make_event(segment.time, "núcleo", "state");
      event["how"] = "segmento";
      event["local"] = change.local;
      event["remote"] = change.remote;
      event["before"] = change.before;
      event["state"] = change.after;
      events.push_back(std::move(event));
    }
  }
}

// Sin un espacio de red propio se ven también los sockets de los demás: quedan los que aparecen en las llamadas.
void drop_strangers(std::vector<Event>& events) {
  std::set<std::string> known;
  for (const Event& event : events) {
    if (event["kind"] == "call") known.insert(text_in(event, "local"));
  }
  std::erase_if(
      events, [&](const Event& event) { return event["kind"] == "state" && !known.contains(text_in(event, "local")); });
}

// Lo que la demostración ha contado, y quién es quién.
void add_told(const std::string& log, std::vector<Event>& events, Watched& watched) {
  std::istringstream lines{log};
  for (std::string line; std::getline(lines, line);) {
    Event event = Event::parse(line, nullptr, false);
    if (event.is_discarded()) continue;  // la última puede estar a medias, si la demostración terminó de golpe
    if (event["kind"] == "begin") watched.demo = event["pid"];
    if (event["kind"] == "program") watched.programs.insert(event["pid"].get<pid_t>());
    events.push_back(std::move(event));
  }
}

}  // namespace

std::optional<std::string> enter_own_network() {
  // Se prueba primero en otro proceso: a medias no sirve, y de un espacio de red no se vuelve.
  const pid_t child = kit::check("fork", ::fork());
  if (child == 0) {
    try {
      isolate();
      ::_exit(0);
    } catch (const std::system_error& error) {
      ::_exit(error.code().value());
    }
  }
  if (const int error = wait_for(child); error != 0) return reason(error);
  isolate();
  return std::nullopt;
}

Recording record(const std::function<std::vector<std::string>(const std::string& log)>& command) {
  Recording recording;
  const auto lacks = [&](const std::string& what, const std::string& why) {
    recording.missing.push_back("No se graban " + what + ": " + why + '.');
  };
  const auto no_network = enter_own_network();
  std::unique_ptr<Capture> capture;
  if (no_network) {
    lacks("los segmentos", "esta máquina no deja crear un espacio de red propio (" + *no_network + ')');
  } else {
    try {
      capture = std::make_unique<Capture>();
    } catch (const std::runtime_error& error) {
      lacks("los segmentos", error.what());
    }
  }
  const auto no_strace = strace_problem();
  if (no_strace) lacks("las llamadas al sistema", *no_strace);

  const MemoryFile told{"demo"};
  const MemoryFile traced{"strace"};
  const std::vector<std::string> plain = command(told.path());
  const std::vector<std::string> words = no_strace ? plain : strace_command(traced.path(), plain);
  const std::int64_t offset = realtime_offset();
  Looker looker;
  const pid_t child = kit::check("fork", ::fork());
  if (child == 0) become(words);
  bool running = true;
  while (running) {
    pollfd entry{capture ? capture->descriptor() : -1, POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(between_looks.count()));
    siginfo_t ended{};
    running = ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
    if (capture) capture->collect(offset);
    looker.look();
  }
  recording.status = wait_for(child);
  if (std::abs(realtime_offset() - offset) > noticeable_drift) {
    recording.missing.emplace_back(
        "El reloj de la máquina ha cambiado durante la grabación: el orden de los sucesos puede no ser exacto.");
  }

  Watched watched;
  watched.offset = offset;
  add_told(told.text(), recording.events, watched);
  std::istringstream calls{traced.text()};
  for (Event& call : read_calls(calls, watched)) recording.events.push_back(std::move(call));
  if (capture) {
    add_segments(capture->segments(), recording.events);
    if (capture->lost() > 0) lacks("todos los segmentos", "se han perdido " + std::to_string(capture->lost()));
  }
  std::move(looker.events.begin(), looker.events.end(), std::back_inserter(recording.events));
  if (no_network) drop_strangers(recording.events);
  std::stable_sort(recording.events.begin(), recording.events.end(),
                   [](const Event& a, const Event& b) { return a["t"] < b["t"]; });
  return recording;
}

std::pair<std::size_t, std::size_t> agreement(const std::vector<Event>& events) {
  // Mirar lleva un rato: lo que se vio tiene que haber sido verdad en algún momento de los milisegundos de alrededor.
  constexpr std::int64_t look = 3'000'000;
  struct Span {
    std::int64_t from;
    std::string state;
  };
  std::map<std::pair<std::string, std::string>, std::vector<Span>> deduced;
  for (const Event& event : events) {
    if (event["kind"] != "state" || event["how"] != "segmento") continue;
    deduced[{text_in(event, "local"), text_in(event, "remote")}].push_back({event["t"], text_in(event, "state")});
  }
  std::size_t seen = 0;
  std::size_t wrong = 0;
  for (const Event& event : events) {
    if (event["kind"] != "state" || event["how"] != "núcleo") continue;
    const auto found = deduced.find({text_in(event, "local"), text_in(event, "remote")});
    if (found == deduced.end()) continue;
    ++seen;
    const std::int64_t time = event["t"];
    const auto& spans = found->second;
    bool possible = false;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const bool ends_before = i + 1 < spans.size() && spans[i + 1].from < time - look;
      if (spans[i].from <= time + look && !ends_before) possible |= spans[i].state == text_in(event, "state");
    }
    if (!possible) ++wrong;
  }
  return {seen, wrong};
}

std::string to_ndjson(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events) {
    text += event.dump(-1, ' ', false, Event::error_handler_t::replace);
    text += '\n';
  }
  return text;
}

}  // namespace demo
