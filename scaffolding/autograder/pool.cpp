#include "autograder/pool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>

#include "programs/kit.hpp"
#include "witness/process.hpp"

namespace autograder {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void become(const std::vector<std::string>& words, const std::filesystem::path& messages, pid_t parent,
                         const sigset_t& mask) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // murió antes de que se lo pidiéramos al núcleo
  ::setpgid(0, 0);                          // Ctrl-C no es para ella
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  const int file = ::open(messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

// Las señales que interesan, como datos que se leen, mientras dura el trabajo.
class Signals {
public:
  Signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&wanted, signal);
    ::sigprocmask(SIG_BLOCK, &wanted, &before_);
    descriptor_ = kit::Descriptor{kit::check("signalfd", ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK))};
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  // Una segunda señal para lo mismo (make reenvía SIGTERM, hay quien pulsa Ctrl-C dos veces) no impide terminar bien.
  ~Signals() {
    [[maybe_unused]] const int repeated = wait(std::chrono::milliseconds{0});
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  // Espera a que llegue alguna, pero no más de `limit`. Devuelve la que pide terminar, o 0.
  [[nodiscard]] int wait(std::chrono::milliseconds limit) const {
    pollfd watched{descriptor_.get(), POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>(limit.count()));
    int asked = 0;
    signalfd_siginfo info{};
    while (::read(descriptor_.get(), &info, sizeof info) == sizeof info) {
      if (info.ssi_signo != SIGCHLD) asked = static_cast<int>(info.ssi_signo);
    }
    return asked;
  }

  [[nodiscard]] const sigset_t& before() const { return before_; }

private:
  sigset_t before_{};
  kit::Descriptor descriptor_;
};

class Pool {
public:
  explicit Pool(const Work& work) : work_{work}, others_{witness::descendants(::getpid())} {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (std::vector<pid_t> left; !(left = own_descendants()).empty();) {
      for (const pid_t pid : left) ::kill(pid, SIGKILL);
      ::waitpid(-1, nullptr, 0);
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  }

  int perform() {
    bool more = true;
    for (;;) {
      while (more && next_ < work_.count && running_.size() < work_.parallel) start();
      if (running_.empty()) return 0;
      if (const int signal = signals_.wait(std::chrono::milliseconds{500}); signal != 0) return signal;
      stop_the_late();
      more = reap() && more;
      work_.tick();
    }
  }

private:
  struct Running {
    std::size_t index;
    Clock::time_point deadline;
    bool timed_out = false;
  };

  // Los procesos que quedan: a los huérfanos los hereda este proceso, así que se ven todos. Los que ya había (los tiene
  // quien se lanza desde bash con «> >(tee …)») no son de este grupo.
  [[nodiscard]] std::vector<pid_t> own_descendants() const {
    std::vector<pid_t> spared = others_;
    for (const pid_t other : others_) {
      const std::vector<pid_t> its = witness::descendants(other);
      spared.insert(spared.end(), its.begin(), its.end());
    }
    std::vector<pid_t> own = witness::descendants(::getpid());
    std::erase_if(own, [&](pid_t pid) { return std::find(spared.begin(), spared.end(), pid) != spared.end(); });
    return own;
  }

  void start() {
    const std::vector<std::string> words = work_.command(next_);
    const std::filesystem::path messages = work_.messages(next_);
    const pid_t parent = ::getpid();
    const pid_t child = kit::check("fork", ::fork());
    if (child == 0) become(words, messages, parent, signals_.before());
    running_[child] = {next_++, Clock::now() + work_.net};
  }

  void stop_the_late() {
    for (auto& [pid, job] : running_) {
      if (job.timed_out || Clock::now() < job.deadline) continue;
      job.timed_out = true;
      ::kill(pid, SIGKILL);
    }
  }

  // Recoge a los que terminaron, también a los huérfanos. Dice si hay que seguir.
  bool reap() {
    bool more = true;
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto found = running_.find(pid);
      if (found == running_.end()) continue;
      const Running job = found->second;
      running_.erase(found);
      more = work_.ended({job.index, status, job.timed_out}) && more;
    }
    return more;
  }

  const Work& work_;
  std::vector<pid_t> others_;
  Signals signals_;
  std::map<pid_t, Running> running_;
  std::size_t next_ = 0;
};

}  // namespace

int perform(const Work& work) { return Pool{work}.perform(); }

}  // namespace autograder
