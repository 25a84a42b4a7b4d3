// El programa evaluador de un laboratorio: compila el archivo del estudiante, hace las pruebas y cuenta el resultado.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "grader/compile.hpp"
#include "grader/progress.hpp"
#include "grader/report.hpp"
#include "grader/session.hpp"

namespace {

constexpr int usage_error = 2;

struct Options {
  std::string submission = "labs";
  std::string program;
  std::string report;
  std::string command;
  std::optional<unsigned> seed;
  int test = 0;
  grader::Jail jail = grader::Jail::none;
  bool only_build = false;
};

// Anota cada prueba en cuanto acaba y la cuenta en el informe.
class Recorder : public testing::EmptyTestEventListener {
public:
  explicit Recorder(grader::Report& report) : report_{report} {}

  void OnTestStart(const testing::TestInfo&) override {
    grader::Session& session = grader::session();
    session.conversation.clear();
    session.failure.reset();
    session.unavailable.reset();
    session.depends.reset();
    unexpected_.clear();
  }

  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (part.failed() && !grader::session().failure) unexpected_ += part.summary();
  }

  void OnTestEnd(const testing::TestInfo& info) override {
    grader::Session& session = grader::session();
    grader::TestResult result;
    result.test = session.rubric.find(info.name());
    if (result.test == nullptr) return;
    result.duration_ms = static_cast<long>(info.result()->elapsed_time());
    if (session.unavailable || session.depends) {
      result.status = grader::Status::skipped;
      result.reason = session.unavailable ? "no se puede hacer aquí: " + *session.unavailable : *session.depends;
      result.unavailable = session.unavailable.has_value();
    } else if (info.result()->Passed()) {
      result.status = grader::Status::passed;
    } else if (session.failure) {
      result.status = grader::Status::failed;
      result.failure = session.failure;
    } else {
      result.status = grader::Status::error;
      result.reason = "fallo del propio evaluador: " + unexpected_;
    }
    report_.test(result);
    session.result.tests.push_back(std::move(result));
  }

private:
  grader::Report& report_;
  std::string unexpected_;
};

// La lista de pruebas es la de la rúbrica, y la del evaluador tiene que ser la misma.
void check_test_list(const grader::Rubric& rubric) {
  const testing::UnitTest& unit = *testing::UnitTest::GetInstance();
  std::size_t position = 0;
  for (int i = 0; i < unit.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *unit.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j, ++position) {
      const testing::TestInfo& test = *suite.GetTestInfo(j);
      if (position >= rubric.tests.size() || rubric.tests[position].name != test.name()) {
        throw std::runtime_error{std::string{"la prueba "} + test.name() + " de " + test.file() +
                                 " no ocupa el mismo lugar en la rúbrica"};
      }
    }
  }
  if (position != rubric.tests.size())
    throw std::runtime_error{"a la rúbrica le sobran pruebas que el evaluador no tiene: " +
                             rubric.tests[position].name};
}

const grader::RubricTest& asked_test(const grader::Rubric& rubric, int id) {
  const auto found =
      std::find_if(rubric.tests.begin(), rubric.tests.end(), [&](const auto& test) { return test.id == id; });
  if (found == rubric.tests.end()) {
    throw std::runtime_error{"la prueba " + std::to_string(id) + " no existe: lab" + std::to_string(rubric.lab) +
                             " tiene de la 1 a la " + std::to_string(rubric.tests.size())};
  }
  return *found;
}

// La orden de PROGRAM=, si el laboratorio la admite y nombra todos los argumentos del programa.
std::string checked_command(const std::string& command, const grader::Rubric& rubric) {
  const std::string lab = "lab" + std::to_string(rubric.lab);
  if (rubric.arguments.empty()) {
    throw std::runtime_error{"PROGRAM= no sirve en " + lab +
                             ": aquí se evalúan funciones en C++, no un programa entero"};
  }
  for (const std::string& name : rubric.arguments) {
    if (command.find('{' + name + '}') != std::string::npos) continue;
    std::ostringstream message;
    message << "en PROGRAM='" << command << "' falta {" << name << "}: es donde irá ese argumento del programa";
    throw std::runtime_error{message.str()};
  }
  return command;
}

// Nada que compilar, o no compila: todas las pruebas quedan sin hacer.
void mark_all_as_error(grader::Session& session, const std::string& reason) {
  for (const grader::RubricTest& test : session.rubric.tests) {
    grader::TestResult result;
    result.test = &test;
    result.reason = reason;
    session.result.tests.push_back(std::move(result));
  }
}

// Si no se puede guardar, la evaluación vale igual.
void keep(const grader::LabResult& result, const std::string& print, grader::Report& report) {
  try {
    grader::keep(result, print);
  } catch (const std::exception& error) {
    std::cerr << "no se pudo guardar el progreso: " << error.what() << '\n';
    return;
  }
  const bool failed = std::any_of(result.tests.begin(), result.tests.end(),
                                  [](const auto& test) { return test.status == grader::Status::failed; });
  if (failed) report.more_hints(result.rubric->lab);
}

// Para evaluar muchas veces el mismo archivo y compilarlo una: después, --program.
int build(const Options& options) {
  const std::filesystem::path source = grader::find_source(options.submission, LAB_NUMBER);
  if (grader::rubric_of(LAB_NUMBER).races) {
    grader::Compiling{source, LAB_NUMBER, grader::Watch::races, false}.finish();  // si no se puede, lo dirá su prueba
  }
  const grader::Compilation compilation = grader::compile(source, LAB_NUMBER, false);
  std::cerr << compilation.messages;
  if (!compilation.built) return 1;
  std::cout << compilation.program.string() << '\n';
  return 0;
}

int grade(const Options& options) {
  grader::Session& session = grader::session();
  session.jail = options.jail;
  session.rubric = grader::rubric_of(LAB_NUMBER);
  session.result.rubric = &session.rubric;
  check_test_list(session.rubric);
  std::string filter = "*";
  if (options.test != 0) filter = "*." + asked_test(session.rubric, options.test).name;
  if (!options.command.empty()) session.command = checked_command(options.command, session.rubric);

  const bool colour = grader::wants_colour();
  grader::Report report{std::cout, colour, grader::terminal_width()};
  std::filesystem::path source;
  std::string print;  // del archivo propio: su resultado se guarda
  if (!session.command.empty()) {
    report.header(session.rubric, std::nullopt);
  } else if (!options.program.empty()) {
    session.program = std::filesystem::absolute(options.program);
    if (!std::filesystem::is_regular_file(session.program)) {
      throw std::runtime_error{"no existe el programa «" + options.program + "»"};
    }
    report.header(session.rubric, std::nullopt);
  } else {
    source = grader::find_source(options.submission, session.rubric.lab);
    if (grader::is_own(source, session.rubric.lab)) print = grader::fingerprint(source);
    if (session.rubric.races) session.race_build.emplace(source, session.rubric.lab, grader::Watch::races, false);
    const grader::Compilation compilation = grader::compile(source, session.rubric.lab, colour);
    std::cout << compilation.messages;
    report.header(session.rubric, compilation.seconds);
    session.program = compilation.program;
    if (!compilation.built) {
      report.not_built(source.string() + " no compila: corrige el primer error de los de arriba y vuelve a probar");
      mark_all_as_error(session, "el archivo no compila");
    }
  }

  if (session.result.tests.empty()) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new Recorder{report});  // GoogleTest se hace su dueño
    GTEST_FLAG_SET(filter, filter);
    GTEST_FLAG_SET(repeat, 1);
    GTEST_FLAG_SET(shuffle, false);
    GTEST_FLAG_SET(catch_exceptions, true);
    [[maybe_unused]] const int ignored = RUN_ALL_TESTS();
  }
  report.total(session.result, source);
  if (!print.empty()) keep(session.result, print, report);
  if (!options.report.empty()) grader::write_json(session.result, options.report);
  return session.result.all_passed() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  Options options;
  CLI::App app{"Evaluador de un laboratorio. Lo llama «make labN»."};
  app.add_option("--submission", options.submission, "Carpeta que contiene labN.cpp");
  app.add_option("--program", options.program, "Programa del laboratorio ya construido, en vez de una carpeta");
  app.add_option("--command", options.command, "Orden que arranca un programa entero; {port} es el puerto");
  app.add_option("--test", options.test, "Número de la única prueba que se quiere");
  app.add_option("--seed", options.seed, "Semilla de los datos al azar");
  app.add_option("--report", options.report, "Archivo JSON en el que dejar el resultado");
  const std::map<std::string, grader::Jail> jails{{"full", grader::Jail::full}, {"weak", grader::Jail::weak}};
  app.add_option("--jail", options.jail, "Aísla los programas: «full», o «weak» donde no hay espacios de nombres")
      ->transform(CLI::Transformer(jails));
  app.add_flag("--build", options.only_build, "Solo construye el programa, y escribe su ruta");
  CLI11_PARSE(app, argc, argv);
  ::signal(SIGPIPE, SIG_IGN);  // escribir a un programa que ya terminó es un error corriente, no el fin
  int status = usage_error;
  try {
    status = options.only_build ? build(options) : grade(options);
  } catch (const std::exception& error) {
    std::cerr << "lab" << LAB_NUMBER << ": " << error.what() << '\n';
  }
  grader::session().race_build.reset();  // si nadie la ha necesitado, se abandona
  return status;
}
