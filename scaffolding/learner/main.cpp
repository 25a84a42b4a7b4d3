// Lo que ayuda al estudiante mientras trabaja: la pista siguiente, el progreso y las llamadas de su programa.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

#include "grader/compile.hpp"
#include "grader/progress.hpp"
#include "grader/report.hpp"
#include "grader/rubric.hpp"
#include "grader/text.hpp"
#include "learner/trace.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int usage_error = 2;

std::string name_of(int lab) { return "lab" + std::to_string(lab); }

// «paso 2 de la guía, labs/lab1-socket/GUIA.md:87»
std::string guide_step(int lab, int step) {
  const fs::path guide = fs::proximate(grader::lab_folder(lab) / "GUIA.md");
  const std::string heading = "### Paso " + std::to_string(step) + '.';
  std::ifstream stream{guide};
  std::string line;
  std::string place = guide.string();
  for (int number = 1; std::getline(stream, line); ++number) {
    if (line.rfind(heading, 0) == 0) place += ':' + std::to_string(number);
  }
  return "paso " + std::to_string(step) + " de la guía, " + place;
}

const grader::RubricTest* test_of(const grader::Rubric& rubric, int id) {
  const auto found =
      std::find_if(rubric.tests.begin(), rubric.tests.end(), [&](const auto& test) { return test.id == id; });
  return found == rubric.tests.end() ? nullptr : &*found;
}

// La prueba cuyas pistas sirven: la que falló o, si lo que falta es un paso que no es el suyo, la primera de ese paso.
const grader::RubricTest* test_for_hints(const grader::Rubric& rubric, const grader::KeptTest& failed) {
  const grader::RubricTest* test = test_of(rubric, failed.id);
  if (failed.pending == 0 || (test != nullptr && test->todo == failed.pending)) return test;
  const auto of_step = std::find_if(rubric.tests.begin(), rubric.tests.end(),
                                    [&](const auto& other) { return other.todo == failed.pending; });
  return of_step != rubric.tests.end() ? &*of_step : test;
}

void show(const std::string& label, const std::string& text) {
  constexpr std::size_t label_width = 21;
  std::string before = "      " + label;
  before.resize(before.size() + label_width - std::min(label_width, grader::columns(before)), ' ');
  for (const std::string& part : grader::wrapped(text, grader::terminal_width() - label_width)) {
    std::cout << before << part << '\n';
    before.assign(label_width, ' ');
  }
}

// No hay pistas que dar: por qué.
int without_hints(const grader::Progress& progress, const grader::Rubric& rubric) {
  const auto undone = std::find_if(progress.tests.begin(), progress.tests.end(),
                                   [](const grader::KeptTest& test) { return test.status == grader::Status::error; });
  if (undone != progress.tests.end()) {
    std::cout << "La última evaluación no se pudo hacer: " << undone->reason << ". Corrige eso y escribe «make "
              << name_of(rubric.lab) << "».\n";
    return 0;
  }
  const bool complete = progress.tests.size() == rubric.tests.size();
  std::cout << "En la última evaluación de " << name_of(rubric.lab)
            << (complete ? " no falló ninguna prueba: no te hacen falta pistas.\n"
                         : ", que no fue entera, no falló nada: escribe «make " + name_of(rubric.lab) + "».\n");
  return 0;
}

int hint(int lab) {
  const grader::Rubric rubric = grader::rubric_of(lab);
  auto progress = grader::read_progress(lab);
  if (!progress) {
    throw std::runtime_error{"todavía no se ha evaluado: escribe primero «make " + name_of(lab) +
                             "», y las pistas serán las de lo que falle"};
  }
  const grader::KeptTest* failed = grader::first_failed(*progress);
  if (failed == nullptr) return without_hints(*progress, rubric);
  const grader::RubricTest* test = test_for_hints(rubric, *failed);
  if (test == nullptr) {
    throw std::runtime_error{"la prueba que falló ya no existe: escribe otra vez «make " + name_of(lab) + "»"};
  }

  std::cout << name_of(lab) << " · " << rubric.title << "\n  ✗ " << test->id << ' ' << test->title << '\n';
  if (failed->pending != 0) {
    show("pendiente", "TODO(" + std::to_string(failed->pending) + ") en " + failed->place);
    show("", guide_step(lab, failed->pending));
  }
  const int count = static_cast<int>(test->hints.size());
  int& seen = progress->hints[test->id];
  const bool exhausted = seen >= count;
  seen = exhausted ? count : std::max(seen, 0) + 1;
  for (int i = 0; i < seen; ++i) {
    show("pista " + std::to_string(i + 1) + " de " + std::to_string(count), test->hints[static_cast<std::size_t>(i)]);
  }
  if (exhausted) {
    std::cout << "  No hay más pistas. Vuelve al " << guide_step(lab, test->todo) << '\n';
  } else {
    grader::write_progress(lab, *progress);
  }
  return 0;
}

// Los laboratorios que hay, por número, y sus carpetas.
std::map<int, fs::path> labs() {
  std::map<int, fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator{"labs"}) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("lab", 0) == 0 && name.size() > 3 && name[3] >= '0' && name[3] <= '9') {
      found[std::stoi(name.substr(3))] = entry.path();
    }
  }
  return found;
}

std::string next_step(int lab, const fs::path& folder, const grader::Progress& progress, const grader::Rubric& rubric) {
  const grader::KeptTest* failed = grader::first_failed(progress);
  const grader::RubricTest* test = failed == nullptr ? nullptr : test_of(rubric, failed->id);
  if (test == nullptr) {
    if (progress.max_points > 0 && progress.points == progress.max_points) return "terminado";
    return "make " + name_of(lab);
  }
  const int step = failed->pending != 0 ? failed->pending : test->todo;
  const std::string place = grader::place_of_todo(folder / (name_of(lab) + ".cpp"), step);
  return place.empty() ? guide_step(lab, step) : "TODO(" + std::to_string(step) + ") en " + place;
}

void progress_row(const std::string& lab, const std::string& last, const std::string& best, const std::string& next) {
  const auto column = [](const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width - 1, grader::columns(text)), ' ');
  };
  std::cout << "  " << column(lab, 58) << column(last, 9) << column(best, 7) << next << '\n';
}

int show_progress() {
  progress_row("laboratorio", "última", "mejor", "siguiente paso");
  for (const auto& [lab, folder] : labs()) {
    std::string title = name_of(lab);
    std::string last = "–";
    std::string best = "–";
    std::string next = "make " + name_of(lab);
    try {
      const grader::Rubric rubric = grader::rubric_of(lab);
      title += " · " + rubric.title;
      if (const auto progress = grader::read_progress(lab)) {
        if (progress->max_points > 0) {
          last = std::to_string(progress->points) + '/' + std::to_string(progress->max_points);
          best = std::to_string(progress->best);
        }
        next = next_step(lab, folder, *progress, rubric);
      }
    } catch (const std::runtime_error& error) {
      next = error.what();
    }
    progress_row(title, last, best, next);
  }
  return 0;
}

// ¿Se sabe que el archivo, tal como está ahora, pasa todas las pruebas?
int has_passed(int lab, const std::string& submission) {
  const fs::path source = grader::find_source(submission, lab);
  if (!grader::is_own(source, lab)) return 1;
  try {
    const auto progress = grader::read_progress(lab);
    return progress && progress->passed == grader::fingerprint(source) ? 0 : 1;
  } catch (const std::runtime_error&) {
    return 1;
  }
}

int show_source(int lab, const std::string& submission) {
  std::cout << grader::find_source(submission, lab).string() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int lab = 0;
  std::string submission = "labs";
  CLI::App app{"Ayuda al estudiante. Lo llaman «make hint-labN», «make progress», «make trace-labN»…"};
  app.require_subcommand(1);
  const auto command = [&](const char* name, const char* what) {
    CLI::App* added = app.add_subcommand(name, what);
    added->add_option("lab", lab, "Número del laboratorio")->required();
    added->add_option("--submission", submission, "Carpeta que contiene labN.cpp");
    return added;
  };
  const CLI::App* asks_hint = command("hint", "La pista siguiente de la primera prueba que falló");
  const CLI::App* asks_trace = command("trace", "Las llamadas al sistema del programa, en una sesión corta");
  const CLI::App* asks_passed = command("passed", "El estado es 0 si se sabe que el archivo pasa todas las pruebas");
  const CLI::App* asks_source = command("source", "La ruta del archivo del laboratorio");
  app.add_subcommand("progress", "Los puntos de cada laboratorio y su siguiente paso");
  CLI11_PARSE(app, argc, argv);
  ::signal(SIGPIPE, SIG_IGN);  // escribir a un programa que ya terminó es un error corriente, no el fin
  try {
    if (asks_hint->parsed()) return hint(lab);
    if (asks_trace->parsed()) return learner::trace(lab, submission);
    if (asks_passed->parsed()) return has_passed(lab, submission);
    if (asks_source->parsed()) return show_source(lab, submission);
    return show_progress();
  } catch (const std::exception& error) {
    std::cerr << (lab == 0 ? "progreso" : name_of(lab)) << ": " << error.what() << '\n';
    return usage_error;
  }
}
