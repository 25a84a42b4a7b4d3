// La puerta de los procesos e hilos nuevos: con quien la guarda fuera, y con quien no la guarda.
#include "witness/task_gate.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>
#include <thread>

#include "child.hpp"
#include "witness/capabilities.hpp"

namespace {

class TaskGate : public testing::Test {
protected:
  void SetUp() override {
    if (!witness::available(witness::Capability::task_gate)) GTEST_SKIP() << "aquí no hay seccomp_unotify(2)";
  }
};

void* nothing(void*) { return nullptr; }

// Lo que le pasa a quien lo intenta: 0, o el error.
int fork_error() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  if (child == -1) return errno;
  ::waitpid(child, nullptr, 0);
  return 0;
}

int thread_error() {
  pthread_t thread{};
  const int error = ::pthread_create(&thread, nullptr, nothing, nullptr);
  if (error == 0) ::pthread_join(thread, nullptr);
  return error;
}

// Un hilo con la puerta puesta hace dos intentos y cuenta qué pasó; aquí se le contesta.
void tries_twice(int (*attempt)(), bool refuse, int expected) {
  const Pipe results;
  std::promise<int> installed;
  std::future<int> listener = installed.get_future();
  std::thread walker{[&] {
    installed.set_value(witness::install_task_gate().release());
    for (int i = 0; i < 2; ++i) {
      const int error = attempt();
      kit::check("write", static_cast<int>(::write(results.write.get(), &error, sizeof error)));
    }
  }};
  const kit::Descriptor gate{listener.get()};
  std::size_t answers = 0;
  for (int seen = 0; seen < 2;) {
    std::array<pollfd, 2> watched{{{gate.get(), POLLIN, 0}, {results.read.get(), POLLIN, 0}}};
    kit::check("poll", ::poll(watched.data(), watched.size(), -1));
    answers += witness::answer_task_gate(gate, refuse);
    if ((watched[1].revents & POLLIN) == 0) continue;
    int error = -1;
    ASSERT_EQ(::read(results.read.get(), &error, sizeof error), static_cast<ssize_t>(sizeof error));
    EXPECT_EQ(error, expected);
    ++seen;
  }
  walker.join();
  EXPECT_EQ(answers, 2U);
  EXPECT_EQ(witness::answer_task_gate(gate, refuse), 0U) << "ya no pregunta nadie";
}

TEST_F(TaskGate, LetsThemPass) {
  tries_twice(fork_error, false, 0);
  tries_twice(thread_error, false, 0);
}

TEST_F(TaskGate, RefusesThemLikeALimit) {
  tries_twice(fork_error, true, EAGAIN);
  tries_twice(thread_error, true, EAGAIN);
}

}  // namespace
