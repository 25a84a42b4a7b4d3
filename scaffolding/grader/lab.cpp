#include "grader/lab.hpp"

#include <algorithm>
#include <cstdio>

#include "grader/session.hpp"

namespace grader {
Session& session() {
  static Session current;
  return current;
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

void skip(std::string reason) {
  [&] { GTEST_SKIP() << reason; }();
  session().unavailable = std::move(reason);
  // Así GoogleTest da la prueba por terminada sin anotar nada más.
  throw testing::AssertionException{
      testing::TestPartResult{testing::TestPartResult::kFatalFailure, nullptr, -1, "la prueba terminó"}};
}

namespace {

// Longitud del carácter UTF-8 con el que empiezan unos bytes, o 0 si no es ninguno que se pueda imprimir.
std::size_t printable_character(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes.front());
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return 0;
  for (const char byte : bytes.substr(1, length - 1)) {
    if ((static_cast<unsigned char>(byte) & 0xc0) != 0x80) return 0;
  }
  // U+0080 a U+009F son controles; E0 y F0 con un segundo byte pequeño, o ED y F4 con uno grande, no son UTF-8.
  const auto second = static_cast<unsigned char>(bytes[1]);
  const bool control = first == 0xc2 && second < 0xa0;
  const bool invalid = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                       (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return control || invalid ? 0 : length;
}

std::string escaped(char character) {
  switch (character) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '\0':
      return "\\0";
    default:
      char text[8];
      std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(character)));
      return text;
  }
}

}  // namespace

std::string printable(std::string_view bytes, std::size_t limit) {
  std::string text = "\"";
  std::string_view rest = bytes;
  while (!rest.empty() && bytes.size() - rest.size() < limit) {
    const std::size_t length = printable_character(rest);
    if (length == 0) {
      text += escaped(rest.front());
    } else {
      if (rest.front() == '"' || rest.front() == '\\') text += '\\';
      text += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (rest.empty()) return text + '"';
  return text + "…\" (" + std::to_string(bytes.size()) + " bytes)";
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

bool Lab::grades_file() { return session().command.empty(); }

Program Lab::starts(std::vector<std::string> arguments) { return Program{launch(std::move(arguments))}; }

}  // namespace grader
