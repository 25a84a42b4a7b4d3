// Un programa en su jaula: qué ve él, y qué se ve de él desde fuera.
#include "grader/jail.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "grader/program.hpp"
#include "grader/session.hpp"
#include "grader/toolchain.hpp"
#include "witness/capabilities.hpp"
#include "witness/descriptors.hpp"
#include "witness/process.hpp"

namespace {

using grader::Jail;
using grader::Launch;
using grader::Program;

// Todas las pruebas se hacen sin jaula y con las dos: los veredictos no pueden depender de ella.
class AnyJail : public testing::TestWithParam<Jail> {
protected:
  void SetUp() override {
    if (GetParam() == Jail::full && !grader::can_jail()) GTEST_SKIP() << "aquí no hay espacios de nombres";
    grader::session().jail = GetParam();
  }
  void TearDown() override { grader::session().jail = Jail::none; }
};

// Las que solo tienen sentido en la jaula entera.
class FullJail : public testing::Test {
protected:
  void SetUp() override {
    if (!grader::can_jail()) GTEST_SKIP() << "aquí no hay espacios de nombres";
    grader::session().jail = Jail::full;
  }
  void TearDown() override { grader::session().jail = Jail::none; }
};

Launch shell(const std::string& script) {
  Launch launch;
  launch.command = {"/bin/sh", "-c", script};
  return launch;
}

std::string output_of(const Launch& launch) {
  Program program{launch};
  program.ends();
  return program.output() + program.errors();
}

std::string output_of(const std::string& script) { return output_of(shell(script)); }

TEST_P(AnyJail, TheFinalStatusIsTheOneOfTheProgram) {
  Program leaves{shell("exit 7")};
  const int left = leaves.ends();
  EXPECT_TRUE(WIFEXITED(left) && WEXITSTATUS(left) == 7) << left;

  Program dies{shell("kill -SEGV $$")};
  const int died = dies.ends();
  EXPECT_TRUE(WIFSIGNALED(died) && WTERMSIG(died) == SIGSEGV) << died;

  Program waits{shell("read line")};
  waits.rest();
  waits.signal(SIGKILL);
  const int killed = waits.ends();
  EXPECT_TRUE(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL) << killed;
}

TEST_P(AnyJail, AProgramThatDoesNotExistIsToldAsSuch) {
  Launch nothing;
  nothing.command = {"/no/existe"};
  try {
    Program program{nothing};
    program.ends();
    FAIL() << "se esperaba un error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT) << error.what();
  }
}

// Lo que miran las pruebas es la forma del árbol: quién es hijo de quién, y quién adopta a los huérfanos.
TEST_P(AnyJail, TheTreeOfProcessesHasTheSameShape) {
  Program program{
      shell("(setsid sh -c 'echo huérfano; read x; echo no' &) </dev/null; sh -c 'read x; exit 0'; exit 0")};
  program.wait([&] { return program.output().find('\n') != std::string::npos; });
  EXPECT_TRUE(program.rest().at_rest());
  std::vector<witness::Process> processes = witness::look_at_program(program.supervisor());
  ASSERT_GE(processes.size(), 2U);
  const auto main =
      std::find_if(processes.begin(), processes.end(), [&](const auto& each) { return each.pid == program.pid(); });
  ASSERT_NE(main, processes.end());
  EXPECT_EQ(main->parent, program.supervisor());
  for (const auto& process : processes) {
    EXPECT_TRUE(process.parent == program.pid() || process.parent == program.supervisor()) << process.pid;
    EXPECT_FALSE(process.zombie);
  }
  EXPECT_EQ(::getsid(program.pid()), program.pid()) << "es líder de su sesión";
}

TEST_P(AnyJail, TheKernelTellsWhatItDoes) {
  Program program{shell("read line; echo \"$line\"")};
  const grader::Stop stop = program.rest();
  EXPECT_EQ(stop.outcome, grader::Outcome::silent) << stop.program;
  EXPECT_NE(stop.program.find("read(0)"), std::string::npos) << stop.program;
  EXPECT_EQ(witness::open_descriptors(program.pid()).size(), 3U) << "ni uno más que los tres de siempre";
  program.types("hola\n");
  EXPECT_EQ(program.prints_line(), "hola");
}

TEST_P(AnyJail, DescriptorZeroCanBeClosed) {
  Launch launch = shell("[ -e /proc/self/fd/0 ] && echo abierto || echo cerrado");
  launch.with_input = false;
  EXPECT_EQ(output_of(launch), "cerrado\n");
}

TEST_P(AnyJail, ItKnowsTheNamesItIsGiven) {
  if (!witness::available(witness::Capability::mount_namespaces)) GTEST_SKIP();
  Launch launch = shell("getent hosts servidor.prueba");
  launch.hosts = "127.5.5.5 servidor.prueba\n";
  EXPECT_NE(output_of(launch).find("127.5.5.5"), std::string::npos);
}

TEST_P(AnyJail, NothingOfItOutlivesIt) {
  std::vector<pid_t> all;
  {
    Program program{shell(
        "trap '' TERM HUP; (setsid sh -c 'trap \"\" TERM; (echo vive; sleep 1000) & sleep 1000' &); exec sleep 1000")};
    program.wait([&] { return program.output().find("vive") != std::string::npos; });
    all = witness::descendants(program.supervisor());
    EXPECT_GE(all.size(), 3U);
  }
  for (const pid_t pid : all) EXPECT_EQ(::kill(pid, 0), -1) << pid;
}

INSTANTIATE_TEST_SUITE_P(Jails, AnyJail, testing::Values(Jail::none, Jail::full, Jail::weak), [](const auto& jail) {
  return jail.param == Jail::none ? "none" : jail.param == Jail::full ? "full" : "weak";
});

TEST_F(FullJail, ThereIsNothingInItButTheSystem) {
  const std::string root = output_of("ls -A /");
  for (const std::string folder : {"home", "root", "work", "mnt", "var", "srv", "run"})
    EXPECT_EQ(('\n' + root).find('\n' + folder + '\n'), std::string::npos) << root;
  EXPECT_NE(output_of(std::string{"ls "} + grader::toolchain::labs).find("No such file"), std::string::npos);
  EXPECT_EQ(output_of("ls -A /tmp"), "");
  EXPECT_EQ(output_of("ls -A /etc"), output_of("ls -A /etc | grep -vx -e passwd -e shadow -e group -e resolv.conf"));
}

TEST_F(FullJail, NothingCanBeWrittenOutsideTmp) {
  for (const std::string place : {"/x", "/usr/x", "/etc/x", "/dev/x", "/etc/hosts", "/jaula"})
    EXPECT_NE(output_of("echo x >" + place).find("annot create"), std::string::npos) << place;
  EXPECT_EQ(output_of("echo x >/tmp/x && cat /tmp/x"), "x\n");
  EXPECT_NE(output_of("head -c 70000000 /dev/zero >/tmp/x; stat -c %s /tmp/x; head -c 70000000 /dev/zero >/tmp/y; "
                      "du -sm /tmp | cut -f1")
                .find("64\n"),
            std::string::npos)
      << "caben 64 MiB";
}

TEST_F(FullJail, ItsEnvironmentTellsNothing) {
  ASSERT_EQ(::setenv("SECRETO_DEL_EVALUADOR", "1", 1), 0);
  const std::string environment = output_of("env; cat /proc/[0-9]*/environ | tr '\\0' '\\n'");
  ::unsetenv("SECRETO_DEL_EVALUADOR");
  EXPECT_EQ(environment.find("SECRETO"), std::string::npos) << environment;
  EXPECT_NE(environment.find("LC_ALL=C.UTF-8"), std::string::npos) << environment;
  EXPECT_NE(environment.find("/proc/1/environ: Permission denied"), std::string::npos) << environment;
}

TEST_F(FullJail, ItSeesOnlyItsOwnProcessesAndCannotTouchTheFirst) {
  EXPECT_EQ(output_of("cd /proc; echo [0-9]*"), "1 2\n");
  for (const std::string file : {"mem", "environ", "maps"})
    EXPECT_NE(output_of("cat /proc/1/" + file).find("ermission denied"), std::string::npos) << file;
  EXPECT_NE(output_of("ls -l /proc/1/fd").find("ermission denied"), std::string::npos)
      << output_of("ls -la /proc/1/fd");
  EXPECT_EQ(output_of("kill -9 1; kill -9 -1 2>/dev/null; echo sigue"), "sigue\n");
}

TEST_F(FullJail, ItHasNoPrivileges) {
  const std::string status = output_of("grep -e Cap -e NoNewPrivs /proc/self/status");
  EXPECT_NE(status.find("CapBnd:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
  EXPECT_EQ(output_of("id -u"), "65534\n");
  EXPECT_NE(output_of("ip link set lo down 2>&1 || unshare -n true").find("not permitted"), std::string::npos);
}

// Memoria que no es de ningún proceso: no se vería crecer.
TEST_F(FullJail, ItCannotHideMemoryNorMakeNamespaces) {
  EXPECT_NE(output_of("unshare --user true").find("not permitted"), std::string::npos);
  EXPECT_NE(output_of("ipcmk -M 1000").find("not permitted"), std::string::npos);
  EXPECT_NE(output_of("ipcmk -Q").find("not permitted"), std::string::npos);
  EXPECT_EQ(output_of("sh -c 'echo crea procesos' | cat"), "crea procesos\n");
}

TEST(WeakJail, ItReadsTheSystemAndItselfAndWritesNothing) {
  if (grader::landlock_version() == 0) GTEST_SKIP() << "este núcleo no tiene Landlock";
  grader::session().jail = Jail::weak;
  const std::string out =
      output_of(std::string{"cat /proc/self/environ >/dev/null && echo sistema; cat "} + grader::toolchain::labs +
                "/*/rubric.json; echo x >/tmp/escribe-$$; cat /etc/passwd");
  const std::string environ = output_of("cat /proc/" + std::to_string(::getpid()) + "/environ");
  const std::string signals = output_of("kill -0 " + std::to_string(::getpid()));
  grader::session().jail = Jail::none;
  EXPECT_NE(out.find("sistema"), std::string::npos) << out;
  EXPECT_EQ(out.find("\"lab\""), std::string::npos) << out;
  EXPECT_EQ(out.find("root:"), std::string::npos) << out;
  EXPECT_NE(out.find("cannot create"), std::string::npos) << out;
  EXPECT_NE(environ.find("ermission denied"), std::string::npos) << environ;
  if (grader::landlock_version() >= grader::landlock_with_signals) {
    EXPECT_NE(signals.find("not permitted"), std::string::npos) << signals;
  }
}

TEST(WeakJail, WithoutNamespacesThereIsNoFullJail) {
  const witness::Without namespaces{witness::Capability::user_namespaces};
  EXPECT_FALSE(grader::can_jail());
}

}  // namespace
