#include "grader/lab.hpp"

#include <algorithm>
#include <system_error>

#include "grader/compile.hpp"
#include "grader/session.hpp"

namespace grader {
Session& session() {
  static Session current;
  return current;
}

void finish_race_build() {
  auto& building = session().race_build;
  if (building && !building->finish().built) std::filesystem::remove(race_program(session().program));
  building.reset();
}

void narrate(std::string step) { session().conversation.push_back(std::move(step)); }

Aside::Aside() : steps_{session().conversation.size()} {}

Aside::~Aside() { session().conversation.resize(steps_); }

Failed::Failed(Failure what)
    : std::runtime_error{"se esperaba " + what.expected + "\nse observó " + what.observed + "\nel programa " +
                         what.program + "\ncausa: " + what.cause},
      failure{std::move(what)} {}

void fail(Failure failure) {
  failure.conversation = session().conversation;
  session().failure = failure;
  throw Failed{std::move(failure)};
}

void fail(Program& program, std::string expected, const Stop& stop, std::string cause) {
  Failure failure{std::move(expected), observed_text(stop.outcome), stop.program, std::move(cause)};
  failure.pending = program.pending_step();
  fail(std::move(failure));
}

void fail(Program& program, std::string expected, std::string observed, std::string cause) {
  // ¿Qué hace mientras tanto? Se cuenta cuando descansa, no a medio camino.
  const Stop stop = program.rest();
  Failure failure{std::move(expected), std::move(observed), stop.program, std::move(cause)};
  failure.pending = program.pending_step();
  fail(std::move(failure));
}

void fail(Program& program, Mismatch mismatch, std::string cause) {
  const Stop stop = program.rest();
  Failure failure{{}, {}, stop.program, std::move(cause)};
  failure.tells(std::move(mismatch));
  failure.pending = program.pending_step();
  fail(std::move(failure));
}

void Failure::tells(Mismatch what) {
  expected = what.expected_text();
  observed = what.observed_text();
  mismatch = std::move(what);
}

std::string both(std::string better, const std::string& other) {
  if (better.empty() || other.empty() || better == other) return better.empty() ? other : better;
  return std::move(better) + '\n' + other;
}

void skip(std::string reason) {
  [&] { GTEST_SKIP() << reason; }();
  session().unavailable = std::move(reason);
  // Así GoogleTest da la prueba por terminada sin anotar nada más.
  throw testing::AssertionException{
      testing::TestPartResult{testing::TestPartResult::kFatalFailure, nullptr, -1, "la prueba terminó"}};
}

void whole_conversation(Connection& client) {
  client.sends("HELO\n").expects("100 OK");
  client.sends("DATA\n").expects_silence("tras DATA falta la línea de datos");
  client.sends("hola\n").expects("300 DRCV");
  client.sends("saluda\n").expects({"400 BCMD", "Command-description: Bad command"});
  client.sends("QUIT\n").expects("200 BYE").expects_close();
}

void expect_nothing_inherited(Program& program) {
  for (const auto& socket : program.sockets()) {
    if (socket.close_on_exec) continue;
    const std::string number = std::to_string(socket.number);
    fail(program, "que el descriptor " + number + " se cierre al ejecutar otro programa (FD_CLOEXEC)",
         "lo heredaría cualquier programa que se ejecute", "el descriptor " + number + " se creó sin SOCK_CLOEXEC");
  }
}

std::string error_text(const std::string& call, int error) {
  return "error: " + call + ": " + std::generic_category().message(error) + " (errno " + std::to_string(error) + ')';
}

std::string with_arguments(std::string command, const std::vector<std::string>& names,
                           const std::vector<std::string>& values) {
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
    const std::string mark = '{' + names[i] + '}';
    for (std::size_t at = command.find(mark); at != std::string::npos; at = command.find(mark, at + values[i].size())) {
      command.replace(at, mark.size(), values[i]);
    }
  }
  return command;
}

void Lab::SetUp() {
  Session& current = session();
  const RubricTest* test = current.rubric.find(testing::UnitTest::GetInstance()->current_test_info()->name());
  if (test == nullptr) return;
  for (const TestResult& earlier : current.result.tests) {
    const bool needed = std::find(test->after.begin(), test->after.end(), earlier.test->id) != test->after.end();
    if (needed && earlier.status != Status::passed && !earlier.unavailable) {
      current.depends = "depende de la prueba " + std::to_string(earlier.test->id);
      GTEST_SKIP() << *current.depends;
    }
  }
}

Launch Lab::launch(std::vector<std::string> arguments) {
  Launch launch;
  if (const std::string& command = session().command; !command.empty()) {
    launch.command = {"/bin/sh", "-c", with_arguments(command, session().rubric.arguments, arguments)};
    return launch;
  }
  launch.command = std::move(arguments);
  launch.command.insert(launch.command.begin(), session().program.string());
  return launch;
}

Launch Lab::race_launch(std::vector<std::string> arguments) {
  Launch launch = Lab::launch(std::move(arguments));
  if (!grades_file()) return launch;
  const std::filesystem::path program = race_program(session().program);
  if (!std::filesystem::exists(program)) skip("no se puede construir el programa con ThreadSanitizer (libtsan)");
  launch.command.front() = program.string();
  return launch;
}

bool Lab::grades_file() { return session().command.empty(); }

Program Lab::starts(std::vector<std::string> arguments) { return Program{launch(std::move(arguments))}; }

}  // namespace grader
