#include "grader/compile.hpp"

#include <fcntl.h>
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

// Cómo acabó una orden, lo que dijo y el procesador que gastó, con sus hijos.
struct Ended {
  int status = 0;
  std::string text;
  long cpu_seconds = 0;
};

Ended run(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  const kit::Descriptor read_end{ends[0]};
  kit::Descriptor write_end{ends[1]};
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = kit::check("fork", ::fork());
  if (child == 0) {
    const rlimit cpu{compiler_seconds, compiler_seconds};
    ::setrlimit(RLIMIT_CPU, &cpu);
    const rlimit file{compiled_size, compiled_size};
    ::setrlimit(RLIMIT_FSIZE, &file);
    ::signal(SIGPIPE, SIG_DFL);
    const kit::Descriptor nothing{::open("/dev/null", O_RDONLY)};
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(write_end.get(), STDOUT_FILENO);
    ::dup2(write_end.get(), STDERR_FILENO);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }
  write_end.reset();
  Ended ended;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t count = ::read(read_end.get(), block.data(), block.size());
    if (count == -1 && errno == EINTR) continue;
    if (count <= 0) break;
    ended.text.append(block.data(), std::min(static_cast<std::size_t>(count),
                                             kept_messages - std::min(kept_messages, ended.text.size())));
  }
  rusage used{};
  while (::wait4(child, &ended.status, 0, &used) == -1 && errno == EINTR) {
  }
  ended.cpu_seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
  return ended;
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

Compilation compile(const fs::path& source, int lab, bool colour) {
  Compilation result;
  const fs::path program = program_path(source, lab);
  const fs::path partial = program.string() + '.' + std::to_string(::getpid());
  fs::create_directories(program.parent_path());

  std::vector<std::string> command{toolchain::compiler};
  command.insert(command.end(), toolchain::flags.begin(), toolchain::flags.end());
  if (colour) command.emplace_back("-fdiagnostics-color=always");
  command.insert(command.end(),
                 {"-I" + lab_folder(lab).string(), source.string(),
                  std::string{toolchain::libraries} + "/lib" + name_of(lab) + "_program.a", "-o", partial.string()});

  const auto start = std::chrono::steady_clock::now();
  const Ended ended = run(command);
  result.messages = ended.text;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.built = WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0;
  if (result.built) {
    fs::rename(partial, program);  // de una vez: otra evaluación a la vez nunca ve medio programa
    result.program = program;
  } else {
    std::error_code ignored;
    fs::remove(partial, ignored);
    fs::remove(program.parent_path(), ignored);  // si no tiene programas de otras veces
    if (WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 127) {
      result.messages += "no se puede ejecutar el compilador «" + std::string{toolchain::compiler} + "»\n";
    } else if (ended.cpu_seconds >= static_cast<long>(compiler_seconds) - 1) {
      result.messages += "el compilador agotó sus " + std::to_string(compiler_seconds) + " s de procesador\n";
    }
  }
  return result;
}

}  // namespace grader
