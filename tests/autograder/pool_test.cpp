// El grupo de procesos: cuántos a la vez, cómo acaban, y que no quede ninguno.
#include "autograder/pool.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>

#include "../scaffolding/temp_folder.hpp"
#include "autograder/digest.hpp"
#include "witness/process.hpp"

using autograder::Ended;
using autograder::perform;
using autograder::Work;

namespace {

class Pool : public testing::Test {
protected:
  // Un trabajo de `count` órdenes de shell, de las que se anota cómo acabaron.
  Work work(std::size_t count, std::string script) {
    Work work;
    work.count = count;
    work.parallel = 2;
    work.net = std::chrono::minutes{5};
    work.command = [script = std::move(script)](std::size_t index) {
      return std::vector<std::string>{"/bin/sh", "-c", script, std::to_string(index)};
    };
    work.messages = [this](std::size_t index) { return folder.path() / std::to_string(index); };
    work.ended = [this](const Ended& ended) {
      EXPECT_TRUE(statuses.emplace(ended.index, ended.status).second) << "dos veces la misma";
      timed_out = timed_out || ended.timed_out;
      return true;
    };
    work.tick = [] {};
    return work;
  }

  void TearDown() override { EXPECT_TRUE(witness::descendants(::getpid()).empty()) << "quedó algo en marcha"; }

  TempFolder folder;
  std::map<std::size_t, int> statuses;
  bool timed_out = false;
};

TEST_F(Pool, DoesEachOnceAndSaysHowItEnded) {
  EXPECT_EQ(perform(work(20, "echo hola $0; exit $(($0 % 3))")), 0);
  ASSERT_EQ(statuses.size(), 20U);
  for (const auto& [index, status] : statuses) EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(index % 3));
  EXPECT_EQ(autograder::read_file(folder.path() / "7"), "hola 7\n");
}

// Cada una espera a la otra: si no fueran a la vez, no acabarían nunca.
TEST_F(Pool, DoesAsManyAtOnceAsAsked) {
  const std::string path = folder.path().string();
  EXPECT_EQ(perform(work(2, "mkfifo " + path + "/f$0; other=$((1 - $0)); until [ -p " + path +
                                "/f$other ]; do :; done; exit 0")),
            0);
  EXPECT_EQ(statuses.size(), 2U);
}

TEST_F(Pool, StopsWhenToldAndLeavesNothing) {
  Work stops = work(50, "true");
  stops.parallel = 1;
  stops.ended = [this](const Ended& ended) { return statuses.emplace(ended.index, 0).second && ended.index < 3; };
  EXPECT_EQ(perform(stops), 0);
  EXPECT_EQ(statuses.size(), 4U);
}

TEST_F(Pool, KillsTheOneThatTakesTooLongWithAllItLeft) {
  Work slow = work(1, "setsid sleep 1000 & exec sleep 1000");
  slow.net = std::chrono::seconds{0};
  EXPECT_EQ(perform(slow), 0);
  EXPECT_TRUE(timed_out);
  EXPECT_TRUE(WIFSIGNALED(statuses.at(0)));
}

// Ctrl-C: se devuelve la señal, y no queda nada, ni los que se separaron.
TEST_F(Pool, ASignalEndsItAll) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    statuses.clear();
    EXPECT_EQ(perform(work(4, "setsid sleep 1000 & kill -" + std::to_string(signal) + " $PPID; sleep 1000")), signal);
    EXPECT_TRUE(statuses.empty());
    EXPECT_TRUE(witness::descendants(::getpid()).empty());
  }
}

// Lo que este proceso ya tenía en marcha no es del grupo.
TEST_F(Pool, WhatWasAlreadyRunningIsLeftAlone) {
  const pid_t other = ::fork();
  if (other == 0) {
    ::execlp("sleep", "sleep", "1000", nullptr);
    ::_exit(127);
  }
  EXPECT_EQ(perform(work(2, "setsid sleep 1000 & exit 0")), 0);
  EXPECT_EQ(witness::descendants(::getpid()), std::vector<pid_t>{other});
  EXPECT_EQ(::waitpid(other, nullptr, WNOHANG), 0);
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
}

TEST_F(Pool, AnErrorWhileKeepingAResultEndsItAll) {
  Work breaks = work(3, "[ $0 = 0 ] || exec sleep 1000");
  breaks.ended = [](const Ended&) -> bool { throw std::runtime_error{"disco lleno"}; };
  EXPECT_THROW(perform(breaks), std::runtime_error);
}

// Si muere quien los creó, mueren.
TEST_F(Pool, ItsProcessesDieWithIt) {
  const std::filesystem::path file = folder.path() / "vive";
  const pid_t child = ::fork();
  if (child == 0) {
    Work left = work(1, "echo $$ >" + file.string() + ".tmp; mv " + file.string() + ".tmp " + file.string() +
                            "; kill -KILL $PPID; exec sleep 1000");
    perform(left);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  const pid_t orphan = std::stoi(autograder::read_file(file));
  const int watched = static_cast<int>(::syscall(SYS_pidfd_open, orphan, 0));
  if (watched == -1) return;  // ya no está
  pollfd entry{watched, POLLIN, 0};
  EXPECT_EQ(::poll(&entry, 1, 60'000), 1) << "sigue vivo";
  ::close(watched);
}

}  // namespace
