// La demostración de un laboratorio, en la terminal: compila el archivo del estudiante y representa, paso a paso, lo
// que hacen de verdad el cliente, el servidor y el núcleo.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <string>

#include "demo/scene.hpp"
#include "demo/stage.hpp"
#include "grader/compile.hpp"
#include "grader/failure.hpp"
#include "grader/report.hpp"
#include "grader/rubric.hpp"

namespace {

constexpr int usage_error = 2;

// Lo que el programa del estudiante no hizo, en una o dos frases.
void tell(demo::Stage& stage, const grader::Failure& failure) {
  if (failure.pending) {
    stage.stop("Pendiente: TODO(" + std::to_string(failure.pending->number) + ") en " + failure.pending->place,
               "Se esperaba: " + failure.expected + '.');
    return;
  }
  std::string detail = "Se observó: " + failure.observed + ". El programa: " + failure.program + '.';
  if (!failure.cause.empty()) detail += " Causa: " + failure.cause + '.';
  stage.stop("Se esperaba: " + failure.expected + '.', detail);
}

int show(int lab, const std::string& submission) {
  const demo::Script::Play play = demo::Script::find(lab);
  if (play == nullptr) throw std::runtime_error{"el laboratorio " + std::to_string(lab) + " no tiene demostración"};
  const bool colour = grader::wants_colour();
  demo::Stage stage{std::cout, colour};
  const std::filesystem::path source = grader::find_source(submission, lab);
  const std::string name = "lab" + std::to_string(lab);
  stage.title(name + " · " + grader::read_rubric(grader::lab_folder(lab) / "rubric.json").title,
              "Demostración con el programa de " + source.string());

  const grader::Compilation compilation = grader::compile(source, lab, colour);
  std::cout << compilation.messages;
  if (!compilation.built) {
    stage.stop(source.string() + " no compila: corrige el primer error de los de arriba.", {});
    return 1;
  }
  try {
    play(stage, compilation.program);
  } catch (const grader::Failed& failed) {
    tell(stage, failed.failure);
    return 1;
  }
  stage.end("Fin de la demostración. Para evaluar tu programa: make " + name);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int lab = 0;
  std::string submission = "solutions";
  CLI::App app{"Demostración de un laboratorio. La llama «make run-labN»."};
  app.add_option("lab", lab, "Número del laboratorio")->required();
  app.add_option("--submission", submission, "Carpeta que contiene labN.cpp");
  CLI11_PARSE(app, argc, argv);
  ::signal(SIGPIPE, SIG_IGN);  // escribir a un programa que ya terminó es un error corriente, no el fin
  try {
    return show(lab, submission);
  } catch (const std::exception& error) {
    std::cerr << "demo: " << error.what() << '\n';
    return usage_error;
  }
}
