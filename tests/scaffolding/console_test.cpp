// El esqueleto de los programas de los laboratorios: las órdenes, los errores y el estado de salida.
#include "programs/console.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

// Una salida que recuerda lo que ya vería una persona: lo escrito hasta el último vaciado.
class Screen : public std::stringbuf {
public:
  std::string seen;

private:
  int sync() override {
    seen = str();
    return 0;
  }
};

// La entrada y las salidas estándar, sustituidas durante la prueba.
class Console : public testing::Test {
protected:
  Console() {
    std::cin.clear();
    std::cin.tie(nullptr);
  }
  ~Console() override {
    std::cin.rdbuf(cin_);
    std::cin.tie(&std::cout);
    std::cout.rdbuf(cout_);
    std::cerr.rdbuf(cerr_);
  }

  void type(const std::string& text) { keyboard_.str(text); }
  [[nodiscard]] const std::string& screen() const { return screen_.seen; }
  [[nodiscard]] std::string errors() const { return errors_.str(); }

private:
  std::stringbuf keyboard_, errors_;
  Screen screen_;
  std::streambuf* cin_ = std::cin.rdbuf(&keyboard_);
  std::streambuf* cout_ = std::cout.rdbuf(&screen_);
  std::streambuf* cerr_ = std::cerr.rdbuf(&errors_);
};

std::string second_word(std::istream& words) {
  std::string first, second;
  words >> first >> second;
  return second;
}

TEST_F(Console, AnswersEachOrderWithALine) {
  type("create uno dos\n\nclose  tres\nsin fin de línea");
  EXPECT_EQ(kit::run_console(second_word), 0);
  EXPECT_EQ(screen(), "uno\n\ntres\nfin\n");
  EXPECT_EQ(errors(), "");
}

TEST_F(Console, ShowsEachReplyBeforeReadingTheNextOrder) {
  type("a 1\nb 2\nc 3\n");
  std::vector<std::string> seen;
  kit::run_console([&](std::istream& words) {
    seen.push_back(screen());
    return second_word(words);
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"", "1\n", "1\n2\n"}));
}

TEST_F(Console, EndsAtOnceIfNobodyTypes) {
  type("");
  EXPECT_EQ(kit::run_console(second_word), 0);
  EXPECT_EQ(screen(), "");
}

// Un error no acaba con la consola: se cuenta, con el número de errno, y se atiende la orden siguiente.
TEST_F(Console, TellsAnErrorWithItsErrnoAndGoesOn) {
  type("listen\nx sigue\n");
  kit::run_console([](std::istream& words) {
    std::string reply = second_word(words);
    if (reply.empty()) throw std::system_error{EADDRINUSE, std::generic_category(), "bind"};
    return reply;
  });
  const std::string message = std::generic_category().message(EADDRINUSE);
  EXPECT_EQ(screen(), "error: bind: " + message + " (errno " + std::to_string(EADDRINUSE) + ")\nsigue\n");
}

TEST_F(Console, TellsAnErrorThatHasNoErrno) {
  type("baila\n");
  kit::run_console([](std::istream& words) -> std::string {
    std::string order;
    words >> order;
    throw std::invalid_argument{"no conozco la orden «" + order + "»"};
  });
  EXPECT_EQ(screen(), "error: no conozco la orden «baila»\n");
}

TEST_F(Console, ReturnsTheStatusOfTheProgram) {
  EXPECT_EQ(kit::run_program([] { return 0; }), 0);
  EXPECT_EQ(kit::run_program([] { return 7; }), 7);
  EXPECT_EQ(errors(), "");
}

TEST_F(Console, TurnsAnExceptionIntoAStatusAndAMessage) {
  EXPECT_EQ(kit::run_program([]() -> int { throw std::runtime_error{"el servidor cerró"}; }), 1);
  EXPECT_EQ(errors(), "error: el servidor cerró\n");
  EXPECT_EQ(screen(), "");
}

TEST_F(Console, TellsTheErrnoThatEndedTheProgram) {
  EXPECT_EQ(kit::run_program([]() -> int { throw std::system_error{EACCES, std::generic_category(), "bind"}; }), 1);
  EXPECT_EQ(errors(),
            "error: bind: " + std::generic_category().message(EACCES) + " (errno " + std::to_string(EACCES) + ")\n");
}

TEST(OpenDescriptors, StayOpenUntilSomebodyTakesThem) {
  const auto is_open = [](int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; };
  int first = -1;
  int second = -1;
  {
    kit::OpenDescriptors kept;
    EXPECT_THROW(kept.last("falta abrir uno"), std::logic_error);
    first = ::dup(STDERR_FILENO);
    EXPECT_EQ(kept.keep(kit::Descriptor{first}), "descriptor " + std::to_string(first));
    second = ::dup(STDERR_FILENO);
    kept.keep(kit::Descriptor{second});
    EXPECT_EQ(kept.last("falta abrir uno").get(), second);
    EXPECT_EQ(kept.take_last("falta abrir uno").get(), second);
    EXPECT_FALSE(is_open(second)) << "quien lo tomó lo ha cerrado";
    EXPECT_EQ(kept.last("falta abrir uno").get(), first);
    EXPECT_TRUE(is_open(first));
  }
  EXPECT_FALSE(is_open(first));
}

}  // namespace
