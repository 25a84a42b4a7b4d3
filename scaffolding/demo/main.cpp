// La demostración de un laboratorio, en la terminal: compila el archivo del estudiante y representa, paso a paso, lo
// que hacen de verdad el cliente, el servidor y el núcleo. Si se pide, la graba.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "demo/page/page.hpp"
#include "demo/recorder/log.hpp"
#include "demo/recorder/recorder.hpp"
#include "demo/scene.hpp"
#include "demo/stage.hpp"
#include "grader/compile.hpp"
#include "grader/failure.hpp"
#include "grader/report.hpp"
#include "grader/rubric.hpp"

namespace {

constexpr int usage_error = 2;

// Lo que se pide a una demostración.
struct Wishes {
  int lab = 0;
  std::string submission = "solutions";
  std::string record;  // archivos en los que se guarda lo grabado; vacíos si no se pide
  std::string html;
  std::string svg;
  std::string scene;
  std::string step;
  std::string slow;
  std::string log;  // si esta es la demostración que se graba, dónde cuenta lo que hace

  [[nodiscard]] bool asks_recording() const { return !record.empty() || !html.empty() || !svg.empty(); }
};

// Lo que el programa del estudiante no hizo, en una o dos frases.
void tell_failure(demo::Stage& stage, const grader::Failure& failure) {
  if (failure.pending) {
    stage.stop("Pendiente: TODO(" + std::to_string(failure.pending->number) + ") en " + failure.pending->place,
               "Se esperaba: " + failure.expected + '.');
    return;
  }
  std::string detail = "Se observó: " + failure.observed + ". El programa: " + failure.program + '.';
  if (!failure.cause.empty()) detail += " Causa: " + failure.cause + '.';
  stage.stop("Se esperaba: " + failure.expected + '.', detail);
}

bool is_on(const std::string& name, const std::string& value) {
  if (value.empty() || value == "0") return false;
  if (value == "1") return true;
  throw std::runtime_error{"esperaba " + name + "=1, o nada, y llegó " + name + '=' + value};
}

// Sin nadie delante no se espera a nadie.
demo::Pace pace_for(const Wishes& wishes) {
  constexpr std::chrono::milliseconds slow{600};
  const bool asks = is_on("STEP", wishes.step);
  const bool is_slow = is_on("SLOW", wishes.slow);
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) return {};
  return {asks, is_slow ? slow : std::chrono::milliseconds{0}};
}

int show(const Wishes& wishes) {
  const demo::Script::Play play = demo::Script::find(wishes.lab);
  if (play == nullptr)
    throw std::runtime_error{"el laboratorio " + std::to_string(wishes.lab) + " no tiene demostración"};
  const bool colour = grader::wants_colour();
  demo::Stage stage{std::cout, colour};
  stage.follows(pace_for(wishes));
  const std::filesystem::path source = grader::find_source(wishes.submission, wishes.lab);
  const std::string name = "lab" + std::to_string(wishes.lab);
  stage.title(name + " · " + grader::read_rubric(grader::lab_folder(wishes.lab) / "rubric.json").title,
              "Demostración con el programa de " + source.string());

  const grader::Compilation compilation = grader::compile(source, wishes.lab, colour);
  std::cout << compilation.messages;
  if (!compilation.built) {
    stage.stop(source.string() + " no compila: corrige el primer error de los de arriba.", {});
    return 1;
  }
  try {
    play(stage, compilation.program);
  } catch (const grader::Failed& failed) {
    tell_failure(stage, failed.failure);
    return 1;
  }
  stage.end("Fin de la demostración. Para evaluar tu programa: make " + name);
  return 0;
}

// Se abren antes de empezar: es mejor saber entonces que no se puede.
std::ofstream open_output(const std::string& name, const std::string& path) {
  if (path.empty()) return {};
  std::ofstream file{path};
  if (!file)
    throw std::runtime_error{"no se puede escribir en " + name + '=' + path + ": comprueba que la carpeta existe"};
  return file;
}

int record(const Wishes& wishes) {
  std::ofstream ndjson = open_output("RECORD", wishes.record);
  std::ofstream html = open_output("HTML", wishes.html);
  std::ofstream svg = open_output("SVG", wishes.svg);
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const demo::Recording recording = demo::record([&](const std::string& log) {
    return std::vector<std::string>{self, std::to_string(wishes.lab), "--submission=" + wishes.submission,
                                    "--log=" + log};
  });
  for (const std::string& sentence : recording.missing) std::cout << sentence << '\n';
  const demo::Story story = demo::tell_story(recording.events, recording.missing);
  if (story.scenes.empty()) return recording.status;  // no compila, o no hay tal laboratorio: ya se ha dicho
  const auto save = [](std::ofstream& file, const std::string& path, const std::string& what, const std::string& text) {
    if (!(file << text << std::flush)) throw std::runtime_error{"no se pudo escribir entero " + path};
    std::cout << what << ": " << path << '\n';
  };
  if (!wishes.record.empty()) save(ndjson, wishes.record, "Grabación", demo::to_ndjson(recording.events));
  if (!wishes.html.empty()) save(html, wishes.html, "Página", demo::page(story));
  if (!wishes.svg.empty()) save(svg, wishes.svg, "Figura", demo::figure(story, wishes.scene));
  return recording.status;
}

}  // namespace

int main(int argc, char** argv) {
  Wishes wishes;
  CLI::App app{"Demostración de un laboratorio. La llama «make run-labN»."};
  app.add_option("lab", wishes.lab, "Número del laboratorio")->required();
  app.add_option("--submission", wishes.submission, "Carpeta que contiene labN.cpp");
  app.add_option("--record", wishes.record, "Archivo para la grabación (NDJSON)")->envname("RECORD");
  app.add_option("--html", wishes.html, "Archivo para la página")->envname("HTML");
  app.add_option("--svg", wishes.svg, "Archivo para la figura")->envname("SVG");
  app.add_option("--scene", wishes.scene, "El paso que se dibuja en la figura; sin él, todos")->envname("SCENE");
  app.add_option("--step", wishes.step, "1: antes de cada paso espera a que se pulse Intro")->envname("STEP");
  app.add_option("--slow", wishes.slow, "1: más despacio")->envname("SLOW");
  app.add_option("--log", wishes.log, "Archivo en el que se cuenta lo que se hace, para quien graba");
  CLI11_PARSE(app, argc, argv);
  ::signal(SIGPIPE, SIG_IGN);  // escribir a un programa que ya terminó es un error corriente, no el fin
  try {
    if (wishes.log.empty() && wishes.asks_recording()) return record(wishes);
    if (!wishes.log.empty()) demo::start_log(wishes.log);
    return show(wishes);
  } catch (const std::exception& error) {
    std::cerr << "demo: " << error.what() << '\n';
    return usage_error;
  }
}
