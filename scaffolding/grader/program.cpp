#include "grader/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <regex>
#include <set>
#include <utility>

#include "grader/connection.hpp"
#include "grader/failure.hpp"
#include "grader/limits.hpp"
#include "grader/session.hpp"
#include "grader/wire.hpp"
#include "witness/task_gate.hpp"

namespace grader {
namespace {

using Clock = std::chrono::steady_clock;

void read_available(const kit::Descriptor& pipe, std::string& kept, std::size_t& total) {
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t count = ::read(pipe.get(), block.data(), block.size());
    if (count <= 0) return;
    total += static_cast<std::size_t>(count);
    kept.append(block.data(),
                std::min(static_cast<std::size_t>(count), kept_output - std::min(kept_output, kept.size())));
    if (total > max_output) return;  // el resto, en otra vuelta: una inundación no retiene al evaluador
  }
}

std::string signal_reason(int number) {
  switch (number) {
    case SIGSEGV:
      return "usó memoria que no es suya (SIGSEGV)";
    case SIGPIPE:
      return "escribió en una conexión que el otro extremo ya había cerrado, y la señal SIGPIPE lo mató";
    case SIGABRT:
      return "abortó (SIGABRT)";
    case SIGFPE:
      return "hizo una operación aritmética imposible (SIGFPE)";
    case SIGKILL:
      return "murió por SIGKILL";
    case SIGXFSZ:
      return "escribió un archivo de más de " + std::to_string(max_file_size >> 20) +
             " MiB, que es el límite (SIGXFSZ)";
    default:
      return std::string{"murió por la señal "} + ::strsignal(number);
  }
}

// «AddressSanitizer: heap-buffer-overflow» o «runtime error: …», con el primer lugar del archivo del estudiante.
std::optional<std::string> sanitizer_reason(const std::string& errors) {
  std::smatch match;
  std::string reason;
  static const std::regex address{R"(ERROR: (AddressSanitizer: [\w-]+))"};
  static const std::regex leak{R"(ERROR: LeakSanitizer: detected memory leaks)"};
  static const std::regex undefined{R"(([^\s/]+\.cpp):(\d+):\d+: runtime error: ([^\n]+))"};
  static const std::regex race{R"(WARNING: (ThreadSanitizer: [\w ]+?) \()"};
  static const std::regex frame{R"(#\d+ (?:0x[0-9a-f]+ in )?([^\n]*?) [^\n ]*?(lab\d+\.cpp):(\d+))"};
  if (std::regex_search(errors, match, undefined)) {
    return "comportamiento indefinido en " + match[1].str() + ':' + match[2].str() + ": " + match[3].str();
  }
  if (std::regex_search(errors, match, address) || std::regex_search(errors, match, race)) {
    reason = match[1].str();
  } else if (std::regex_search(errors, match, leak)) {
    reason = "LeakSanitizer: memoria reservada y no liberada";
  } else {
    return std::nullopt;
  }
  if (std::regex_search(errors, match, frame)) {
    const std::string function = match[1].str();
    reason += " en " + match[2].str() + ':' + match[3].str() + " (" + function.substr(0, function.find('(')) + "())";
  }
  return reason;
}

// Última línea escrita en una salida, sin el fin de línea.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t start = text.rfind('\n', end);
  return text.substr(start == std::string::npos ? 0 : start + 1,
                     end - (start == std::string::npos ? 0 : start + 1) + 1);
}

// Devuelve el límite que tenía.
rlim_t limit_resource(pid_t process, __rlimit_resource resource, rlim_t value) {
  rlimit limit{};
  kit::check("prlimit", ::prlimit(process, resource, nullptr, &limit));
  const rlim_t usual = std::exchange(limit.rlim_cur, std::min(value, limit.rlim_max));
  kit::check("prlimit", ::prlimit(process, resource, &limit, nullptr));
  return usual;
}

constexpr std::chrono::milliseconds longest_pause{1};  // entre dos miradas, si mirar cuesta poco

// Lo que un programa entero lleva gastado, y lo que ocupa.
struct Effort {
  std::size_t threads = 0;
  std::uint64_t resident = 0;
  std::uint64_t written = 0;
  std::uint64_t switches = 0;
  std::chrono::nanoseconds cpu{0};
};

Effort effort_of(const std::vector<witness::Process>& processes) {
  Effort effort;
  for (const witness::Process& process : processes) {
    effort.threads += process.threads.size();
    effort.resident += process.resident;
    effort.written += witness::written_to_files(process.pid);
    effort.cpu += witness::cpu_time(process.pid);
    for (const witness::Thread& thread : process.threads) effort.switches += thread.switches;
  }
  return effort;
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

std::string beyond(const std::string& seen, const std::string& limit) { return seen + ", y el límite es " + limit; }

// Quien abre sin cerrar acaba repitiendo una llamada que ya no puede salir bien.
std::string exhausted_descriptors(const std::vector<witness::Process>& processes) {
  for (const witness::Process& process : processes) {
    const std::size_t open = witness::open_descriptors(process.pid).size();
    if (open >= max_descriptors) {
      return "; tiene abiertos " + std::to_string(open) + " descriptores, y el límite es " +
             std::to_string(max_descriptors);
    }
  }
  return {};
}

}  // namespace

std::chrono::milliseconds safety_net() {
  static const std::chrono::milliseconds limit = [] {
    const char* variable = std::getenv("SAFETY_NET");
    const long seconds = variable == nullptr ? 0 : std::atol(variable);
    return std::chrono::seconds{seconds > 0 ? seconds : 10};
  }();
  return limit;
}

void Program::State::drain() {
  if (supervised.gate.is_open()) answered_tasks += witness::answer_task_gate(supervised.gate, refuses_tasks);
  read_available(supervised.output, output, printed);
  read_available(supervised.errors, errors, printed);
  for (Wire* wire : wires) {
    if (wire->reading) wire->receive();
    printed_to_wires = std::max(printed_to_wires, wire->received.size());
  }
  if (!status) status = final_status(supervised);
}

bool Program::State::settled() {
  const witness::OneReading one_reading;
  std::erase_if(departing, [](const auto& ends) {
    const auto far_end = witness::find_tcp(ends.first, ends.second);
    return !far_end ||
           (far_end->state != witness::TcpState::established && far_end->state != witness::TcpState::syn_recv &&
            far_end->state != witness::TcpState::new_syn_recv && far_end->state != witness::TcpState::fin_wait1 &&
            far_end->state != witness::TcpState::fin_wait2 && far_end->state != witness::TcpState::closing);
  });
  return departing.empty() && std::all_of(wires.begin(), wires.end(), [](Wire* wire) { return wire->settled(); });
}

std::uint64_t Program::State::progress() const {
  const witness::OneReading one_reading;
  std::uint64_t sum = printed + answered_tasks;
  for (const Wire* wire : wires) sum += wire->progress();
  return sum;
}

Program::Program(const Launch& launch) : state_{std::make_unique<State>()} {
  state_->supervised = start(launch, session().jail);
}

Program::Program(Program&& other) noexcept = default;

Program::~Program() {
  if (state_) end(state_->supervised);
}

pid_t Program::pid() const { return state_->supervised.program; }
pid_t Program::supervisor() const { return state_->supervised.root; }
const std::string& Program::output() const { return state_->output; }
const std::string& Program::errors() const { return state_->errors; }

std::optional<int> Program::status() {
  state_->drain();
  return state_->status;
}

std::optional<PendingStep> Program::pending_step() {
  state_->drain();
  static const std::regex announcement{R"(pendiente: TODO\((\d+)\) en ([^\n]+))"};
  std::smatch match;
  if (!std::regex_search(state_->errors, match, announcement)) return std::nullopt;
  return PendingStep{std::stoi(match[1].str()), match[2].str()};
}

std::optional<std::string> Program::sanitizer_report() {
  state_->drain();
  return sanitizer_reason(state_->errors);
}

std::string Program::how_it_ended() {
  if (const auto reason = sanitizer_report()) return *reason;
  if (!state_->status) return "sigue en marcha";
  std::string text = WIFSIGNALED(*state_->status)
                         ? signal_reason(WTERMSIG(*state_->status))
                         : "terminó con estado " + std::to_string(WEXITSTATUS(*state_->status));
  const std::string said = last_line(state_->errors);
  if (!said.empty()) text += "; su último mensaje: " + printable(said);
  return text;
}

Stop Program::wait(const std::function<bool()>& happened, bool or_rest) {
  const auto start = Clock::now();
  const bool foreign = !session().command.empty();
  const int divisor = session().restless && !foreign ? impatience : 1;
  const std::chrono::milliseconds spinning = foreign ? foreign_spin_limit : spin_limit / divisor;
  auto last_activity = start;
  std::uint64_t last_progress = 0;
  std::optional<Effort> since;  // lo que llevaba gastado cuando algo cambió por última vez
  bool slept = false;           // ¿se le ha visto dormir desde entonces?
  std::uint64_t asleep_at = 0;  // los cambios de contexto que llevaba la primera vez
  bool finished = false;
  bool dying = false;
  std::chrono::nanoseconds pause{300'000};  // lo que tarda una respuesta corriente: antes no merece la pena mirar

  for (;;) {
    state_->drain();
    {
      const witness::OneReading one_reading;
      if (happened()) return {Outcome::happened, {}};
    }
    if (state_->printed_to_wires > max_received) {
      return {Outcome::flooding, beyond("ha enviado " + mebibytes(state_->printed_to_wires) + " que nadie le pidió",
                                        mebibytes(max_received))};
    }
    if (state_->printed > max_output) {
      return {Outcome::flooding, beyond("ha impreso " + mebibytes(state_->printed), mebibytes(max_output))};
    }

    if (state_->status && !std::exchange(finished, true)) pause = pause.zero();

    // Despierta en cuanto llega algo por una conexión o una tubería; si no, mira al núcleo otra vez.
    std::vector<pollfd> watched;
    for (const int descriptor : {state_->supervised.output.get(), state_->supervised.errors.get(),
                                 state_->supervised.status.get(), state_->supervised.gate.get()}) {
      if (!dying) watched.push_back({descriptor, POLLIN, 0});
    }
    for (const Wire* wire : state_->wires) {
      const int events = (wire->reading ? POLLIN : 0) | (wire->needs_room ? POLLOUT : 0);
      if (events != 0 && wire->ending == Ending::open) {
        watched.push_back({wire->descriptor.get(), static_cast<short>(events), 0});
      }
    }
    const timespec limit{0, static_cast<long>(pause.count())};
    const int ready = ::ppoll(watched.data(), watched.size(), &limit, nullptr);
    if (ready > 0 && std::any_of(watched.begin(), watched.end(),
                                 [](const pollfd& entry) { return (entry.revents & (POLLIN | POLLOUT)) != 0; })) {
      continue;
    }
    const auto look_start = Clock::now();

    // Lo que se le envió tiene que haberle llegado antes de mirar en qué está, y lo que él envió, haber llegado aquí
    // después.
    const bool arrived = state_->settled();
    const witness::Finding finding = witness::find_activity(supervisor());
    const bool asleep = finding.activity != witness::Activity::active;
    // De un proceso principal que ya no vive, falta saber cómo acabó: lo dirá el supervisor.
    const bool untold = !state_->status && std::none_of(finding.processes.begin(), finding.processes.end(),
                                                        [this](const witness::Process& process) {
                                                          return process.pid == pid() && !process.zombie;
                                                        });
    const bool on_its_way = !arrived || untold || !state_->settled();
    const std::uint64_t progress = state_->progress() + finding.processes.size();
    // Mirar le quita procesador al programa: nunca más de la mitad del tiempo.
    pause = std::clamp<std::chrono::nanoseconds>(Clock::now() - look_start,
                                                 std::min<std::chrono::nanoseconds>(pause + pause / 2, longest_pause),
                                                 std::chrono::milliseconds{100});

    // 1. ¿Queda algo vivo? Un programa terminado ya no imprime ni responde: se lee lo último y se acaba.
    if (finding.activity == witness::Activity::gone && state_->status) {
      if (dying && !on_its_way) return {Outcome::ended, how_it_ended()};
      if (!std::exchange(dying, true)) pause = pause.zero();
    }

    // 2. ¿Se sale de sus límites?
    const Effort effort = effort_of(finding.processes);
    if (finding.processes.size() > max_processes) {
      return {Outcome::multiplying,
              beyond("tiene " + std::to_string(finding.processes.size()) + " procesos", std::to_string(max_processes))};
    }
    if (effort.threads > max_threads) {
      return {Outcome::multiplying,
              beyond("tiene " + std::to_string(effort.threads) + " hilos", std::to_string(max_threads))};
    }
    if (effort.resident > max_resident) {
      return {Outcome::swelling,
              beyond("ocupa " + mebibytes(effort.resident) + " de memoria", mebibytes(max_resident))};
    }
    if (effort.written > max_written) {
      return {Outcome::flooding,
              beyond("ha escrito " + mebibytes(effort.written) + " en archivos", mebibytes(max_written))};
    }

    // 3. ¿Está probado que no hará nada? Lo que llegó justo antes de la prueba todavía cuenta.
    const bool proven = finding.activity == witness::Activity::quiescent;
    const bool unproven = finding.activity == witness::Activity::timed || finding.activity == witness::Activity::opaque;
    if (!on_its_way && (proven || (or_rest && unproven))) {
      const std::uint64_t before = state_->progress();
      state_->drain();
      if (happened()) return {Outcome::happened, {}};
      if (state_->progress() != before) continue;  // acaba de llegar algo: puede haber más detrás
      return {proven ? Outcome::silent : Outcome::pausing, finding.text()};
    }

    // 4. ¿Trabaja, o duerme, o despierta una y otra vez, sin que cambie nada fuera?
    if (!since || progress != last_progress || on_its_way) {
      last_progress = progress;
      since = effort;
      slept = false;
      last_activity = Clock::now();
    }
    if (effort.cpu - since->cpu > spinning) {
      session().restless = true;
      if (effort.resident > since->resident + notable_growth) {
        return {Outcome::swelling,
                beyond("ocupa cada vez más memoria: ya son " + mebibytes(effort.resident), mebibytes(max_resident))};
      }
      if (effort.written > since->written + notable_growth) {
        return {Outcome::flooding, beyond("escribe sin parar: ya son " + mebibytes(effort.written) + " en archivos",
                                          mebibytes(max_written))};
      }
      return {Outcome::spinning, "gasta procesador sin parar y sin que cambie nada (" + finding.text() + ')' +
                                     exhausted_descriptors(finding.processes)};
    }
    if (finding.activity == witness::Activity::timed && !on_its_way) {
      if (!std::exchange(slept, true)) asleep_at = effort.switches;
      const std::uint64_t wakes = effort.switches - std::min(effort.switches, asleep_at);
      const auto asked = finding.earliest_wake * static_cast<std::int64_t>(std::min(wakes, wake_limit) + 1);
      const bool sleeps = finding.earliest_wake > std::chrono::nanoseconds{sleep_limit} / divisor;
      const bool polls = wakes > wake_limit || (wakes > 0 && asked > std::chrono::nanoseconds{poll_limit} / divisor);
      if (sleeps || polls) session().restless = true;
      if (sleeps) return {Outcome::sleeping, finding.text()};
      if (polls) return {Outcome::polling, "despierta una y otra vez sin que haya nada nuevo (" + finding.text() + ')'};
    }

    // 5. La red de seguridad: el tiempo que lleva dormido sin que se sepa por qué. Una máquina ocupada no lo acorta,
    // porque quien espera su turno de procesador no duerme.
    const auto now = Clock::now();
    if (!asleep) last_activity = now;
    if (now - last_activity > safety_net() || now - start > whole_wait * safety_net()) {
      const std::string seconds = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - start).count());
      return {Outcome::net, finding.text() + (on_its_way ? "; parecía quedar algo de camino en una conexión" : "") +
                                "; saltó el tiempo límite de seguridad (" + seconds +
                                " s de reloj): no es una prueba, sino el último recurso"};
    }
  }
}

Stop Program::rest() {
  return wait_or_rest([] { return false; });
}

std::vector<witness::Socket> Program::listening() {
  std::vector<witness::Socket> found;
  const Stop stop = wait([&] {
    found.clear();
    std::vector<ino_t> mine;
    for (const pid_t process : witness::descendants(supervisor())) {
      for (const auto& descriptor : witness::open_descriptors(process)) {
        if (descriptor.socket) mine.push_back(*descriptor.socket);
      }
    }
    if (mine.empty()) return false;
    for (witness::Socket& socket : witness::listening_tcp()) {
      if (std::find(mine.begin(), mine.end(), socket.inode) != mine.end()) found.push_back(std::move(socket));
    }
    return !found.empty();
  });
  if (stop.outcome != Outcome::happened) {
    fail(*this, "que el programa llegue a escuchar (LISTEN) en un puerto TCP", stop);
  }
  narrate("núcleo  el programa escucha en " + found.front().local.text() + " (LISTEN)");
  return found;
}

Connection Program::connect(const std::string& from) { return connect_to(listening().front().local, from); }

void Program::types(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(state_->supervised.input.get(), text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EPIPE) return;  // ya no lee: lo contará quien espere su respuesta
    if (errno != EAGAIN) kit::check("write", -1);
    const Stop stop = wait([&] {
      pollfd entry{state_->supervised.input.get(), POLLOUT, 0};
      return ::poll(&entry, 1, 0) > 0;
    });
    if (stop.outcome != Outcome::happened) fail(*this, "que el programa lea su entrada estándar", stop);
  }
}

void Program::closes_input() { state_->supervised.input.reset(); }

std::string Program::prints_line(const std::string& cause) {
  std::size_t end = std::string::npos;
  const Stop stop = wait([&] {
    end = state_->output.find('\n', state_->read_output);
    return end != std::string::npos;
  });
  if (stop.outcome != Outcome::happened) fail(*this, "una línea en la salida estándar", stop, cause);
  std::string line = state_->output.substr(state_->read_output, end - state_->read_output);
  state_->read_output = end + 1;
  narrate("salida  " + printable(line));
  return line;
}

void Program::prints(std::string_view text, const std::string& cause) {
  const auto printed = [&] { return std::string_view{state_->output}.substr(state_->read_output); };
  const Stop stop = wait([&] { return printed().size() >= text.size(); });
  if (!printed().starts_with(text)) {
    const std::string where = "en la salida estándar";
    if (printed().empty()) fail(*this, where + ": " + printable(text), stop, cause);
    rest();  // el resto de la línea puede estar llegando
    const std::size_t end = printed().find('\n', text.size() - 1);
    Mismatch mismatch{text, printed().substr(0, end == std::string_view::npos ? end : end + 1), where};
    if (stop.outcome != Outcome::happened) mismatch.then("después, " + observed_text(stop.outcome));
    fail(*this, std::move(mismatch), cause);
  }
  state_->read_output += text.size();
  narrate("salida  " + printable(text));
}

std::string Program::order(std::string_view line, const std::string& cause) {
  narrate("orden   " + printable(line));
  types(std::string{line} + '\n');
  return prints_line(cause);
}

int Program::ends(const std::string& cause) {
  const Stop stop = wait([] { return false; });
  if (stop.outcome != Outcome::ended) fail(*this, "que el programa termine", stop, cause);
  return *state_->status;
}

std::vector<witness::OpenDescriptor> Program::descriptors() const { return witness::open_descriptors(pid()); }

std::vector<witness::OpenDescriptor> Program::sockets() const {
  std::vector<witness::OpenDescriptor> found;
  std::set<ino_t> seen;
  for (const pid_t process : witness::descendants(supervisor())) {
    for (witness::OpenDescriptor& descriptor : witness::open_descriptors(process)) {
      if (descriptor.socket && seen.insert(*descriptor.socket).second) found.push_back(std::move(descriptor));
    }
  }
  return found;
}

rlim_t Program::exhaust_descriptors(pid_t process) {
  rest();
  rlim_t first_free = 0;
  for (const witness::OpenDescriptor& open : witness::open_descriptors(process == 0 ? pid() : process)) {
    if (static_cast<rlim_t>(open.number) == first_free) ++first_free;
  }
  narrate("núcleo  el proceso ya no puede abrir más descriptores (RLIMIT_NOFILE)");
  return limit_descriptors(first_free, process);
}

rlim_t Program::limit_descriptors(rlim_t count, pid_t process) {
  return limit_resource(process == 0 ? pid() : process, RLIMIT_NOFILE, count);
}

void Program::refuses_tasks(bool refused) {
  rest();
  narrate(refused ? "núcleo  el programa ya no puede crear procesos ni hilos (EAGAIN)"
                  : "núcleo  el programa puede crear procesos e hilos otra vez");
  state_->refuses_tasks = refused;
  if (state_->supervised.gate.is_open()) return;
  // Sin la puerta, el límite de procesos del usuario, que no alcanza a root.
  for (const pid_t process : witness::descendants(supervisor())) {
    limit_resource(process, RLIMIT_NPROC, refused ? 1 : RLIM_INFINITY);
  }
}

void Program::holds(pid_t process, const std::function<void()>& script) {
  stop_processes(process);
  narrate("núcleo  el proceso " + std::to_string(process) + " está detenido (SIGSTOP)");
  script();
  narrate("núcleo  el proceso " + std::to_string(process) + " se reanuda (SIGCONT)");
  ::kill(process, SIGCONT);
}

void Program::signal(int number) {
  if (!status()) kit::check("kill", ::kill(pid(), number));
}

void Program::stop_processes(pid_t only) {
  wait([this, only] {
    const std::vector<witness::Process> processes = witness::look_at_program(supervisor());
    bool stopped = true;
    for (const witness::Process& process : processes) {
      if ((only != 0 && process.pid != only) || process.zombie ||
          std::all_of(process.threads.begin(), process.threads.end(),
                      [](const witness::Thread& thread) { return thread.state == 'T'; })) {
        continue;
      }
      stopped = false;
      ::kill(process.pid, SIGSTOP);
    }
    return stopped;
  });
}

void Program::resume_processes() {
  for (const pid_t process : witness::descendants(supervisor())) ::kill(process, SIGCONT);
}

void Program::queues(const std::function<void()>& script) {
  stop_processes();
  narrate("núcleo  el programa está detenido (SIGSTOP): lo que se le envíe se queda en la cola");
  script();
  wait([this] { return state_->settled(); });
  narrate("núcleo  todo ha llegado; el programa se reanuda (SIGCONT)");
  resume_processes();
}

void Program::interrupts_send(const std::string& cause) {
  const Stop stop = rest();
  bool sending = false;
  bool visible = false;
  for (const witness::Process& process : witness::look_at_program(supervisor())) {
    for (const witness::Thread& thread : process.threads) {
      visible = visible || thread.blocked.waker != witness::Waker::nothing_known;
      sending = sending || std::any_of(thread.blocked.watched.begin(), thread.blocked.watched.end(),
                                       [](const auto& watched) { return (watched.events & POLLOUT) != 0; });
    }
  }
  if (!stop.at_rest() || (visible && !sending)) {
    fail(*this, "que el programa espere en send() a que el otro extremo lea", stop, cause);
  }
  narrate("núcleo  " + stop.sentence());
  stop_processes();
  resume_processes();
  narrate("núcleo  SIGSTOP y SIGCONT interrumpen send(): devuelve solo lo que ya había tomado");
}

void Program::signal_all(int number) {
  for (const pid_t process : witness::descendants(supervisor())) {
    if (::kill(process, number) == -1 && errno != ESRCH) kit::check("kill", -1);
  }
}

std::size_t Program::descriptor_count() const {
  std::size_t count = 0;
  for (const pid_t process : witness::descendants(supervisor())) count += witness::open_descriptors(process).size();
  return count;
}

std::string observed_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::happened:
      return "llegó lo esperado";
    case Outcome::ended:
      return "nada: el programa terminó";
    case Outcome::silent:
      return "nada, y está probado que no llegará: al programa solo se le puede despertar desde fuera";
    case Outcome::pausing:
      return "nada de momento: el programa espera a que pase un tiempo";
    case Outcome::sleeping:
      return "nada: el programa duerme, o espera con un límite, y no se ha esperado a que despierte";
    case Outcome::polling:
      return "nada: el programa sondea en vez de esperar";
    case Outcome::spinning:
      return "nada: el programa da vueltas sin avanzar";
    case Outcome::flooding:
      return "una inundación de datos: se detuvo el programa";
    case Outcome::multiplying:
      return "una multiplicación de procesos o de hilos: se detuvo el programa";
    case Outcome::swelling:
      return "un gasto de memoria sin fin: se detuvo el programa";
    case Outcome::net:
      return "nada antes del tiempo límite de seguridad";
  }
  return {};
}

}  // namespace grader
