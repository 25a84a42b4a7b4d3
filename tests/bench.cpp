// Lo que espera un estudiante: de guardar su archivo al veredicto («make labN»), junto a lo que tarda el compilador en
// compilar y enlazar ese archivo con las mismas opciones. Se miden por turnos en una misma ejecución, y lo que cuenta
// es la proporción.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Escribe «make labN SRC=solutions», sin mirar lo que dice, y mide lo que tarda. Tiene que dar todos los puntos.
double time_verdict(int lab) {
  std::string target = "lab" + std::to_string(lab);
  std::array<std::string, 3> words{"make", target, "SRC=solutions"};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto start = Clock::now();
  pid_t child = -1;
  int status = 0;
  const int error = ::posix_spawnp(&child, "make", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error{"«make " + target + " SRC=solutions» no ha terminado bien"};
  }
  return seconds_since(start);
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
  for (const auto& entry : std::filesystem::directory_iterator{grader::toolchain::labs}) {
    std::smatch parts;
    const std::string folder = entry.path().filename().string();
    if (std::regex_match(folder, parts, name)) numbers.insert(std::stoi(parts[1].str()));
  }
  return numbers;
}

}  // namespace

int main(int argc, char** argv) try {
  const int rounds = argc > 1 ? std::stoi(argv[1]) : 11;
  ::unsetenv("MAKEFLAGS");  // la orden que se mide no es parte de este make
  std::printf("De guardar el archivo al veredicto, y solo compilar y enlazar: mediana de %d veces\n\n", rounds);
  std::printf("         veredicto   compilador   proporción\n");
  for (const int lab : labs()) {
    std::vector<double> verdict;
    std::vector<double> compiler;
    time_verdict(lab);  // la primera vez no cuenta: pone el kit al día
    for (int round = 0; round < rounds; ++round) {
      verdict.push_back(time_verdict(lab));
      compiler.push_back(time_compiler(lab));
    }
    std::printf("  lab%-2d  %7.0f ms   %7.0f ms   %9.2f\n", lab, 1000 * median(verdict), 1000 * median(compiler),
                median(verdict) / median(compiler));
  }
} catch (const std::exception& error) {
  std::cerr << "bench: " << error.what() << '\n';
  return 1;
}
