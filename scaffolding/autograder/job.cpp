#include "autograder/job.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>

#include "grader/compile.hpp"
#include "grader/jail.hpp"
#include "grader/results.hpp"
#include "grader/rubric.hpp"
#include "grader/supervisor.hpp"
#include "grader/toolchain.hpp"
#include "witness/process.hpp"

namespace autograder {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kept_errors = 64U << 10;      // lo que se guarda de lo que dice el evaluador, en bytes
constexpr std::uintmax_t max_report = 16ULL << 20;  // lo que puede ocupar su informe, en bytes
constexpr int grader_failed = 2;                    // el estado con el que dice que no pudo evaluar
constexpr std::array passed_variables{"SAFETY_NET", "WITNESS_WITHOUT"};  // lo único que llega de nuestro entorno

const fs::path programs_inside{"/programa"};
const fs::path reports_inside{"/informe"};

// Las carpetas de una evaluación. Si la pide root, son del usuario sin privilegios con el que se hace.
class WorkFolder {
public:
  explicit WorkFolder(const fs::path& folder) : root{fs::absolute(folder)} {
    if (!fs::create_directories(root)) {
      throw std::runtime_error{"la carpeta de trabajo «" + root.string() + "» ya existe, y se esperaba que no"};
    }
    fs::permissions(root, fs::perms::owner_all);
    for (const fs::path& each : {source, program, report, temporary}) fs::create_directory(each);
    if (::geteuid() != 0) return;
    for (const fs::path& each : {root, source, program, report, temporary}) {
      if (::chown(each.c_str(), grader::nobody, grader::nobody) == -1)
        throw std::system_error{errno, std::generic_category(), each.string()};
    }
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }

  const fs::path root;
  const fs::path source = root / "entrega";
  const fs::path program = root / "programa";
  const fs::path report = root / "informe";
  const fs::path temporary = root / "tmp";
};

std::string name_of(int lab) { return "lab" + std::to_string(lab); }

fs::path grader_of(int lab) { return fs::path{grader::toolchain::tools} / (name_of(lab) + "_grader"); }

// ¿Puede leer esto quien ejecuta las entregas? Si no somos root, somos nosotros.
bool readable_without_root(const fs::path& path) {
  const pid_t child = kit::check("fork", ::fork());
  if (child == 0) {
    try {
      grader::drop_root();
    } catch (const std::system_error&) {
      ::_exit(1);
    }
    ::_exit(::access(path.c_str(), R_OK) == 0 ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  return status == 0;
}

void require_readable(const fs::path& path) {
  if (readable_without_root(path)) return;
  throw std::runtime_error{"un usuario sin privilegios no puede leer «" + path.string() +
                           "», y con uno así se ejecutan las entregas: ponlo donde lo pueda leer cualquiera"};
}

// Lo que queda de la evaluación cuando el evaluador termina, o cuando se le acaba el tiempo.
struct Ending {
  std::optional<int> status;  // como el de waitpid(2); nada: se acabó el tiempo
  std::string errors;         // lo que dijo
};

std::vector<std::string> grader_command(const Job& job, const grader::Rubric& rubric, const fs::path& programs,
                                        const fs::path& reports, const std::string& jail) {
  std::vector<std::string> command{grader_of(job.lab).string(), "--program=" + (programs / name_of(job.lab)).string(),
                                   "--report=" + (reports / "informe.json").string(), "--jail=" + jail,
                                   "--seed=" + std::to_string(job.seed)};
  if (!job.test.empty()) command.push_back("--test=" + std::to_string(rubric.find(job.test)->id));
  return command;
}

// Lee lo que haya. Devuelve false si ya no habrá más.
bool read_some(int pipe, std::string& kept) {
  std::array<char, 4096> block{};
  const ssize_t count = ::read(pipe, block.data(), block.size());
  if (count == -1 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count <= 0) return false;
  kept.append(block.data(),
              std::min(static_cast<std::size_t>(count), kept_errors - std::min(kept_errors, kept.size())));
  return true;
}

// Lee hasta el final de lo que diga, o hasta que se acabe el tiempo (y devuelve false).
bool read_until(int errors, Clock::time_point deadline, std::string& kept) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd entry{errors, POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30))) <= 0) continue;
    if (!read_some(errors, kept)) return true;
  }
}

// La jaula de una evaluación entera: red propia, en la que ningún puerto está ocupado, y dentro las de los programas.
[[noreturn]] void become_jailed_grader(const std::vector<std::string>& command, const WorkFolder& work, int errors,
                                       int jail_status) {
  kit::check("prctl", ::prctl(PR_SET_PDEATHSIG, SIGKILL));
  const kit::Descriptor nothing{kit::check("open", ::open("/dev/null", O_RDWR | O_CLOEXEC))};
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) kit::check("dup2", ::dup2(nothing.get(), standard));
  kit::check("dup2", ::dup2(errors, STDERR_FILENO));
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  const std::string status = std::to_string(kit::check("dup", ::dup(jail_status)));
  grader::drop_root();
  grader::Bubblewrap jail;
  jail.with({"--unshare-net", "--json-status-fd", status, "--proc", "/proc", "--chdir", "/", "--setenv", "PATH",
             "/usr/local/bin:/usr/bin:/bin", "--setenv", "LC_ALL", "C.UTF-8"});
  for (const char* name : passed_variables) {
    if (const char* value = std::getenv(name)) jail.with({"--setenv", name, value});
  }
  // Aquí dentro no hay más máquina que esta.
  jail.knows_names("127.0.0.1 localhost\n::1 localhost\n");
  jail.shows(grader::toolchain::labs);
  if (fs::exists(grader::toolchain::hidden)) jail.shows(grader::toolchain::hidden);
  jail.shows(command.front()).shows(fs::path{grader::toolchain::tools} / "jail_init");
  jail.shows(work.program, programs_inside).lends(work.report, reports_inside).lends(work.temporary, "/tmp");
  jail.become(command);
}

// Mata la jaula y espera a que dentro no quede nada: bwrap termina cuando ha muerto su proceso inicial, y este, cuando
// han muerto todos los demás.
void kill_jail(pid_t bubblewrap) {
  const std::vector<pid_t> inside = witness::descendants(bubblewrap);
  for (const pid_t each : inside) ::kill(each, SIGKILL);
  if (inside.empty()) ::kill(bubblewrap, SIGKILL);
}

Ending grade_in_jail(const Job& job, const grader::Rubric& rubric, const WorkFolder& work, Clock::time_point deadline) {
  const std::vector<std::string> command = grader_command(job, rubric, programs_inside, reports_inside, "full");
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  const kit::Descriptor errors{ends[0]};
  kit::Descriptor write_end{ends[1]};
  const kit::Descriptor jail_status{kit::check("memfd_create", ::memfd_create("estado", MFD_CLOEXEC))};
  const pid_t bubblewrap = kit::check("fork", ::fork());
  if (bubblewrap == 0) {
    try {
      become_jailed_grader(command, work, write_end.get(), jail_status.get());
    } catch (const std::exception& error) {
      const std::string text = error.what();
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    }
    ::_exit(127);
  }
  write_end.reset();
  Ending ending;
  const bool in_time = read_until(errors.get(), deadline, ending.errors);
  if (!in_time) kill_jail(bubblewrap);
  int status = 0;
  while (::waitpid(bubblewrap, &status, 0) == -1 && errno == EINTR) {
  }
  if (!in_time) return ending;
  if (!grader::ran_inside(jail_status)) throw std::runtime_error{"no se pudo aislar la evaluación: " + ending.errors};
  ending.status = status;
  return ending;
}

// Sin espacios de nombres no hay dos redes: las evaluaciones se hacen de una en una, o una encontraría los servidores
// de otra.
kit::Descriptor take_turn() {
  kit::Descriptor turn{kit::check("open", ::open(grader::toolchain::tools, O_RDONLY | O_DIRECTORY | O_CLOEXEC))};
  while (::flock(turn.get(), LOCK_EX) == -1) {
    if (errno != EINTR) kit::check("flock", -1);
  }
  return turn;
}

Ending grade_confined(const Job& job, const grader::Rubric& rubric, const WorkFolder& work) {
  const kit::Descriptor turn = take_turn();
  const Clock::time_point deadline = Clock::now() + job.limit;
  grader::Launch launch;
  launch.command = grader_command(job, rubric, work.program, work.report, "weak");
  if (::geteuid() == 0) {
    const std::string user = std::to_string(grader::nobody);
    launch.command.insert(launch.command.begin(),
                          {"setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--"});
  }
  launch.environment.emplace_back("TMPDIR", work.temporary.string());
  for (const char* name : passed_variables) {
    if (const char* value = std::getenv(name)) launch.environment.emplace_back(name, value);
  }
  grader::Supervised running = grader::start(launch);
  Ending ending;
  std::string report;  // lo que imprime: se lee para que no espere, y no se usa
  while (!ending.status && Clock::now() < deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    std::array<pollfd, 3> entries{
        {{running.status.get(), POLLIN, 0}, {running.output.get(), POLLIN, 0}, {running.errors.get(), POLLIN, 0}}};
    ::poll(entries.data(), entries.size(), static_cast<int>(left.count()));
    if (!read_some(running.output.get(), report)) running.output.reset();
    if (!read_some(running.errors.get(), ending.errors)) running.errors.reset();
    ending.status = grader::final_status(running);
  }
  grader::end(running);
  return ending;
}

Status status_in(const nlohmann::json& test) {
  static const std::map<std::string, Status> names{
      {"passed", Status::passed}, {"failed", Status::failed}, {"skipped", Status::skipped}, {"error", Status::error}};
  if (test.value("unavailable", false)) return Status::unavailable;
  return names.at(test.at("status").get<std::string>());
}

// Las pruebas pedidas, todas sin hacer: lo que el informe no cuente se queda así.
std::vector<TestOutcome> expected_tests(const Job& job, const grader::Rubric& rubric, const std::string& reason) {
  std::vector<TestOutcome> tests;
  for (const grader::RubricTest& test : rubric.tests) {
    if (!job.test.empty() && test.name != job.test) continue;
    TestOutcome outcome;
    outcome.name = test.name;
    outcome.id = test.id;
    outcome.title = test.title;
    outcome.max_points = test.points;
    outcome.observed = reason;
    tests.push_back(std::move(outcome));
  }
  return tests;
}

void fill(TestOutcome& outcome, const nlohmann::json& told) {
  outcome.status = status_in(told);
  outcome.points = outcome.status == Status::passed ? outcome.max_points : 0;
  told.at("expected").get_to(outcome.expected);
  told.at("observed").get_to(outcome.observed);
  told.at("program").get_to(outcome.program);
  told.at("cause").get_to(outcome.cause);
  told.at("hint").get_to(outcome.hint);
  told.at("conversation").get_to(outcome.conversation);
  told.at("duration_ms").get_to(outcome.duration_ms);
}

std::string read_text(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw std::runtime_error{"no se puede leer «" + file.string() + "»"};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

// Pone en las pruebas lo que el evaluador cuenta de ellas. Los puntos son los de la rúbrica.
void fill_from_report(JobResult& result, const fs::path& report) {
  if (fs::file_size(report) > max_report) throw std::runtime_error{"el informe del evaluador no cabe en 16 MiB"};
  try {
    const auto json = nlohmann::json::parse(read_text(report));
    if (json.at("lab") != result.lab) throw std::runtime_error{"el informe del evaluador es de otro laboratorio"};
    std::set<int> seen;
    for (const auto& told : json.at("tests")) {
      const int id = told.at("id");
      const auto test = std::find_if(result.tests.begin(), result.tests.end(),
                                     [id](const TestOutcome& each) { return each.id == id; });
      if (test == result.tests.end() || !seen.insert(id).second) {
        throw std::runtime_error{"el informe del evaluador tiene una prueba que no se esperaba: la " +
                                 std::to_string(id)};
      }
      fill(*test, told);
    }
  } catch (const std::logic_error& error) {  // un estado que no existe
    throw std::runtime_error{std::string{"el informe del evaluador no se entiende: "} + error.what()};
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error{std::string{"el informe del evaluador no se entiende: "} + error.what()};
  }
}

void add_up(JobResult& result) {
  for (const TestOutcome& test : result.tests) {
    result.points += test.points;
    if (test.status != Status::unavailable) result.max_points += test.max_points;
  }
}

// Una compilación que vigila las carreras y no sale puede ser cosa de la máquina: entonces tampoco sale la del archivo
// que reparte el kit.
bool starter_builds_for_races(const Job& job, const grader::Workshop& workshop) {
  const fs::path starter = grader::lab_folder(job.lab) / (name_of(job.lab) + ".cpp");
  return grader::Compiling{starter, job.lab, grader::Watch::races, false, workshop}.finish().built;
}

// Construye el programa, o los dos si la rúbrica vigila las carreras. Devuelve si se pudo; los mensajes, en el
// resultado.
bool build(const Job& job, const grader::Rubric& rubric, const WorkFolder& work, JobResult& result) {
  const fs::path source = work.source / (name_of(job.lab) + ".cpp");
  fs::copy_file(job.source, source);
  fs::permissions(source, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  const grader::Workshop workshop{work.program,
                                  job.isolation == Isolation::full ? grader::Jail::full : grader::Jail::weak};
  std::optional<grader::Compiling> races;
  if (rubric.watches_races()) races.emplace(source, job.lab, grader::Watch::races, false, workshop);
  grader::Compilation memory = grader::Compiling{source, job.lab, grader::Watch::memory, false, workshop}.finish();
  result.messages = std::move(memory.messages);
  if (!memory.built) {
    result.reason = "el archivo no compila";
    return false;
  }
  if (!races) return true;
  grader::Compilation watched = races->finish();
  if (watched.built || !starter_builds_for_races(job, workshop)) return true;
  fs::remove(grader::race_program(work.program / name_of(job.lab)));  // es el del kit
  result.messages = std::move(watched.messages);
  result.reason = "el archivo no compila con ThreadSanitizer, que es como se vigilan las carreras entre hilos";
  return false;
}

std::string how_it_ended(const Job& job, const Ending& ending) {
  if (!ending.status) {
    return "la evaluación no terminó en " + std::to_string(job.limit.count()) +
           " s de reloj, que es el límite de seguridad";
  }
  return "el evaluador terminó de golpe, sin informe" + (ending.errors.empty() ? "" : ": " + ending.errors);
}

}  // namespace

void require(Isolation isolation) {
  if (isolation == Isolation::full && !grader::can_jail()) {
    throw std::runtime_error{
        "aquí no se puede aislar el código de las entregas: hacen falta bubblewrap (bwrap) y espacios de nombres de "
        "usuario. Instálalo y permítelos o, si no puedes, pide un aislamiento menor con ISOLATION=weak: cada informe "
        "dirá qué protecciones faltan"};
  }
  require_readable(grader::toolchain::tools);
  require_readable(grader::toolchain::labs);
  require_readable(grader::toolchain::libraries);
}

JobResult run(const Job& job, const fs::path& work_folder) {
  require(job.isolation);
  const grader::Rubric rubric = grader::rubric_of(job.lab);
  if (!job.test.empty() && rubric.find(job.test) == nullptr) {
    throw std::runtime_error{name_of(job.lab) + " no tiene ninguna prueba «" + job.test + "»"};
  }
  const WorkFolder work{work_folder};
  require_readable(work.root);
  const Clock::time_point deadline = Clock::now() + job.limit;
  JobResult result;
  result.lab = job.lab;
  result.seed = job.seed;
  result.tests = expected_tests(job, rubric, "no se hizo");
  if (!build(job, rubric, work, result)) {
    result.state = State::not_compiled;
    for (TestOutcome& test : result.tests) test.observed = result.reason;
    add_up(result);
    return result;
  }
  const Ending ending =
      job.isolation == Isolation::full ? grade_in_jail(job, rubric, work, deadline) : grade_confined(job, rubric, work);
  const fs::path report = work.report / "informe.json";
  if (ending.status && WIFEXITED(*ending.status) && WEXITSTATUS(*ending.status) == grader_failed) {
    throw std::runtime_error{"el evaluador de " + name_of(job.lab) + " no pudo evaluar: " + ending.errors};
  }
  if (ending.status && fs::exists(report)) {
    result.state = State::graded;
    fill_from_report(result, report);
  } else {
    result.state = State::interrupted;
    result.reason = how_it_ended(job, ending);
    for (TestOutcome& test : result.tests) test.observed = result.reason;
  }
  add_up(result);
  return result;
}

void write_result(const JobResult& result, const fs::path& file) {
  const nlohmann::ordered_json json = result;
  grader::write_whole(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace), file);
}

JobResult read_result(const std::string& text) {
  try {
    return nlohmann::ordered_json::parse(text).get<JobResult>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error{std::string{"no es el resultado de una evaluación: "} + error.what()};
  }
}

std::vector<std::string> missing_protections(Isolation isolation) {
  if (isolation == Isolation::full) return {};
  std::vector<std::string> missing{
      "La red no se aísla: una entrega puede conectarse con cualquier sitio y ocupar cualquier puerto.",
      "Los procesos no se aíslan: una entrega ve los de la máquina y con qué argumentos se arrancaron, y gasta del "
      "mismo "
      "límite de procesos y de memoria que quien la evalúa."};
  const int landlock = grader::landlock_version();
  if (landlock == 0) {
    missing.emplace_back(
        "Los archivos no se aíslan (sin Landlock): una entrega puede leer y escribir lo mismo que quien "
        "la evalúa, el resultado incluido.");
  }
  if (landlock < grader::landlock_with_signals) {
    missing.emplace_back("Una entrega puede enviar señales a los procesos de quien la evalúa, el evaluador incluido.");
  }
  return missing;
}

}  // namespace autograder
