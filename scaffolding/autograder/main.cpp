// El programa del autocalificador: evalúa una clase, hace un solo trabajo, o escribe otra vez los informes.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "autograder/engine.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int usage_error = 2;

// Lo que se escribe, tal cual: se entiende después, para decir qué está mal con palabras propias.
struct Words {
  std::string submissions, labs, jobs, out, formats, policy, seed, regrade, worksheet, isolation = "full";
  std::string from, source, result, work, test, lab;
};

unsigned read_number(const char* name, const std::string& text, unsigned least) {
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc{} && stop == end && number >= least) return number;
  throw std::runtime_error{std::string{name} + "=«" + text + "»: se esperaba un número entero desde " +
                           std::to_string(least)};
}

autograder::Isolation read_isolation(const std::string& text) {
  if (text == "full") return autograder::Isolation::full;
  if (text == "weak") return autograder::Isolation::weak;
  throw std::runtime_error{"ISOLATION=«" + text + "»: puede ser full (lo normal) o weak"};
}

int grade(const Words& words) {
  autograder::Options options;
  options.submissions = words.submissions;
  if (!fs::exists(options.submissions)) {
    throw std::runtime_error{"no existe SUBMISSIONS=«" + words.submissions +
                             "»: es la carpeta, o el zip, con las entregas de la clase"};
  }
  options.out = words.out.empty() ? autograder::default_out(options.submissions) : fs::path{words.out};
  options.program = fs::read_symlink("/proc/self/exe");
  options.labs = autograder::read_labs(words.labs);
  options.jobs = words.jobs.empty() ? std::thread::hardware_concurrency() : read_number("JOBS", words.jobs, 1);
  options.formats = autograder::read_formats(words.formats);
  options.policy = words.policy;
  options.worksheet = words.worksheet;
  if (!words.seed.empty()) options.seed = read_number("SEED", words.seed, 0);
  options.isolation = read_isolation(words.isolation);
  options.regrade = autograder::read_regrade(words.regrade);
  return autograder::grade(options, std::cout, ::isatty(STDOUT_FILENO) == 1);
}

int run_job(const Words& words) {
  autograder::Job job;
  job.lab = static_cast<int>(read_number("--lab", words.lab, 0));
  job.source = words.source;
  job.seed = read_number("--seed", words.seed, 0);
  job.test = words.test;
  job.isolation = read_isolation(words.isolation);
  const fs::path work = words.work.empty() ? fs::temp_directory_path() / ("autograder-" + std::to_string(::getpid()))
                                           : fs::path{words.work};
  autograder::write_result(autograder::run(job, work), words.result);
  return 0;
}

int rewrite(const Words& words) {
  const fs::path from = words.from;
  const fs::path out = words.out.empty() ? fs::absolute(from).parent_path() : fs::path{words.out};
  const auto formats = autograder::read_formats(words.formats);
  const autograder::Course course = autograder::read_course(from);
  fs::create_directories(out);
  autograder::write_outputs(course, formats, out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Words words;
  CLI::App app{"Autocalificador: evalúa las entregas de una clase. Lo llama «make autograder»."};
  app.require_subcommand(1);

  CLI::App* const grading = app.add_subcommand("grade", "Evalúa una clase y escribe sus informes");
  grading->add_option("submissions", words.submissions, "Carpeta o zip con las entregas")->required();
  grading->add_option("--labs", words.labs, "Laboratorios: 1-3,5; si no se dice, todos");
  grading->add_option("--jobs", words.jobs, "Evaluaciones a la vez; si no se dice, una por procesador");
  grading->add_option("--out", words.out, "Carpeta de los resultados; si no se dice, build/autograder/NOMBRE");
  grading->add_option("--formats", words.formats, "Formatos, separados por comas; si no se dice, html,moodle");
  grading->add_option("--policy", words.policy, "Archivo JSON con los plazos, los descuentos y los intentos");
  grading->add_option("--worksheet", words.worksheet, "Hoja de notas descargada de Moodle que hay que rellenar");
  grading->add_option("--seed", words.seed, "Semilla de los datos al azar; si no se dice, la de la última vez");
  grading->add_option("--regrade", words.regrade, "Qué se hace otra vez: todo, lab4, lab4.2 o un estudiante");
  grading->add_option("--isolation", words.isolation, "full, o weak donde no se puede aislar del todo");

  CLI::App* const job = app.add_subcommand("job", "Hace una sola evaluación, que se basta a sí misma");
  job->add_option("--lab", words.lab, "Número del laboratorio")->required();
  job->add_option("--source", words.source, "El archivo labN.cpp")->required();
  job->add_option("--seed", words.seed, "Semilla de los datos al azar")->required();
  job->add_option("--result", words.result, "Archivo JSON en el que dejar el resultado")->required();
  job->add_option("--work", words.work, "Carpeta de trabajo, que crea y borra; si no se dice, una temporal");
  job->add_option("--test", words.test, "Nombre de la única prueba que se quiere");
  job->add_option("--isolation", words.isolation, "full, o weak donde no se puede aislar del todo");

  CLI::App* const outputs = app.add_subcommand("outputs", "Escribe otra vez los informes, sin evaluar nada");
  outputs->add_option("--from", words.from, "El archivo class.json de una clase")->required();
  outputs->add_option("--formats", words.formats, "Formatos, separados por comas");
  outputs->add_option("--out", words.out, "Carpeta; si no se dice, la de class.json");

  CLI11_PARSE(app, argc, argv);
  try {
    if (*grading) return grade(words);
    if (*job) return run_job(words);
    return rewrite(words);
  } catch (const std::exception& error) {
    std::cerr << "autograder: " << error.what() << '\n';
    return usage_error;
  }
}
