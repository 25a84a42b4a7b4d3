// El lenguaje de los evaluadores juzga programas, no lenguajes: un servidor en Python que cumple el protocolo pasa el
// mismo guion que uno en C++, y el mismo servidor con una falta recibe la causa verdadera.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <functional>
#include <optional>
#include <string>

#include "grader/connection.hpp"
#include "grader/failure.hpp"
#include "grader/session.hpp"

namespace {

using grader::Failure;
using grader::Launch;
using grader::Program;

Program server(const std::string& fault = {}) {
  Launch launch;
  launch.command = {"python3", TEST_PROGRAMS "/servidor.py", "0", fault};
  return Program{launch};
}

// El fallo con el que termina un guion, o nada si lo pasa entero.
std::optional<Failure> failure_of(const std::function<void()>& script) {
  grader::session().conversation.clear();
  grader::session().restless = false;
  try {
    script();
  } catch (const grader::Failed& failed) {
    return failed.failure;
  }
  return std::nullopt;
}

void whole_conversation(Program& program) {
  auto client = program.connect();
  client.sends("HELO\n").expects("100 OK");
  client.sends("DATA\n").expects_silence("falta la línea de datos");
  client.sends("hola\n").expects("300 DRCV");
  client.sends("nada\n").expects({"400 BCMD", "Command-description: Bad command"});
  client.sends_in_pieces({"HE", "LO\n"}).expects("100 OK");
  client.sends("HELO\nHELO\n").expects({"100 OK", "100 OK"});
  client.sends_byte_by_byte("QUIT\n").expects("200 BYE").expects_close();
}

std::optional<Failure> failure_with(const std::string& fault) {
  Program program = server(fault);
  return failure_of([&] { whole_conversation(program); });
}

#define EXPECT_MENTIONS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Grader, AcceptsAServerInAnotherLanguage) {
  Program program = server();
  EXPECT_FALSE(failure_of([&] { whole_conversation(program); }));
}

TEST(Grader, AcceptsAServerThatWaitsWithALimit) {
  const auto failure = failure_with("espera_con_limite");
  EXPECT_FALSE(failure) << failure->observed << '\n' << failure->program;
}

TEST(Grader, ShowsTheWrongReply) {
  const auto failure = failure_with("otra_respuesta");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->expected, "\"100 OK\"");
  EXPECT_EQ(failure->observed, "\"100 0K\"");
  ASSERT_TRUE(failure->mismatch);
  EXPECT_EQ(failure->mismatch->first_wrong_byte(), 4U);
  EXPECT_MENTIONS(failure->program, "recv(4)");
}

TEST(Grader, ShowsWhatIsSentBeyondTheReply) {
  const auto failure = failure_with("responde_de_mas");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->observed, "\"100 OK\\nde nada\\n\"");
  EXPECT_EQ(failure->mismatch->first_wrong_byte(), 7U);
  EXPECT_EQ(failure->conversation.back(), "S → C   \"de nada\\n\"");
}

TEST(Grader, ProvesAHangAndNamesTheCall) {
  const auto failure = failure_with("espera_de_mas");
  ASSERT_TRUE(failure);
  EXPECT_MENTIONS(failure->observed, "probado");
  EXPECT_EQ(failure->program, "espera en recv(4)");
}

TEST(Grader, TellsFinFromReset) {
  const auto fin = failure_with("cierra");
  ASSERT_TRUE(fin);
  EXPECT_MENTIONS(fin->observed, "FIN");
  const auto reset = failure_with("corta");
  ASSERT_TRUE(reset);
  EXPECT_MENTIONS(reset->observed, "RST");
}

TEST(Grader, SeesAnAnswerGivenBeforeTheEndOfLine) {
  const auto failure = failure_with("un_recv_es_un_mensaje");
  ASSERT_TRUE(failure);
}

TEST(Grader, NamesTheSignalThatKilledTheProgram) {
  const auto failure = failure_with("muere");
  ASSERT_TRUE(failure);
  EXPECT_MENTIONS(failure->program, "SIGABRT");
}

TEST(Grader, TellsSpinningFromPollingFromSleeping) {
  const auto spinning = failure_with("da_vueltas");
  ASSERT_TRUE(spinning);
  EXPECT_MENTIONS(spinning->observed, "da vueltas");
  const auto polling = failure_with("sondea");
  ASSERT_TRUE(polling);
  EXPECT_MENTIONS(polling->observed, "sondea");
  const auto slowly = failure_with("sondea_despacio");
  ASSERT_TRUE(slowly);
  EXPECT_MENTIONS(slowly->observed, "sondea");
  const auto sleeping = failure_with("no_lee");
  ASSERT_TRUE(sleeping);
  EXPECT_MENTIONS(sleeping->observed, "duerme");
}

TEST(Grader, StopsAFlood) {
  const auto failure = failure_with("imprime_sin_fin");
  ASSERT_TRUE(failure);
  EXPECT_MENTIONS(failure->program, "MiB");
}

TEST(Grader, StopsAForkBombAndLeavesNothingAlive) {
  pid_t supervisor = -1;
  {
    Program program = server("se_multiplica");
    supervisor = program.supervisor();
    const auto failure = failure_of([&] { whole_conversation(program); });
    ASSERT_TRUE(failure);
    EXPECT_MENTIONS(failure->program, "procesos");
  }
  EXPECT_EQ(::kill(supervisor, 0), -1);
  EXPECT_TRUE(witness::descendants(::getpid()).empty());
}

TEST(Grader, SaysWhyAProgramNeverListens) {
  const auto ended = failure_with("termina");
  ASSERT_TRUE(ended);
  EXPECT_MENTIONS(ended->program, "terminó con estado 1");
  EXPECT_MENTIONS(ended->program, "no me apetece");
  const auto asleep = failure_with("no_escucha");
  ASSERT_TRUE(asleep);
  EXPECT_MENTIONS(asleep->expected, "LISTEN");
}

TEST(Grader, WaitsInTheQueueForAServerThatIsBusy) {
  Program program = server();
  const auto failure = failure_of([&] {
    auto first = program.connect();
    first.sends("HELO\n").expects("100 OK");
    auto second = program.connect();
    second.sends("HELO\n").expects_silence("el primero no ha terminado");
    first.sends("QUIT\n").expects("200 BYE").expects_close();
    second.expects("100 OK");
    second.sends("QUIT\n").expects("200 BYE").expects_close();
  });
  EXPECT_FALSE(failure) << failure->observed;
}

TEST(Grader, QueuesWhatAStoppedProgramWillFindTogether) {
  const auto conversation = [](Program& program) {
    auto client = program.connect();
    program.queues([&] { client.sends("HELO\n").sends("HELO\n").half_closes(); });
    client.expects({"100 OK", "100 OK"}).expects_close();
  };
  Program right = server();
  EXPECT_FALSE(failure_of([&] { conversation(right); }));
  Program wrong = server("tira_lo_que_sobra");
  const auto failure = failure_of([&] { conversation(wrong); });
  ASSERT_TRUE(failure);
  EXPECT_MENTIONS(failure->observed, "FIN");
}

// Una respuesta larga a un cliente que no lee, interrumpida a la mitad.
std::optional<Failure> failure_with_short_send(const std::string& fault) {
  std::string reply;
  for (int number = 0; number < 32768; ++number) {
    const std::string digits = std::to_string(number);
    reply += std::string(7 - digits.size(), '0') + digits + '\n';
  }
  Program program = server(fault);
  return failure_of([&] {
    auto client = program.connect();
    client.stops_reading().sends("LARGA\n");
    program.interrupts_send();
    client.reads_again().expects_exactly(reply, "falta el resto");
    client.expects_silence("ya está todo");
  });
}

TEST(Grader, ForcesARealShortSend) {
  const auto right = failure_with_short_send("respuesta_larga");
  EXPECT_FALSE(right) << right->observed << right->cause;
  const auto lost = failure_with_short_send("envia_una_vez");
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->cause, "falta el resto");
  EXPECT_MENTIONS(lost->observed, "; después, nada");
  const auto repeated = failure_with_short_send("envia_desde_el_principio");
  ASSERT_TRUE(repeated);
  EXPECT_MENTIONS(repeated->cause, "llegan otra vez: ya se habían enviado\nfalta el resto");
}

TEST(Grader, DoesNotInterruptASendThatNobodyMakes) {
  Program program = server();
  const auto failure = failure_of([&] {
    auto client = program.connect();
    client.stops_reading();
    program.interrupts_send("debería enviar");
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->program, "espera en recv(4)");
  EXPECT_EQ(failure->cause, "debería enviar");
}

TEST(Grader, AcceptsThatAResetLosesTheLastLines) {
  Program resets = server("corta");
  EXPECT_FALSE(failure_of([&] { resets.connect().sends("HELO\n").expects_ending_after({"100 OK"}); }));
  Program closes = server("cierra");
  const auto failure = failure_of([&] { closes.connect().sends("HELO\n").expects_ending_after({"100 OK"}); });
  ASSERT_TRUE(failure);
  EXPECT_MENTIONS(failure->observed, "FIN");
}

TEST(Grader, TellsTheLikelyCauseOfAConnection) {
  Program program = server("otra_respuesta");
  const auto failure =
      failure_of([&] { program.connect().likely_cause("la que sea").sends("HELO\n").expects("100 OK"); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->cause, "la que sea");
}

// Lo que enseña el núcleo se suma a la causa dada: no la tapa.
TEST(Grader, KeepsTheLikelyCauseBesideWhatTheKernelShows) {
  Program program = server("no_lee");
  const auto failure =
      failure_of([&] { program.connect().likely_cause("la que sea").sends("HELO\n").expects("100 OK"); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->cause, "la que sea\nquedan 5 bytes en la cola de recepción, que el programa no ha leído");
}

TEST(Grader, ShowsAReplyWithoutItsEndOfLine) {
  Program program = server("sin_fin_de_linea");
  const auto failure = failure_of([&] { program.connect().sends("HELO\n").expects("100 OK"); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->expected, "\"100 OK\\n\"");
  EXPECT_MENTIONS(failure->observed, "\"100 OK\"; después, nada, y está probado");
  EXPECT_EQ(failure->mismatch->first_wrong_byte(), 6U);
}

// De varias líneas, se enseña la que no es, y en la conversación, las de delante y las de detrás.
TEST(Grader, ShowsTheWrongLineOfSeveral) {
  Program program = server();
  const auto failure = failure_of([&] {
    program.connect().sends("HELO\nHELO\nQUIT\n").expects({"100 OK", "300 DRCV", "200 BYE"});
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->expected, "línea 2 de 3: \"300 DRCV\"");
  EXPECT_EQ(failure->observed, "\"100 OK\"");
  EXPECT_EQ(failure->mismatch->first_wrong_byte(), 0U);
  EXPECT_EQ(failure->conversation.back(), "S → C   \"200 BYE\\n\"");
}

TEST(Grader, ShowsTheWrongLineOfARepetition) {
  Program program = server();
  const auto failure =
      failure_of([&] { program.connect().sends("HELO\nHELO\nnada\n").expects_repeatedly({"100 OK"}, 3); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->expected, "la vez 3: \"100 OK\"");
  EXPECT_EQ(failure->observed, "\"400 BCMD\"");
}

TEST(Grader, ShowsWhatIsWrongInTheOutput) {
  Launch launch;
  launch.command = {"printf", "%s\\n", "Input data to sent: "};
  Program program{launch};
  const auto failure = failure_of([&] { program.prints("Input data to send: "); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->expected, "en la salida estándar: \"Input data to send: \"");
  EXPECT_EQ(failure->observed, "\"Input data to sent: \\n\"");
  EXPECT_EQ(failure->mismatch->first_wrong_byte(), 17U);
}

TEST(Grader, GivesAProgramItsOwnNames) {
  if (!grader::can_give_hosts()) GTEST_SKIP() << "aquí no se puede dar a un programa su propio /etc/hosts";
  Launch launch;
  launch.command = {"python3", "-c",
                    "import socket; print(sorted({a[4][0] for a in socket.getaddrinfo('dos.prueba', 80)}))"};
  launch.hosts = "127.0.0.7 dos.prueba\n127.0.0.8 dos.prueba\n";
  Program program{launch};
  EXPECT_EQ(program.prints_line(), "['127.0.0.7', '127.0.0.8']");
}

// Lo que no le cabe al programa no está de camino: no llegará hasta que lea.
TEST(Grader, ProvesSilenceWithMoreThanFitsWaitingToBeRead) {
  Program program = server("envia_sin_leer");
  auto client = program.connect();
  client.stops_reading().sends("x").expects_consumed().sends(std::string(256 << 10, 'x'));
  const grader::Stop stop = program.rest();
  EXPECT_EQ(stop.outcome, grader::Outcome::silent) << stop.program;
  EXPECT_MENTIONS(stop.program, "send(4)");
}

}  // namespace
