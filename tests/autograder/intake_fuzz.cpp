// Recibe, una tras otra, las entregas que inventa fuzz_intake.py. Por la entrada estándar llega en cada línea una ruta
// y, tras un tabulador, la carpeta de trabajo; por la salida va una línea por cada una. Se construye con los
// sanitizers.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <utility>

#include "autograder/intake.hpp"
#include "autograder/names.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::cerr << "no se cumple: " << what << '\n';
  std::abort();
}

void check(const autograder::Submission& submission, const std::filesystem::path& work) {
  require(!submission.student.empty(), "un estudiante tiene identificador");
  require(submission.attempt >= 1, "los intentos se cuentan desde 1");
  for (const std::string* text : {&submission.student, &submission.name, &submission.email, &submission.submitted_at}) {
    require(autograder::is_utf8(*text), "los textos están en UTF-8");
  }
  for (const std::string& note : submission.notes) require(autograder::is_utf8(note), "las notas están en UTF-8");
  for (const auto& [lab, reason] : submission.refused) {
    require(!submission.files.contains(lab), "un laboratorio se acepta o se rechaza");
    require(!reason.empty() && autograder::is_utf8(reason), "un rechazo tiene motivo, en UTF-8");
  }
  for (const auto& [lab, file] : submission.files) {
    require(std::mismatch(work.begin(), work.end(), file.begin(), file.end()).first == work.end(), "se copia en work");
    require(std::filesystem::is_regular_file(std::filesystem::symlink_status(file)), "la copia es un archivo");
    require(std::filesystem::file_size(file) <= autograder::limits::source, "la copia no es demasiado grande");
  }
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t tab = line.find('\t');
    const std::filesystem::path work = line.substr(tab + 1);
    try {
      std::set<std::pair<std::string, int>> seen;
      const auto all = autograder::take_in(line.substr(0, tab), work, {1, 2, 7});
      std::size_t files = 0;
      for (const autograder::Submission& submission : all) {
        check(submission, work);
        files += submission.files.size();
        require(seen.insert({submission.student, submission.attempt}).second, "nadie tiene dos veces el mismo intento");
      }
      std::cout << "entregas " << all.size() << " archivos " << files << std::endl;
    } catch (const std::runtime_error& error) {
      require(typeid(error) == typeid(std::runtime_error),
              error.what());  // system_error y las demás no llevan una frase
      std::cout << "frase " << error.what() << std::endl;
    }
  }
  return EXIT_SUCCESS;
}
