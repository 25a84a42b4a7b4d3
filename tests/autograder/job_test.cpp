// Una evaluación entera, con lo que se compila, lo que se ejecuta y lo que se cuenta.
#include "autograder/job.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <list>

#include "../scaffolding/temp_folder.hpp"
#include "grader/compile.hpp"
#include "grader/jail.hpp"
#include "grader/toolchain.hpp"
#include "witness/capabilities.hpp"

namespace {

namespace fs = std::filesystem;
using autograder::Isolation;
using autograder::Job;
using autograder::JobResult;
using autograder::State;
using autograder::Status;

std::string text_of(const fs::path& file) {
  std::ifstream stream{file};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

fs::path kit() { return fs::path{grader::toolchain::labs}.parent_path(); }

fs::path solution_of(int lab) {
  return kit() / "solutions" / grader::lab_folder(lab).filename() / ("lab" + std::to_string(lab) + ".cpp");
}

Job job_of(int lab, const fs::path& source, Isolation isolation = Isolation::full) {
  Job job;
  job.lab = lab;
  job.source = source;
  job.isolation = isolation;
  return job;
}

// Una carpeta a la que llega cualquiera: si se evalúa como root, las entregas se ejecutan sin serlo.
class OpenFolder : public TempFolder {
public:
  OpenFolder() { fs::permissions(path(), fs::perms::all); }
};

// Como una persona sin privilegios, en un proceso aparte; la carpeta tiene que ser suya.
JobResult run_as_ordinary_user(const Job& job, const fs::path& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      grader::drop_root();
      autograder::write_result(autograder::run(job, folder / "trabajo"), folder / "resultado.json");
    } catch (const std::exception& error) {
      std::ofstream{folder / "resultado.json"} << error.what();
    }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(fs::exists(folder / "trabajo"));
  return autograder::read_result(text_of(folder / "resultado.json"));
}

void expect_everything(const JobResult& result) {
  EXPECT_EQ(result.state, State::graded) << result.reason << '\n' << result.messages;
  for (const auto& test : result.tests) {
    EXPECT_EQ(test.status, Status::passed) << "prueba " << test.id << ": " << test.observed << '\n'
                                           << test.program << '\n'
                                           << test.cause;
  }
  EXPECT_EQ(result.points, 100);
  EXPECT_EQ(result.max_points, 100);
}

class Jobs : public testing::Test {
protected:
  void SetUp() override {
    if (!grader::can_jail()) GTEST_SKIP() << "aquí no hay espacios de nombres";
  }
  [[nodiscard]] fs::path work() const { return folder_.path() / "trabajo"; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

private:
  OpenFolder folder_;
};

class Solutions : public Jobs, public testing::WithParamInterface<int> {};

// Con root las entregas se ejecutan sin serlo; sin root, tal cual. Se prueba de las dos maneras, repartidas.
TEST_P(Solutions, GetEverything) {
  const Job job = job_of(GetParam(), solution_of(GetParam()));
  expect_everything(GetParam() % 2 == 0 ? autograder::run(job, work()) : run_as_ordinary_user(job, folder().path()));
  EXPECT_FALSE(fs::exists(work()));
}

INSTANTIATE_TEST_SUITE_P(Labs, Solutions, testing::Range(1, 8));

TEST_F(Jobs, TheStarterIsToldWhatIsPending) {
  const JobResult result = autograder::run(job_of(2, grader::lab_folder(2) / "lab2.cpp"), work());
  EXPECT_EQ(result.state, State::graded);
  EXPECT_EQ(result.points, 0);
  EXPECT_NE(result.tests.front().observed.find("pendiente: TODO("), std::string::npos) << result.tests.front().observed;
  EXPECT_NE(result.tests.front().observed.find(" en lab2.cpp:"), std::string::npos) << result.tests.front().observed;
}

TEST_F(Jobs, OnlyTheTestThatIsAskedFor) {
  Job job = job_of(1, solution_of(1));
  job.test = "DoesNotExist";
  EXPECT_THROW(autograder::run(job, work()), std::runtime_error);
  EXPECT_FALSE(fs::exists(work()));
}

// Idea equivocada: «lo que el compilador lee no importa, que no se ejecuta».
TEST_F(Jobs, TheCompilerFindsNothingOfTheTests) {
  const std::string tests = '"' + (kit() / "tests" / "lab1_test.cpp").string() + '"';
  const std::string rubric = (grader::lab_folder(1) / "rubric.json").string();
  const std::string include = "#include ";
  for (const std::string& line :
       {include + tests, R"(__asm__(".incbin \")" + rubric + R"(\"");)", include + "</etc/passwd>",
        include + "<autograder/job.hpp>", include + "<grader/lab.hpp>"}) {
    const JobResult result = autograder::run(job_of(1, folder().write("x.cpp", line + '\n')), work());
    EXPECT_EQ(result.state, State::not_compiled) << line;
    EXPECT_EQ(result.points, 0);
    EXPECT_EQ(result.max_points, 100);
    EXPECT_TRUE(result.messages.find("No such file") != std::string::npos ||
                result.messages.find("file not found") != std::string::npos)
        << result.messages;
    EXPECT_EQ(result.messages.find(kit().string() + "/scaffolding"), std::string::npos) << result.messages;
  }
}

// Un programa que se adelanta a main(): no gana nada con terminar bien, imprimir un informe o dejarlo en un archivo.
TEST_F(Jobs, APretendedReportIsWorthNothing) {
  const std::string code = text_of(solution_of(1)) + R"(
#include <cstdio>
#include <cstdlib>
namespace {
struct First {
  First() {
    const char* report = "{\"lab\":1,\"tests\":[{\"id\":1,\"status\":\"passed\",\"points\":100}]}";
    std::puts(report);
    for (const char* place : {"/informe/informe.json", "informe.json", "/tmp/informe.json"}) {
      if (std::FILE* file = std::fopen(place, "w")) std::fputs(report, file);
    }
    std::fflush(nullptr);
    std::_Exit(0);
  }
} first;
}  // namespace
)";
  const JobResult result = autograder::run(job_of(1, folder().write("x.cpp", code)), work());
  EXPECT_EQ(result.state, State::graded);
  EXPECT_EQ(result.points, 0);
  EXPECT_EQ(result.tests.size(), 8U);
}

// Cada evaluación tiene su red: todas ocupan el mismo puerto a la vez, y ninguna encuentra a las demás.
TEST_F(Jobs, SeveralAtOnceShareNoPort) {
  const std::string code = text_of(solution_of(1)) + R"(
#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
namespace {
struct First {
  First() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(8080);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&place), sizeof place) == -1 || ::listen(fd, 5) == -1) std::abort();
    ::close(fd);
  }
} first;
}  // namespace
)";
  Job job = job_of(1, folder().write("x.cpp", code));
  job.test = "CreatesTheAskedSocket";
  std::list<OpenFolder> folders;
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const fs::path at = folders.emplace_back().path();
    children.push_back(::fork());
    if (children.back() != 0) continue;
    try {
      autograder::write_result(autograder::run(job, at / "trabajo"), at / "resultado.json");
    } catch (const std::exception& error) {
      std::ofstream{at / "resultado.json"} << error.what();
    }
    ::_exit(0);
  }
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  for (const OpenFolder& at : folders) {
    const std::string text = text_of(at.path() / "resultado.json");
    EXPECT_NO_THROW({
      const JobResult result = autograder::read_result(text);
      EXPECT_EQ(result.points, result.max_points) << text;
      EXPECT_GT(result.points, 0);
    }) << text;
  }
}

TEST_F(Jobs, WhatDoesNotEndIsInterruptedAndSaysSo) {
  Job job = job_of(1, solution_of(1));
  job.limit = std::chrono::seconds{0};
  const JobResult result = autograder::run(job, work());
  EXPECT_EQ(result.state, State::interrupted);
  EXPECT_NE(result.reason.find("límite de seguridad"), std::string::npos) << result.reason;
  EXPECT_EQ(result.points, 0);
  EXPECT_EQ(result.max_points, 100);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no queda ningún hijo";
  EXPECT_FALSE(fs::exists(work()));
}

TEST(WeakJobs, TheSolutionGetsEverythingToo) {
  const OpenFolder folder;
  for (const int lab : {3, 4}) {
    expect_everything(autograder::run(job_of(lab, solution_of(lab), Isolation::weak), folder.path() / "trabajo"));
  }
  EXPECT_FALSE(autograder::missing_protections(Isolation::weak).empty());
  EXPECT_TRUE(autograder::missing_protections(Isolation::full).empty());
}

TEST(WeakJobs, WithoutLandlockEachReportSaysIt) {
  const auto with = autograder::missing_protections(Isolation::weak);
  const witness::Without landlock{witness::Capability::landlock};
  EXPECT_GE(autograder::missing_protections(Isolation::weak).size(), with.size());
  EXPECT_NE(autograder::missing_protections(Isolation::weak)[2].find("Landlock"), std::string::npos);
}

TEST(WeakJobs, WithoutNamespacesTheFullIsolationIsRefused) {
  const witness::Without namespaces{witness::Capability::user_namespaces};
  const OpenFolder folder;
  try {
    autograder::run(job_of(1, solution_of(1)), folder.path() / "trabajo");
    FAIL() << "se esperaba un error";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string{error.what()}.find("ISOLATION=weak"), std::string::npos) << error.what();
  }
}

}  // namespace
