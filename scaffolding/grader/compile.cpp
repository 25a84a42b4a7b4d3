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
constexpr rlim_t compiler_seconds = 60;  // procesador: una bomba de plantillas no retiene a nadie

std::string name_of(int lab) { return "lab" + std::to_string(lab); }

// El programa por defecto tiene un nombre fácil de recordar; los de otras carpetas, uno que no choca.
fs::path program_path(const fs::path& source, int lab) {
  const fs::path programs{toolchain::programs};
  if (fs::equivalent(source, lab_folder(lab) / (name_of(lab) + ".cpp"))) return programs / name_of(lab);
  return programs / std::to_string(std::hash<std::string>{}(fs::canonical(source).string())) / name_of(lab);
}

std::string run(const std::vector<std::string>& command, int& status) {
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  const kit::Descriptor read_end{ends[0]};
  kit::Descriptor write_end{ends[1]};
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = kit::check("fork", ::fork());
  if (child == 0) {
    const rlimit cpu{compiler_seconds, compiler_seconds};
    ::setrlimit(RLIMIT_CPU, &cpu);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(write_end.get(), STDOUT_FILENO);
    ::dup2(write_end.get(), STDERR_FILENO);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }
  write_end.reset();
  std::string text;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t count = ::read(read_end.get(), block.data(), block.size());
    if (count == -1 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(block.data(),
                std::min(static_cast<std::size_t>(count), kept_messages - std::min(kept_messages, text.size())));
  }
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  return text;
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
  int status = 0;
  result.messages = run(command, status);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.built = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (result.built) {
    fs::rename(partial, program);  // de una vez: otra evaluación a la vez nunca ve medio programa
    result.program = program;
  } else {
    std::error_code ignored;
    fs::remove(partial, ignored);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
      result.messages += "no se puede ejecutar el compilador «" + std::string{toolchain::compiler} + "»\n";
    } else if (WIFSIGNALED(status)) {
      result.messages += "el compilador agotó sus " + std::to_string(compiler_seconds) + " s de procesador\n";
    }
  }
  return result;
}

}  // namespace grader
