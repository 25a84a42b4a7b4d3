// El protocolo, sin la red: qué se responde a cada línea, llegue como llegue, y dónde están sus límites.
#include "protocol/protocol.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using std::string_literals::operator""s;  // NOLINT(misc-unused-using-decls): es la de "…"s
using protocol::Session;

const std::string ok = "100 OK\r\n";
const std::string bye = "200 BYE\r\n";
const std::string received = "300 DRCV\r\n";
const std::string bad_command = "400 BCMD\r\nCommand-description: Bad command\r\n";

std::string replies_to(std::string_view bytes) { return Session{}.receive(bytes); }

// Lo mismo, en trozos de este tamaño.
std::string receive_in_pieces(Session& session, std::string_view bytes, std::size_t piece) {
  std::string replies;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    replies += session.receive(bytes.substr(0, piece));
  }
  return replies;
}

// Otra manera de decir qué se responde: con toda la conversación a la vista, y una tabla.
std::string expected_replies(const std::string& conversation) {
  const std::map<std::string, std::string> replies{{"HELO", ok}, {"HELO\r", ok}, {"QUIT", bye}, {"QUIT\r", bye}};
  std::string text;
  std::size_t start = 0;
  const auto next_line = [&](std::string& line) {
    const std::size_t end = conversation.find('\n', start);
    if (end == std::string::npos) return false;
    line = conversation.substr(start, end - start);
    start = end + 1;
    return true;
  };
  for (std::string line; next_line(line);) {
    if (line == "DATA" || line == "DATA\r") {
      if (next_line(line)) text += received;
    } else {
      text += replies.contains(line) ? replies.at(line) : bad_command;
    }
    if (text.ends_with(bye)) break;
  }
  return text;
}

TEST(Protocol, AnswersEveryCommandWithItsCode) {
  Session session;
  EXPECT_EQ(session.receive("HELO\n"), ok);
  EXPECT_EQ(session.receive("DATA\n"), "") << "la respuesta es a los datos, no a DATA";
  EXPECT_EQ(session.receive("hola\n"), received);
  EXPECT_EQ(session.receive("nada\n"), bad_command);
  EXPECT_FALSE(session.finished());
  EXPECT_EQ(session.receive("QUIT\n"), bye);
  EXPECT_TRUE(session.finished());
}

// «Empieza por HELO» no es «es HELO»: comparar solo los primeros bytes, o solo los que hay.
TEST(Protocol, TakesNothingButTheExactCommands) {
  std::vector<std::string> lines{"helo", "Helo", "HELO x", "HELO DATA", "HELOHELO", "DATA hola", "QUIT ", "EXIT"};
  for (const std::string command : {"HELO", "DATA", "QUIT"}) {
    for (std::size_t length = 0; length < command.size(); ++length) lines.push_back(command.substr(0, length));
    for (int value = 0; value < 256; ++value) {
      const auto byte = static_cast<char>(value);
      if (byte == '\n') continue;
      lines.push_back(byte + command);
      if (byte != '\r') lines.push_back(command + byte);
      for (std::size_t i = 0; i < command.size(); ++i) {
        lines.push_back(command);
        lines.back()[i] = byte;
        if (lines.back() == command) lines.pop_back();
      }
    }
  }
  for (const std::string& line : lines) {
    EXPECT_EQ(replies_to(line + "\nHELO\n"), bad_command + ok) << testing::PrintToString(line);
  }
}

TEST(Protocol, DropsOneCarriageReturnAndOnlyBeforeTheEndOfLine) {
  EXPECT_EQ(replies_to("HELO\r\nDATA\r\nhola\r\nQUIT\r\n"), ok + received + bye);
  for (const char* line : {"\r", "HELO\r\r", "\rHELO", "HE\rLO", "HELO\rHELO", "QUIT\r ", "DATA\r\r"}) {
    EXPECT_EQ(replies_to(line + "\nHELO\n"s), bad_command + ok) << testing::PrintToString(line);
  }
}

TEST(Protocol, TakesAnyLineAsData) {
  std::string every_byte;
  for (int value = 0; value < 256; ++value) every_byte += static_cast<char>(value);
  std::erase(every_byte, '\n');
  for (const std::string& line :
       {""s, "\r"s, "HELO"s, "DATA"s, "QUIT"s, "400 BCMD"s, "\0"s, "\xff"s, "a\rb"s, every_byte}) {
    EXPECT_EQ(replies_to("DATA\n" + line + "\nHELO\n"), received + ok) << testing::PrintToString(line);
  }
}

TEST(Protocol, ImposesNoOrder) {
  EXPECT_EQ(replies_to("DATA\nhola\n"), received);
  EXPECT_EQ(replies_to("QUIT\n"), bye);
  EXPECT_EQ(replies_to("HELO\nHELO\nDATA\na\nDATA\nb\nHELO\n"), ok + ok + received + received + ok);
}

// El cliente se va a mitad de una línea: no existió, aunque ya dijera una orden.
TEST(Protocol, SaysNothingBeforeTheEndOfLine) {
  for (const char* line : {"H", "HELO", "HELO\r", "QUIT", "nada", "DATA", "DATA\n", "DATA\nhola", "DATA\nQUIT\r"}) {
    Session session;
    EXPECT_EQ(session.receive(line), "") << line;
    EXPECT_FALSE(session.finished()) << line;
  }
}

TEST(Protocol, AnswersNothingAfterQuit) {
  Session session;
  EXPECT_EQ(session.receive("QUIT\nHELO\nQUIT\nnada\n"), bye);
  EXPECT_EQ(session.receive("HELO\n"), "");
  EXPECT_EQ(session.receive("QUIT\n"), "");
  EXPECT_TRUE(session.finished());
}

// Un recv(2) no es un mensaje: el mismo diálogo cortado en cada lugar, y byte a byte, recibe las mismas respuestas.
TEST(Protocol, GivesTheSameRepliesWhereverTheBytesAreCut) {
  const std::string conversation =
      "HELO\r\nDATA\nQUIT\nnada\n\nDATA\r\n\r\nHELO\nDATA\n"s + "a\0\xff"s + "\nQUIT\r\nHELO\n";
  const std::string replies = ok + received + bad_command + bad_command + received + ok + received + bye;
  EXPECT_EQ(replies_to(conversation), replies);
  for (std::size_t cut = 0; cut <= conversation.size(); ++cut) {
    Session session;
    std::string text = session.receive(conversation.substr(0, cut));
    text += session.receive(conversation.substr(cut));
    EXPECT_EQ(text, replies) << "cortado en " << cut;
  }
  Session session;
  EXPECT_EQ(receive_in_pieces(session, conversation, 1), replies);
}

// Un millar de diálogos al azar, siempre los mismos: tras cada trozo se ha respondido a todo lo completo, y a nada más.
TEST(Protocol, AnswersRandomConversationsAsTheTableSays) {
  static constexpr std::array<std::string_view, 12> words{
      "HELO", "DATA", "QUIT", "\n", "\n", "\n", "\r\n", "\r", "x", " ", "\xff", std::string_view{"\0", 1}};
  std::mt19937 random{20};
  for (int round = 0; round < 1000; ++round) {
    Session session;
    std::string sent, replies;
    for (int piece = 0; piece < 20; ++piece) {
      std::string bytes;
      for (auto count = random() % 4; count > 0; --count) {
        const std::string_view word = words[random() % words.size()];
        bytes += word.substr(random() % 8 == 0 ? word.size() / 2 : 0);
      }
      sent += bytes;
      replies += session.receive(bytes);
      ASSERT_EQ(replies, expected_replies(sent)) << testing::PrintToString(sent);
    }
  }
}

// De una vez, en bloques como los de recv(2), y en dos trozos que dejan el límite en medio.
class LongLine : public testing::TestWithParam<std::size_t> {
protected:
  std::string receive(std::string_view bytes) { return receive_in_pieces(session_, bytes, GetParam()); }
  [[nodiscard]] bool finished() const { return session_.finished(); }

private:
  Session session_;
};

TEST_P(LongLine, FitsUpToTheLimit) {
  const std::string longest(protocol::max_line, 'x');
  EXPECT_EQ(receive(longest), "");
  EXPECT_EQ(receive("\n"), bad_command);
  EXPECT_EQ(receive("DATA\n" + longest + '\n'), received);
  EXPECT_EQ(receive("DATA\n" + longest.substr(1) + "\r\n"), received);
  EXPECT_EQ(receive("HELO\n"), ok);
  EXPECT_FALSE(finished());
}

TEST_P(LongLine, EndsTheConversationOneByteBeyondTheLimit) {
  EXPECT_EQ(receive("HELO\n" + std::string(protocol::max_line + 1, 'x') + "\nHELO\n"), ok + bad_command);
  EXPECT_TRUE(finished());
}

// Quien no envía nunca el fin de línea no puede gastar memoria sin fin: se le responde sin esperarlo.
TEST_P(LongLine, DoesNotWaitForTheEndOfALineThatIsTooLong) {
  EXPECT_EQ(receive(std::string(protocol::max_line + 1, 'x')), bad_command);
  EXPECT_TRUE(finished());
  EXPECT_EQ(receive("\nHELO\n" + std::string(protocol::max_line + 1, 'x') + "\nQUIT\n"), "");
}

TEST_P(LongLine, HasTheSameLimitInData) {
  EXPECT_EQ(receive("DATA\n" + std::string(protocol::max_line + 1, '\0')), bad_command);
  EXPECT_TRUE(finished());
  EXPECT_EQ(receive("\nHELO\n"), "");
}

// El CR es parte de la línea hasta que llega el LF.
TEST_P(LongLine, CountsItsCarriageReturn) {
  EXPECT_EQ(receive("DATA\n" + std::string(protocol::max_line, 'x') + "\r\n"), bad_command);
  EXPECT_TRUE(finished());
}

INSTANTIATE_TEST_SUITE_P(InPieces, LongLine,
                         testing::Values(4 * protocol::max_line, protocol::max_line, protocol::max_line - 1, 4096));

TEST(Protocol, HasALimitOfOneMebibyte) { EXPECT_EQ(protocol::max_line, 1048576U); }

TEST(Protocol, TellsTheReplyOfTwoLinesFromTheOthers) {
  for (const std::string& reply : {ok, bye, received, bad_command}) {
    const std::string first_line = reply.substr(0, reply.find('\r'));
    const auto lines = static_cast<std::size_t>(std::count(reply.begin(), reply.end(), '\n'));
    EXPECT_EQ(protocol::lines_in_reply(first_line), lines) << first_line;
  }
  for (const char* line : {"", "400", "400 BCM", "400 BCMD ", "100 OKAY", "500 ?"}) {
    EXPECT_EQ(protocol::lines_in_reply(line), 1U) << line;
  }
}

TEST(Protocol, RemovesOneCarriageReturnFromTheEnd) {
  EXPECT_EQ(protocol::without_cr("hola\r"), "hola");
  EXPECT_EQ(protocol::without_cr("hola\r\r"), "hola\r");
  EXPECT_EQ(protocol::without_cr("ho\rla"), "ho\rla");
  EXPECT_EQ(protocol::without_cr("\r"), "");
  EXPECT_EQ(protocol::without_cr(""), "");
}

}  // namespace
