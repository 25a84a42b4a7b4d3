#include "grader/workers.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <list>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>

#include "grader/session.hpp"
#include "programs/kit.hpp"

namespace grader {

using nlohmann::json;

void to_json(json& to, const Mismatch& from) {
  to = {from.place_,    from.expected_size_, from.observed_size_, from.same_, from.expected_,
        from.observed_, from.complete_,      from.where_,         from.after_};
}

void from_json(const json& from, Mismatch& to) {
  from.at(0).get_to(to.place_);
  from.at(1).get_to(to.expected_size_);
  from.at(2).get_to(to.observed_size_);
  from.at(3).get_to(to.same_);
  from.at(4).get_to(to.expected_);
  from.at(5).get_to(to.observed_);
  from.at(6).get_to(to.complete_);
  from.at(7).get_to(to.where_);
  from.at(8).get_to(to.after_);
}

namespace {

constexpr std::size_t most_at_once = 4;

// Los bytes de un estudiante no tienen por qué ser UTF-8: MessagePack los lleva tal cual.
std::vector<std::uint8_t> packed(const TestResult& result) {
  json all{{"status", result.status},
           {"unavailable", result.unavailable},
           {"reason", result.reason},
           {"duration_ms", result.duration_ms},
           {"restless", session().restless}};
  if (const auto& failure = result.failure) {
    all["failure"] = {failure->expected, failure->observed, failure->program, failure->cause, failure->conversation};
    if (failure->pending) all["pending"] = {failure->pending->number, failure->pending->place};
    if (failure->mismatch) all["mismatch"] = *failure->mismatch;
  }
  return json::to_msgpack(all);
}

TestResult unpacked(const std::string& bytes, const RubricTest& test) {
  const json all = json::from_msgpack(bytes);
  TestResult result;
  result.test = &test;
  all.at("status").get_to(result.status);
  all.at("unavailable").get_to(result.unavailable);
  all.at("reason").get_to(result.reason);
  all.at("duration_ms").get_to(result.duration_ms);
  if (all.at("restless").get<bool>()) session().restless = true;
  if (all.contains("failure")) {
    const json& parts = all.at("failure");
    Failure failure{parts.at(0), parts.at(1), parts.at(2), parts.at(3), parts.at(4)};
    if (all.contains("pending")) failure.pending = {all.at("pending").at(0), all.at("pending").at(1)};
    if (all.contains("mismatch")) all.at("mismatch").get_to(failure.mismatch.emplace("", ""));
    result.failure = std::move(failure);
  }
  return result;
}

// Una prueba en marcha, en su proceso.
class Worker {
public:
  Worker(std::size_t which, const std::function<TestResult()>& perform) : which_{which} {
    std::array<int, 2> ends{};
    kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
    results_ = kit::Descriptor{ends[0]};
    kit::Descriptor mine{ends[1]};
    const pid_t parent = ::getpid();
    std::cout.flush();
    pid_ = kit::check("fork", ::fork());
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const std::vector<std::uint8_t> bytes = packed(perform());
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::write(mine.get(), bytes.data() + sent, bytes.size() - sent);
      if (count == -1) ::_exit(1);
      sent += static_cast<std::size_t>(count);
    }
    ::_exit(0);  // lo que hereda del padre no es suyo: ni la compilación en marcha, ni lo que falte por imprimir
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    if (pid_ == -1) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  [[nodiscard]] std::size_t which() const { return which_; }
  [[nodiscard]] int descriptor() const { return results_.get(); }

  // Lee lo que haya. `true` si ya no hay más: la prueba ha terminado.
  bool reads() {
    std::array<char, 65536> block{};
    const ssize_t count = ::read(results_.get(), block.data(), block.size());
    if (count > 0) received_.append(block.data(), static_cast<std::size_t>(count));
    return count == 0 || (count == -1 && errno != EINTR);
  }

  TestResult finish(const RubricTest& test) {
    const int status = wait();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return unpacked(received_, test);
    TestResult result;
    result.test = &test;
    result.reason = "fallo del propio evaluador: su proceso terminó con " +
                    (WIFSIGNALED(status) ? "la señal " + std::to_string(WTERMSIG(status))
                                         : "estado " + std::to_string(WEXITSTATUS(status)));
    return result;
  }

private:
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) == -1 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

  std::size_t which_;
  pid_t pid_ = -1;
  kit::Descriptor results_;
  std::string received_;
};

std::size_t processors() {
  cpu_set_t ours;
  CPU_ZERO(&ours);
  if (::sched_getaffinity(0, sizeof ours, &ours) == -1) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&ours));
}

// Las pruebas que se piden y lo que se sabe de ellas.
class Schedule {
public:
  explicit Schedule(const std::vector<const RubricTest*>& tests) : tests_{tests}, results_(tests.size()) {}

  // La primera que se puede empezar.
  std::optional<std::size_t> next() {
    for (std::size_t i = 0; i < tests_.size(); ++i) {
      if (!started_[i] && ready(*tests_[i])) return i;
    }
    return std::nullopt;
  }

  void start(std::size_t which) { started_[which] = true; }
  void finish(std::size_t which, TestResult result) { results_[which] = std::move(result); }

  [[nodiscard]] std::vector<TestResult> finished() const {
    std::vector<TestResult> found;
    for (const auto& result : results_) {
      if (result) found.push_back(*result);
    }
    return found;
  }

  // Entrega, en orden, las que ya se pueden contar.
  void tell(const std::function<void(TestResult)>& done) {
    for (; told_ < results_.size() && results_[told_]; ++told_) done(*results_[told_]);
  }

private:
  // Las que se piden van en el orden de la rúbrica: aquellas de las que depende están delante, o no se pidieron.
  [[nodiscard]] bool ready(const RubricTest& test) const {
    for (std::size_t i = 0; i < tests_.size(); ++i) {
      const bool needed = std::find(test.after.begin(), test.after.end(), tests_[i]->id) != test.after.end();
      if (needed && !results_[i]) return false;
    }
    return true;
  }

  const std::vector<const RubricTest*>& tests_;
  std::vector<std::optional<TestResult>> results_;
  std::vector<bool> started_ = std::vector<bool>(results_.size());
  std::size_t told_ = 0;
};

}  // namespace

void run_tests(const std::vector<const RubricTest*>& tests, const std::function<TestResult(const RubricTest&)>& perform,
               const std::function<void(TestResult)>& done) {
  const std::size_t at_once = std::clamp<std::size_t>(processors(), 1, most_at_once);
  Schedule schedule{tests};
  std::list<Worker> workers;
  for (;;) {
    for (auto next = schedule.next(); next && workers.size() < at_once; next = schedule.next()) {
      const RubricTest& test = *tests[*next];
      if (test.races) finish_race_build();
      schedule.start(*next);
      workers.emplace_back(*next, [&] {
        session().result.tests = schedule.finished();
        std::seed_seq seed{session().seed, static_cast<unsigned>(test.id)};
        session().chance.seed(seed);
        return perform(test);
      });
    }
    if (workers.empty()) return;
    std::vector<pollfd> entries;
    for (const Worker& worker : workers) entries.push_back({worker.descriptor(), POLLIN, 0});
    if (::poll(entries.data(), entries.size(), -1) == -1 && errno != EINTR) kit::check("poll", -1);
    auto entry = entries.begin();
    for (auto worker = workers.begin(); worker != workers.end(); ++entry) {
      if (entry->revents == 0 || !worker->reads()) {
        ++worker;
        continue;
      }
      schedule.finish(worker->which(), worker->finish(*tests[worker->which()]));
      worker = workers.erase(worker);
    }
    schedule.tell(done);
  }
}

}  // namespace grader
