// Lo que espera un estudiante: de guardar su archivo al veredicto («make labN»), junto a lo que tarda el compilador en
// compilar y enlazar ese archivo con las mismas opciones; y lo que espera si su programa se cuelga, junto a lo que
// espera si pasa. Se miden por turnos en una misma ejecución, y lo que cuenta es la proporción.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "grader/compile.hpp"
#include "grader/toolchain.hpp"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

constexpr const char* said = "build/bench.log";  // lo último que dijo una orden, por si no acaba como se espera

// Ejecuta una orden. Devuelve si acabó con estado 0.
bool run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, said, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = -1;
  int status = 0;
  const int error = ::posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return error == 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

// Escribe «make labN SRC=carpeta» y mide lo que tarda el veredicto, que tiene que ser el que se sabe.
double time_verdict(int lab, const std::string& folder, bool passes) {
  const std::string target = "lab" + std::to_string(lab);
  const auto start = Clock::now();
  if (run({"make", target, "SRC=" + folder}) != passes) {
    throw std::runtime_error{"«make " + target + " SRC=" + folder +
                             "» no ha terminado como se esperaba: lo que dijo está en " + said};
  }
  return seconds_since(start);
}

// Las entregas que se cuelgan: tests/chaffs/labN/se_cuelga_*.patch, ya aplicados, cada uno en su carpeta.
std::vector<fs::path> hanging_submissions(int lab) {
  const std::string name = "lab" + std::to_string(lab);
  std::vector<fs::path> folders;
  if (!fs::exists("tests/chaffs/" + name)) return folders;
  for (const auto& entry : fs::directory_iterator{"tests/chaffs/" + name}) {
    const std::string patch = entry.path().stem().string();
    if (patch.rfind("se_cuelga_", 0) != 0) continue;
    const fs::path folder = fs::path{"build/bench"} / name / patch;
    fs::create_directories(folder);
    const fs::path file = folder / (name + ".cpp");
    fs::copy_file(grader::find_source("solutions", lab), file, fs::copy_options::overwrite_existing);
    if (!run({"patch", "--silent", file.string(), entry.path().string()})) {
      throw std::runtime_error{"no se puede aplicar " + entry.path().string()};
    }
    folders.push_back(folder);
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

void compare_with_hanging(int lab, int rounds) {
  const std::vector<fs::path> folders = hanging_submissions(lab);
  std::vector<double> passing;
  std::vector<std::vector<double>> hanging(folders.size());
  for (int round = 0; round < rounds && !folders.empty(); ++round) {
    passing.push_back(time_verdict(lab, "solutions", true));
    for (std::size_t i = 0; i < folders.size(); ++i) {
      hanging[i].push_back(time_verdict(lab, folders[i].string(), false));
    }
  }
  for (std::size_t i = 0; i < folders.size(); ++i) {
    std::printf("  lab%-2d  %7.0f ms   %7.0f ms   %9.2f   %s\n", lab, 1000 * median(hanging[i]), 1000 * median(passing),
                median(hanging[i]) / median(passing), folders[i].filename().c_str());
  }
}

// Compila y enlaza ese mismo archivo, y nada más.
double time_compiler(int lab) {
  const auto start = Clock::now();
  const grader::Compilation compilation = grader::compile(grader::find_source("solutions", lab), lab, false);
  if (!compilation.built) throw std::runtime_error{"la solución no compila:\n" + compilation.messages};
  return seconds_since(start);
}

std::set<int> labs() {
  static const std::regex name{R"(lab(\d+)-.*)"};
  std::set<int> numbers;
  for (const auto& entry : fs::directory_iterator{grader::toolchain::labs}) {
    std::smatch parts;
    const std::string folder = entry.path().filename().string();
    if (std::regex_match(folder, parts, name)) numbers.insert(std::stoi(parts[1].str()));
  }
  return numbers;
}

}  // namespace

int main(int argc, char** argv) try {
  const int rounds = argc > 1 ? std::stoi(argv[1]) : 11;
  ::setvbuf(stdout, nullptr, _IOLBF, 0);
  ::unsetenv("MAKEFLAGS");  // la orden que se mide no es parte de este make
  std::printf("De guardar el archivo al veredicto, y solo compilar y enlazar: mediana de %d veces\n\n", rounds);
  std::printf("         veredicto   compilador   proporción\n");
  for (const int lab : labs()) {
    std::vector<double> verdict;
    std::vector<double> compiler;
    time_verdict(lab, "solutions", true);  // la primera vez no cuenta: pone el kit al día
    for (int round = 0; round < rounds; ++round) {
      verdict.push_back(time_verdict(lab, "solutions", true));
      compiler.push_back(time_compiler(lab));
    }
    std::printf("  lab%-2d  %7.0f ms   %7.0f ms   %9.2f\n", lab, 1000 * median(verdict), 1000 * median(compiler),
                median(verdict) / median(compiler));
  }
  const int fewer = rounds / 2 + 1;
  std::printf("\nUna entrega que se cuelga, y una que pasa: mediana de %d veces\n\n", fewer);
  std::printf("         se cuelga        pasa   proporción\n");
  for (const int lab : labs()) compare_with_hanging(lab, fewer);
} catch (const std::exception& error) {
  std::cerr << "bench: " << error.what() << '\n';
  return 1;
}
