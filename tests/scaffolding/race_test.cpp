// La carrera de las demostraciones: lo que se mide no puede ser menos de lo que piensan los clientes, y un servidor que
// no los atiende no la deja colgada.
#include "demo/race.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "grader/failure.hpp"

namespace {

using demo::Race;
using demo::Visitor;
using grader::Program;
using std::chrono::milliseconds;

const std::vector<Visitor> visitors{{"uno", milliseconds{5}}, {"dos", milliseconds{0}}, {"tres", milliseconds{2}}};

Race race_against(const std::vector<Visitor>& who, const std::string& program,
                  const std::vector<std::string>& arguments) {
  grader::Launch launch;
  launch.command = {"python3", TEST_PROGRAMS "/" + program};
  launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
  Program server{launch};
  return demo::race(server, server.listening().front().local, who);
}

void expect_whole(const Race& race) {
  ASSERT_EQ(race.visits.size(), visitors.size());
  for (std::size_t i = 0; i < visitors.size(); ++i) {
    const demo::Visit& visit = race.visits[i];
    EXPECT_EQ(visit.name, visitors[i].name);
    EXPECT_LT(visit.arrives, visit.answered);
    EXPECT_GE(visit.leaves - visit.answered, 3 * visitors[i].pause) << visit.name;
  }
}

TEST(RaceTest, IsWonByNobodyInAnIterativeServer) {
  const Race race = race_against(visitors, "servidor.py", {"0"});
  expect_whole(race);
  EXPECT_GE(race.visits[1].answered - race.visits[0].answered, 3 * visitors[0].pause);
  EXPECT_GE(race.visits[2].answered - race.visits[0].answered, 3 * visitors[0].pause);
}

TEST(RaceTest, EndsWithTheSlowestInAConcurrentServer) {
  expect_whole(race_against(visitors, "servidor_concurrente.py", {"0", "hilos"}));
}

// Lo que se cuenta de un servidor con una falta.
std::string told_of(const std::string& fault) {
  try {
    race_against({visitors[0]}, "servidor.py", {"0", fault});
  } catch (const grader::Failed& failed) {
    return failed.failure.expected + ": " + failed.failure.observed;
  }
  return "nada";
}

TEST(RaceTest, StopsWhenTheServerDoesNotServe) {
  EXPECT_EQ(told_of("cierra"), R"(que el uno reciba "100 OK\n": el servidor ha cerrado (FIN))");
  EXPECT_EQ(told_of("corta"), R"(que el uno reciba "100 OK\n": la conexión se ha cortado)");
  EXPECT_EQ(told_of("otra_respuesta"), R"(que el uno reciba "100 OK\n": "100 0K\n")");
  const std::string silent = told_of("espera_de_mas");
  EXPECT_TRUE(silent.starts_with("que el servidor atienda a todos los clientes: nada")) << silent;
}

TEST(Ratio, IsRoundedToTenths) {
  EXPECT_EQ(demo::ratio(milliseconds{480}, milliseconds{180}), "2,7");
  EXPECT_EQ(demo::ratio(milliseconds{100}, milliseconds{100}), "1,0");
  EXPECT_EQ(demo::ratio(milliseconds{1}, milliseconds{3}), "0,3");
  EXPECT_EQ(demo::ratio(milliseconds{199}, milliseconds{20}), "10,0");
}

}  // namespace
