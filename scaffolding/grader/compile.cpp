#include "grader/compile.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
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
constexpr rlim_t compiler_seconds = 60;       // procesador: una bomba de plantillas no retiene a nadie
constexpr rlim_t compiled_size = 256U << 20;  // lo que puede ocupar el programa, en bytes

std::string name_of(int lab) { return "lab" + std::to_string(lab); }

// El programa por defecto tiene un nombre fácil de recordar; los de otras carpetas, uno que no choca.
fs::path program_path(const fs::path& source, int lab) {
  const fs::path programs{toolchain::programs};
  if (is_own(source, lab)) return programs / name_of(lab);
  return programs / std::to_string(std::hash<std::string>{}(fs::canonical(source).string())) / name_of(lab);
}

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

[[noreturn]] void become_compiler(const std::vector<std::string>& command, int messages) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const rlimit cpu{compiler_seconds, compiler_seconds};
  ::setrlimit(RLIMIT_CPU, &cpu);
  const rlimit file{compiled_size, compiled_size};
  ::setrlimit(RLIMIT_FSIZE, &file);
  ::signal(SIGPIPE, SIG_DFL);
  const kit::Descriptor nothing{::open("/dev/null", O_RDONLY)};
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(messages, STDOUT_FILENO);
  ::dup2(messages, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
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

Compiling::Compiling(const fs::path& source, int lab, Watch watch, bool colour)
    : program_{watch == Watch::memory ? program_path(source, lab) : race_program(program_path(source, lab))},
      partial_{program_.string() + '.' + std::to_string(::getpid())} {
  fs::create_directories(program_.parent_path());
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  messages_ = kit::Descriptor{ends[0]};
  const kit::Descriptor write_end{ends[1]};
  const std::vector<std::string> command = command_for(source, lab, watch, colour, partial_);
  compiler_ = kit::check("fork", ::fork());
  if (compiler_ == 0) become_compiler(command, write_end.get());
}

Compiling::~Compiling() {
  if (compiler_ == -1) return;
  const std::vector<pid_t> helpers = witness::descendants(compiler_);
  ::kill(compiler_, SIGTERM);  // borra sus archivos temporales, pero no termina a sus ayudantes
  for (const pid_t helper : helpers) ::kill(helper, SIGKILL);
  finish();
}

Compilation Compiling::finish() {
  Compilation result;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t count = ::read(messages_.get(), block.data(), block.size());
    if (count == -1 && errno == EINTR) continue;
    if (count <= 0) break;
    result.messages.append(block.data(), std::min(static_cast<std::size_t>(count),
                                                  kept_messages - std::min(kept_messages, result.messages.size())));
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
  fs::remove(program_.parent_path(), ignored);  // si no tiene programas de otras veces
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
