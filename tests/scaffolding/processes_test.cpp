// El árbol de procesos de un programa: sus hijos, también los que se desligan, sus hilos, sus zombis y lo que gastan.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "child.hpp"
#include "witness/capabilities.hpp"
#include "witness/process.hpp"

namespace {

using witness::Activity;
using witness::Capability;
using witness::Process;
using witness::Without;

void wait_for_the_end() { ::pause(); }

// Crea un proceso que hace algo y no vuelve.
pid_t spawn(const std::function<void()>& life) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    life();
    ::_exit(0);
  }
  return pid;
}

std::vector<pid_t> sorted(std::vector<pid_t> pids) {
  std::sort(pids.begin(), pids.end());
  return pids;
}

// Espera a que el programa descanse con este número de procesos, y los devuelve.
std::vector<Process> rest_with(const Child& child, std::size_t count) {
  witness::Finding finding;
  until([&] {
    finding = child.rest();
    return finding.processes.size() == count;
  });
  return finding.processes;
}

TEST(ProcessTree, HasEveryDescendantBeforeItsOwn) {
  const Child child{[] {
    spawn([] {
      spawn(wait_for_the_end);
      ::pause();
    });
    spawn(wait_for_the_end);
    ::pause();
  }};
  const auto processes = rest_with(child, 4);
  EXPECT_EQ(processes[0].pid, child.pid());
  EXPECT_EQ(processes[0].parent, child.supervisor());
  for (auto process = processes.begin() + 1; process != processes.end(); ++process) {
    EXPECT_TRUE(std::any_of(processes.begin(), process, [&](const Process& p) { return p.pid == process->parent; }));
  }
  const auto quick = witness::descendants(child.supervisor());
  const Without without{Capability::children_file};
  EXPECT_EQ(sorted(witness::descendants(child.supervisor())), sorted(quick));
  EXPECT_EQ(witness::descendants(child.pid()).size(), 3U);
}

// Doble fork y setsid: así se desliga un demonio de quien lo arrancó.
TEST(ProcessTree, KeepsThoseThatDetach) {
  const Child child{[] {
    spawn([] {
      ::setsid();
      spawn(wait_for_the_end);
    });
    ::waitpid(-1, nullptr, 0);
    ::pause();
  }};
  const auto processes = rest_with(child, 2);
  EXPECT_EQ(processes[1].parent, child.supervisor()) << "lo ha adoptado el subreaper";
  EXPECT_NE(::getsid(processes[1].pid), ::getsid(child.pid()));
  const Without without{Capability::children_file};
  EXPECT_EQ(witness::descendants(child.supervisor()).size(), 2U);
  EXPECT_TRUE(witness::descendants(child.pid()).empty());
}

TEST(ProcessTree, KeepsThoseOfAProgramThatHasEnded) {
  const Child child{[] { spawn(wait_for_the_end); }};
  const auto processes = rest_with(child, 1);
  EXPECT_NE(processes[0].pid, child.pid());
}

// Cada hilo tiene su propia lista de hijos en /proc.
TEST(ProcessTree, HasTheChildrenOfEveryThread) {
  const Child child{[] {
    std::thread other{[] {
      spawn(wait_for_the_end);
      ::pause();
    }};
    other.join();
  }};
  static_cast<void>(rest_with(child, 2));
  EXPECT_EQ(witness::descendants(child.pid()).size(), 1U);
}

TEST(ProcessTree, HasThreads) {
  constexpr std::size_t count = 30;
  const Child child{[] {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back(wait_for_the_end);
    ::pause();
  }};
  Process process;
  until([&] { return witness::look_at(child.pid(), process) && process.threads.size() == count; });
  EXPECT_EQ(process.threads[0].tid, child.pid());
  EXPECT_FALSE(process.zombie);
}

TEST(ProcessTree, TellsZombies) {
  const Child child{[] {
    spawn([] {});
    ::pause();
  }};
  Process zombie;
  until([&] {
    const auto children = witness::descendants(child.pid());
    return children.size() == 1 && witness::look_at(children[0], zombie) && zombie.zombie;
  });
  EXPECT_TRUE(zombie.threads.empty());
  EXPECT_EQ(zombie.parent, child.pid());
  EXPECT_EQ(zombie.resident, 0U);
  EXPECT_NE(child.rest().activity, Activity::gone);
}

TEST(ProcessTree, TakesNoProcessForAZombieWhileAThreadLives) {
  const Child child{[] {
    std::thread{wait_for_the_end}.detach();
    end_this_thread();
  }};
  Process process;
  until([&] {
    return witness::look_at(child.pid(), process) && process.threads.size() == 1 &&
           process.threads[0].tid != child.pid();
  });
  EXPECT_FALSE(process.zombie);
  EXPECT_NE(child.rest().activity, Activity::gone);
}

TEST(ProcessTree, IsEmptyWhenEverythingIsGone) {
  const Child child{[] {
    spawn([] { spawn([] {}); });
    ::waitpid(-1, nullptr, 0);
  }};
  until([&] { return witness::descendants(child.supervisor()).empty(); });
  Process process;
  EXPECT_FALSE(witness::look_at(child.pid(), process));
  EXPECT_TRUE(witness::look_at_program(child.supervisor()).empty());
  EXPECT_EQ(witness::cpu_time(child.pid()).count(), 0);
  const Without without{Capability::children_file};
  EXPECT_TRUE(witness::descendants(child.supervisor()).empty());
}

TEST(ProcessTree, TellsTheMemoryOfAProcess) {
  constexpr std::size_t size = 64U << 20;
  const Pipe orders;
  const Child child{[&] {
    const int shared_nothing = MAP_PRIVATE | MAP_ANONYMOUS;
    auto* memory = static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, shared_nothing, -1, 0));
    char order = 0;
    while (::read(orders.read.get(), &order, 1) == 1) std::fill(memory, memory + size, order);
  }};
  const Process before = child.rest().processes.at(0);
  ASSERT_EQ(::write(orders.write.get(), "x", 1), 1);
  const Process after = child.rest().processes.at(0);
  EXPECT_GT(before.address_space, size);
  EXPECT_EQ(after.address_space, before.address_space);
  EXPECT_LT(before.resident, size);
  EXPECT_GT(after.resident, before.resident + size / 2);
}

TEST(ProcessTree, KnowsWhoCatchesAlarms) {
  const Child plain{wait_for_the_end};
  EXPECT_FALSE(plain.rest().processes.at(0).catches_alarm);
  const Child catcher{[] {
    ::signal(SIGALRM, [](int) {});
    ::pause();
  }};
  EXPECT_TRUE(catcher.rest().processes.at(0).catches_alarm);
}

TEST(CpuTime, GrowsWhenAProcessSpins) {
  const Child child{spin};
  const auto before = witness::cpu_time(child.pid());
  until([&] { return witness::cpu_time(child.pid()) > before + std::chrono::milliseconds{20}; });
}

TEST(CpuTime, AddsThatOfTheThreadsThatHaveEnded) {
  constexpr std::chrono::milliseconds spent{20};
  const Child child{[=] {
    std::thread worker{[=] {
      timespec used{};
      while (used.tv_nsec < std::chrono::nanoseconds{spent}.count()) ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    }};
    worker.join();
    ::pause();
  }};
  until([&] { return child.rest().processes.at(0).threads.size() == 1; });
  EXPECT_GE(witness::cpu_time(child.pid()), spent);
}

TEST(CpuTime, StandsStillWhenAProcessSleeps) {
  const Child child{wait_for_the_end};
  child.settle();
  const auto before = witness::cpu_time(child.pid());
  child.settle();
  EXPECT_GT(before.count(), 0);
  EXPECT_EQ(witness::cpu_time(child.pid()), before);
}

TEST(Sleep, IsProvenIfNobodyHasRun) {
  const Pipe orders;
  const Child child{[&] {
    char order = 0;
    while (::read(orders.read.get(), &order, 1) == 1) {
    }
  }};
  const auto seen = child.rest().processes;
  EXPECT_TRUE(witness::still_asleep(child.supervisor(), seen));

  ASSERT_EQ(::write(orders.write.get(), "x", 1), 1);
  const auto later = child.rest().processes;  // otra vez dormido en la misma llamada
  EXPECT_EQ(later.at(0).threads.at(0).blocked.text(), seen.at(0).threads.at(0).blocked.text());
  EXPECT_FALSE(witness::still_asleep(child.supervisor(), seen));
  EXPECT_TRUE(witness::still_asleep(child.supervisor(), later));
}

TEST(Sleep, IsNotProvenIfThereIsOneMoreProcessOrThread) {
  const Pipe orders;
  const Child child{[&] {
    char order = 0;
    while (::read(orders.read.get(), &order, 1) == 1) {
      if (order == 'p') spawn(wait_for_the_end);
      if (order == 't') std::thread{wait_for_the_end}.detach();
    }
  }};
  const auto alone = child.rest().processes;
  ASSERT_EQ(::write(orders.write.get(), "p", 1), 1);
  const auto with_child = rest_with(child, 2);
  auto forged = with_child;
  forged.pop_back();
  EXPECT_TRUE(witness::still_asleep(child.supervisor(), with_child));
  EXPECT_FALSE(witness::still_asleep(child.supervisor(), forged)) << "un proceso que no se había visto";
  EXPECT_FALSE(witness::still_asleep(child.supervisor(), alone));

  ASSERT_EQ(::write(orders.write.get(), "t", 1), 1);
  auto with_thread = child.rest().processes;
  until([&] { return (with_thread = child.rest().processes).at(0).threads.size() == 2; });
  EXPECT_TRUE(witness::still_asleep(child.supervisor(), with_thread));
  with_thread[0].threads.pop_back();
  EXPECT_FALSE(witness::still_asleep(child.supervisor(), with_thread)) << "un hilo que no se había visto";
}

TEST(Sleep, IsNotProvenIfItIsStopped) {
  const Child child{wait_for_the_end};
  const auto seen = child.rest().processes;
  child.stop();
  EXPECT_FALSE(witness::still_asleep(child.supervisor(), seen));
}

}  // namespace
