#include "grader/compile.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <vector>

#include "grader/toolchain.hpp"
#include "programs/kit.hpp"
#include "witness/process.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kept_messages = 64U << 10;
constexpr rlim_t compiler_seconds = 20;                   // procesador: una bomba de plantillas no retiene a nadie
constexpr rlim_t compiled_size = 256U << 20;              // lo que puede ocupar el programa, en bytes
constexpr rlim_t compiler_memory = 2ULL << 30;            // espacio de direcciones
constexpr std::chrono::seconds longest_compilation{180};  // de reloj: el último recurso

std::string name_of(int lab) { return "lab" + std::to_string(lab); }

// El programa por defecto tiene un nombre fácil de recordar; los de otras carpetas, uno que no choca.
fs::path program_path(const fs::path& source, int lab) {
  const fs::path programs{toolchain::programs};
  if (is_own(source, lab)) return programs / name_of(lab);
  return programs / std::to_string(std::hash<std::string>{}(fs::canonical(source).string())) / name_of(lab);
}

// Lo que ve el compilador en una jaula, y dónde: nada de ello dice en qué máquina está.
const fs::path kit_inside{"/kit"};
const fs::path source_inside{"/entrega"};
const fs::path output_inside{"/programa"};

std::vector<std::string> command_for(const fs::path& source, int lab, Watch watch, bool colour,
                                     const fs::path& program) {
  std::vector<std::string> command{toolchain::compiler};
  const auto add = [&command](const auto& flags) { command.insert(command.end(), flags.begin(), flags.end()); };
  if (watch == Watch::memory) {
    add(toolchain::memory_flags);
  } else {
    add(toolchain::race_flags);
  }
  add(toolchain::include_flags);
  if (colour) command.emplace_back("-fdiagnostics-color=always");
  const std::string library = name_of(lab) + (watch == Watch::memory ? "_program.a" : "_races.a");
  // La biblioteca entera, se use o no: quien defina en su archivo main() u otra función del kit no puede enlazarlo.
  command.insert(command.end(), {"-I" + lab_folder(lab).string(), source.string(), "-Wl,--whole-archive",
                                 std::string{toolchain::libraries} + "/lib" + library, "-Wl,--no-whole-archive", "-o",
                                 program.string()});
  return command;
}

void limit(__rlimit_resource resource, rlim_t most) {
  const rlimit both{most, most};
  ::setrlimit(resource, &both);
}

void prepare(int messages) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  limit(RLIMIT_CPU, compiler_seconds);
  limit(RLIMIT_FSIZE, compiled_size);
  ::signal(SIGPIPE, SIG_DFL);
  const kit::Descriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(messages, STDOUT_FILENO);
  ::dup2(messages, STDERR_FILENO);
}

[[noreturn]] void become_compiler(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

std::string replaced(std::string word, const std::string& part, const std::string& other) {
  if (const std::size_t at = word.find(part); at != std::string::npos) word.replace(at, part.size(), other);
  return word;
}

// Las carpetas del kit que el archivo puede incluir: sus propias cabeceras, y no las de los evaluadores.
std::vector<fs::path> included_folders(int lab) {
  const fs::path scaffolding = fs::path{toolchain::labs}.parent_path() / "scaffolding";
  return {scaffolding / "programs", scaffolding / "protocol", lab_folder(lab)};
}

[[noreturn]] void become_jailed_compiler(const std::vector<std::string>& command, const fs::path& source, int lab,
                                         const fs::path& output, int jail_status) {
  const std::string kit = fs::path{toolchain::labs}.parent_path();
  const fs::path libraries = kit_inside / "lib";
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  const std::string status = std::to_string(kit::check("dup", ::dup(jail_status)));
  const std::string size = std::to_string(compiled_size);
  limit(RLIMIT_AS, compiler_memory);
  drop_root();
  Bubblewrap jail;
  jail.with({"--unshare-net", "--json-status-fd", status, "--size", size, "--tmpfs", "/tmp", "--chdir",
             source_inside.native(), "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "LC_ALL",
             "C.UTF-8"});
  for (const fs::path& folder : included_folders(lab)) jail.shows(folder, kit_inside / folder.lexically_relative(kit));
  jail.shows(toolchain::libraries, libraries);
  jail.shows(source, source_inside / (name_of(lab) + ".cpp"));
  jail.lends(output, output_inside);
  std::vector<std::string> inside{"prlimit", "--nproc=64", "--"};
  for (const std::string& word : command) {
    inside.push_back(replaced(replaced(word, toolchain::libraries, libraries), kit, kit_inside));
  }
  jail.become(inside);
}

[[noreturn]] void become_confined_compiler(const std::vector<std::string>& command, const fs::path& source, int lab,
                                           const fs::path& output) {
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  limit(RLIMIT_AS, compiler_memory);
  drop_root();
  kit::check("chdir", ::chdir(source.parent_path().c_str()));
  std::vector<fs::path> readable = included_folders(lab);
  readable.insert(readable.end(), {toolchain::libraries, source});
  confine(readable, {output});
  ::clearenv();
  ::setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
  ::setenv("TMPDIR", output.c_str(), 1);
  become_compiler(command);
}

}  // namespace

fs::path lab_folder(int lab) {
  const std::string prefix = name_of(lab) + '-';
  for (const fs::directory_entry& entry : fs::directory_iterator{toolchain::labs}) {
    if (entry.is_directory() && entry.path().filename().string().rfind(prefix, 0) == 0) return entry.path();
  }
  throw std::runtime_error{"no existe la carpeta labs/" + prefix + "*"};
}

fs::path find_source(const fs::path& folder, int lab) {
  const std::string file = name_of(lab) + ".cpp";
  const fs::path in_lab = lab_folder(lab).filename() / file;
  if (!fs::exists(folder)) {
    throw std::runtime_error{"no existe la carpeta «" + folder.string() + "»: SRC=carpeta debe contener " + file +
                             " o " + in_lab.string()};
  }
  if (!fs::is_directory(folder)) {
    throw std::runtime_error{"«" + folder.string() + "» no es una carpeta: SRC=carpeta debe contener " + file + " o " +
                             in_lab.string()};
  }
  for (const fs::path& candidate : {folder / file, folder / in_lab}) {
    if (fs::is_regular_file(candidate)) return candidate;
  }
  throw std::runtime_error{"en la carpeta «" + folder.string() + "» no está " + file + " ni " + in_lab.string()};
}

bool is_own(const fs::path& source, int lab) {
  std::error_code missing;  // en labs/ puede no estar
  return fs::equivalent(source, lab_folder(lab) / (name_of(lab) + ".cpp"), missing);
}

fs::path race_program(const fs::path& program) { return program.string() + "-carreras"; }

Compiling::Compiling(const fs::path& source, int lab, Watch watch, bool colour, const std::optional<Workshop>& workshop)
    : program_{workshop ? workshop->folder / name_of(lab) : program_path(source, lab)},
      has_workshop_{workshop.has_value()} {
  if (watch == Watch::races) program_ = race_program(program_);
  partial_ = program_.string() + '.' + std::to_string(::getpid());
  fs::create_directories(program_.parent_path());
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  messages_ = kit::Descriptor{ends[0]};
  const kit::Descriptor write_end{ends[1]};
  const Jail jail = workshop ? workshop->jail : Jail::none;
  if (jail == Jail::full) {
    jail_status_ = kit::Descriptor{kit::check("memfd_create", ::memfd_create("estado", MFD_CLOEXEC))};
  }
  const fs::path file = jail == Jail::none ? source : fs::path{name_of(lab) + ".cpp"};
  const fs::path output = jail == Jail::full ? output_inside / partial_.filename() : partial_;
  const std::vector<std::string> command = command_for(file, lab, watch, colour, output);
  compiler_ = kit::check("fork", ::fork());
  if (compiler_ != 0) return;
  prepare(write_end.get());
  try {
    if (jail == Jail::full) {
      become_jailed_compiler(command, source, lab, workshop->folder, jail_status_.get());
    }
    if (jail == Jail::weak) become_confined_compiler(command, source, lab, workshop->folder);
    become_compiler(command);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  ::_exit(127);
}

Compiling::~Compiling() {
  if (compiler_ != -1) abandon();
}

void Compiling::abandon() {
  const std::vector<pid_t> helpers = witness::descendants(compiler_);
  ::kill(compiler_, SIGTERM);  // borra sus archivos temporales, pero no termina a sus ayudantes
  for (const pid_t helper : helpers) ::kill(helper, SIGKILL);
  std::string ignored;
  read_messages(ignored);
  while (::waitpid(compiler_, nullptr, 0) == -1 && errno == EINTR) {
  }
  compiler_ = -1;
  std::error_code missing;
  fs::remove(partial_, missing);
}

// Devuelve false si el compilador no terminó a tiempo.
bool Compiling::read_messages(std::string& messages) const {
  std::array<char, 4096> block{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(start_ + longest_compilation -
                                                                            std::chrono::steady_clock::now());
    pollfd entry{messages_.get(), POLLIN, 0};
    const int ready = ::poll(&entry, 1, std::max(0, static_cast<int>(left.count())));
    if (ready == 0) return false;
    if (ready == -1) continue;
    const ssize_t count = ::read(messages_.get(), block.data(), block.size());
    if (count == -1 && errno == EINTR) continue;
    if (count <= 0) return true;
    messages.append(block.data(), std::min(static_cast<std::size_t>(count),
                                           kept_messages - std::min(kept_messages, messages.size())));
  }
}

Compilation Compiling::finish() {
  Compilation result;
  if (!read_messages(result.messages)) {
    abandon();
    result.messages += "el compilador no terminó en " + std::to_string(longest_compilation.count()) + " s\n";
    return result;
  }
  int status = 0;
  rusage used{};
  while (::wait4(compiler_, &status, 0, &used) == -1 && errno == EINTR) {
  }
  compiler_ = -1;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  result.built = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (result.built) {
    fs::rename(partial_, program_);  // de una vez: otra evaluación a la vez nunca ve medio programa
    result.program = program_;
    return result;
  }
  std::error_code ignored;
  fs::remove(partial_, ignored);
  if (!has_workshop_) fs::remove(program_.parent_path(), ignored);  // si no tiene programas de otras veces
  if (jail_status_.is_open() && !ran_inside(jail_status_)) {
    throw std::runtime_error{"no se pudo aislar el compilador: " + result.messages};
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    result.messages += "no se puede ejecutar el compilador «" + std::string{toolchain::compiler} + "»\n";
  } else if (used.ru_utime.tv_sec + used.ru_stime.tv_sec >= static_cast<long>(compiler_seconds) - 1) {
    result.messages += "el compilador agotó sus " + std::to_string(compiler_seconds) + " s de procesador\n";
  }
  return result;
}

Compilation compile(const fs::path& source, int lab, bool colour) {
  return Compiling{source, lab, Watch::memory, colour}.finish();
}

}  // namespace grader
