// En qué espera cada hilo: la llamada, el descriptor y quién puede despertarlo. De cada llamada en la que un programa
// se queda esperando hay aquí una de verdad; también se la detiene y reanuda, y se la mira con cada capacidad apagada.
#include "witness/system_calls.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "child.hpp"
#include "witness/capabilities.hpp"
#include "witness/proc_file.hpp"

namespace {

using std::chrono::seconds;
using witness::Activity;
using witness::Capability;
using witness::Waker;
using witness::Without;

constexpr long distant = 1000;  // segundos: más de lo que dura ninguna prueba
constexpr timespec long_time{distant, 0};

// Los descriptores en los que esperan los programas de prueba, con los mismos números a los dos lados de fork().
struct Scene {
  Scene() {
    kit::check("connect", connect_to(queued, full));  // Linux admite una conexión más que el backlog

    const sockaddr_un unnamed{AF_UNIX, {}};
    kit::check("bind", ::bind(full_unix.get(), reinterpret_cast<const sockaddr*>(&unnamed), sizeof unnamed.sun_family));
    kit::check("listen", ::listen(full_unix.get(), 0));
    kit::check("connect", connect_to(queued_unix, full_unix));

    std::array<int, 2> pair{};
    kit::check("socketpair", ::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair.data()));
    datagrams = kit::Descriptor{pair[0]};
    datagrams_peer = kit::Descriptor{pair[1]};

    epoll_event event{EPOLLIN, {}};
    kit::check("epoll_ctl", ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, pipe.read.get(), &event));

    const std::string name = "/proc/self/fd/" + std::to_string(file.get());
    lock_holder = kit::Descriptor{kit::check("open", ::open(name.c_str(), O_RDWR | O_CLOEXEC))};
    kit::check("flock", ::flock(lock_holder.get(), LOCK_EX));
    struct flock whole {};
    whole.l_type = F_WRLCK;
    kit::check("fcntl", ::fcntl(file.get(), F_SETLK, &whole));
  }

  // Cambia «{conexión}» por su número.
  [[nodiscard]] std::string numbered(std::string text) const {
    const std::map<std::string, int> numbers{
        {"{escucha}", listener.get()},     {"{conexión}", connection.get()}, {"{tubería}", pipe.read.get()},
        {"{salida}", pipe.write.get()},    {"{nuevo}", newcomer.get()},      {"{nuevo_unix}", newcomer_unix.get()},
        {"{datagramas}", datagrams.get()}, {"{epoll}", epoll.get()},         {"{archivo}", file.get()},
    };
    for (const auto& [name, number] : numbers) {
      for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
        text.replace(at, name.size(), std::to_string(number));
      }
    }
    return text;
  }

  Pipe pipe;
  Connection accepted;
  kit::Descriptor listener = make_listener();
  kit::Descriptor& connection = accepted.server;
  kit::Descriptor full = make_listener(0), queued = make_socket(AF_INET, SOCK_STREAM);
  kit::Descriptor newcomer = make_socket(AF_INET, SOCK_STREAM);
  kit::Descriptor full_unix = make_socket(AF_UNIX, SOCK_STREAM), queued_unix = make_socket(AF_UNIX, SOCK_STREAM);
  kit::Descriptor newcomer_unix = make_socket(AF_UNIX, SOCK_STREAM);
  kit::Descriptor datagrams, datagrams_peer;
  kit::Descriptor epoll{kit::check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC))};
  kit::Descriptor file{kit::check("memfd_create", ::memfd_create("cerrojo", MFD_CLOEXEC))}, lock_holder;
};

// Un mensaje de un byte o de muchos, para las llamadas que quieren una estructura.
struct Message {
  explicit Message(std::size_t size = 1) : bytes_(size), part_{bytes_.data(), size} {
    header_.msg_hdr.msg_iov = &part_;
    header_.msg_hdr.msg_iovlen = 1;
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  char* data() { return bytes_.data(); }
  iovec* parts() { return &part_; }
  msghdr* header() { return &header_.msg_hdr; }
  mmsghdr* headers() { return &header_; }

private:
  std::vector<char> bytes_;
  iovec part_{};
  mmsghdr header_{};
};
constexpr std::size_t too_much = 16U << 20;  // no cabe en ninguna cola

struct Set {
  explicit Set(int descriptor) {
    FD_ZERO(&bits);
    FD_SET(descriptor, &bits);
  }
  fd_set* pointer() { return &bits; }
  fd_set bits;
};

template <class Wait>
long on_condition(const Wait& wait) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock{mutex};
  wait(never, lock);
  return 0;
}

sigset_t blocked_signal() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return set;
}

#ifdef SYS_pause
constexpr const char* pause_text = "pause()";
#else
constexpr const char* pause_text = "ppoll()";  // donde el núcleo no tiene pause(), la biblioteca usa otra
#endif

// Una llamada que espera, y lo que hay que ver de ella.
struct Case {
  const char* name;
  std::function<long(const Scene&)> call;
  const char* text;
  Waker waker;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }  // así lo muestra GoogleTest

const std::vector<Case> calls_on_descriptors{
    {"accept", [](const Scene& s) { return ::accept(s.listener.get(), nullptr, nullptr); }, "accept({escucha})",
     Waker::input},
    {"accept4", [](const Scene& s) { return ::accept4(s.listener.get(), nullptr, nullptr, SOCK_CLOEXEC); },
     "accept({escucha})", Waker::input},
    {"read", [](const Scene& s) { return ::read(s.pipe.read.get(), Message{}.data(), 1); }, "read({tubería})",
     Waker::input},
    {"read_a_socket", [](const Scene& s) { return ::read(s.connection.get(), Message{}.data(), 1); },
     "read({conexión})", Waker::input},
    {"readv", [](const Scene& s) { return ::readv(s.pipe.read.get(), Message{}.parts(), 1); }, "readv({tubería})",
     Waker::input},
    {"recv", [](const Scene& s) { return ::recv(s.connection.get(), Message{}.data(), 1, 0); }, "recv({conexión})",
     Waker::input},
    {"recv_waiting_for_all",
     [](const Scene& s) { return ::recv(s.connection.get(), Message{9}.data(), 9, MSG_WAITALL); }, "recv({conexión})",
     Waker::input},
    {"recv_a_datagram", [](const Scene& s) { return ::recv(s.datagrams.get(), Message{}.data(), 1, 0); },
     "recv({datagramas})", Waker::input},
    {"recvmsg", [](const Scene& s) { return ::recvmsg(s.connection.get(), Message{}.header(), 0); },
     "recvmsg({conexión})", Waker::input},
    {"recvmmsg", [](const Scene& s) { return ::recvmmsg(s.datagrams.get(), Message{}.headers(), 1, 0, nullptr); },
     "recvmmsg({datagramas})", Waker::input},
    {"recvmmsg_with_limit",
     [](const Scene& s) {
       timespec limit = long_time;
       return ::recvmmsg(s.datagrams.get(), Message{}.headers(), 1, 0, &limit);
     },
     "recvmmsg({datagramas})", Waker::clock},
    {"send",
     [](const Scene& s) { return ::send(s.connection.get(), Message{too_much}.data(), too_much, MSG_NOSIGNAL); },
     "send({conexión})", Waker::output},
    {"send_a_datagram", [](const Scene& s) { return ::send(s.datagrams.get(), Message{}.data(), 1, MSG_NOSIGNAL); },
     "send({datagramas})", Waker::output},
    {"sendmsg", [](const Scene& s) { return ::sendmsg(s.connection.get(), Message{too_much}.header(), MSG_NOSIGNAL); },
     "sendmsg({conexión})", Waker::output},
    {"sendmmsg", [](const Scene& s) { return ::sendmmsg(s.datagrams.get(), Message{}.headers(), 1, MSG_NOSIGNAL); },
     "sendmmsg({datagramas})", Waker::output},
    {"write", [](const Scene& s) { return ::write(s.pipe.write.get(), Message{too_much}.data(), too_much); },
     "write({salida})", Waker::output},
    {"writev", [](const Scene& s) { return ::writev(s.pipe.write.get(), Message{too_much}.parts(), 1); },
     "writev({salida})", Waker::output},
    {"splice",
     [](const Scene& s) { return ::splice(s.pipe.read.get(), nullptr, s.connection.get(), nullptr, 1, SPLICE_F_MOVE); },
     "splice({tubería})", Waker::input},
    {"connect_to_a_full_queue", [](const Scene& s) { return connect_to(s.newcomer, s.full); }, "connect({nuevo})",
     Waker::network},
    {"connect_to_a_full_unix_queue", [](const Scene& s) { return connect_to(s.newcomer_unix, s.full_unix); },
     "connect({nuevo_unix})", Waker::output},
    {"flock", [](const Scene& s) { return ::flock(s.file.get(), LOCK_EX); }, "flock({archivo})", Waker::thread},
    {"fcntl",
     [](const Scene& s) {
       struct flock whole {};
       whole.l_type = F_WRLCK;
       return ::fcntl(s.file.get(), F_SETLKW, &whole);
     },
     "fcntl({archivo})", Waker::thread},
};

const std::vector<Case> calls_on_several{
    {"poll",
     [](const Scene& s) {
       std::array<pollfd, 3> entries{
           {{s.pipe.read.get(), POLLIN, 0}, {-1, POLLIN, 0}, {s.connection.get(), POLLIN, 0}}};
       return ::poll(entries.data(), entries.size(), -1);
     },
     "poll({tubería}, {conexión})", Waker::input},
    {"poll_with_limit",
     [](const Scene& s) {
       pollfd entry{s.connection.get(), POLLIN, 0};
       return ::poll(&entry, 1, distant * 1000);
     },
     "poll({conexión})", Waker::clock},
    {"ppoll",
     [](const Scene& s) {
       pollfd entry{s.connection.get(), POLLIN, 0};
       return ::ppoll(&entry, 1, nullptr, nullptr);
     },
     "ppoll({conexión})", Waker::input},
    {"ppoll_with_limit",
     [](const Scene& s) {
       pollfd entry{s.connection.get(), POLLIN, 0};
       return ::ppoll(&entry, 1, &long_time, nullptr);
     },
     "ppoll({conexión})", Waker::clock},
    {"select",
     [](const Scene& s) { return ::select(FD_SETSIZE, Set{s.connection.get()}.pointer(), nullptr, nullptr, nullptr); },
     "select({conexión})", Waker::input},
    {"select_with_limit",
     [](const Scene& s) {
       timeval limit{distant, 0};
       return ::select(FD_SETSIZE, nullptr, nullptr, Set{s.connection.get()}.pointer(), &limit);
     },
     "select({conexión})", Waker::clock},
    {"pselect",
     [](const Scene& s) {
       return ::pselect(FD_SETSIZE, Set{s.connection.get()}.pointer(), nullptr, nullptr, nullptr, nullptr);
     },
     "select({conexión})", Waker::input},
    {"pselect_with_limit",
     [](const Scene& s) {
       return ::pselect(FD_SETSIZE, Set{s.connection.get()}.pointer(), nullptr, nullptr, &long_time, nullptr);
     },
     "select({conexión})", Waker::clock},
#ifdef SYS_select
    {"select_of_the_kernel",  // la de la biblioteca llama a pselect6
     [](const Scene& s) {
       timeval limit{distant, 0};
       return ::syscall(SYS_select, FD_SETSIZE, Set{s.connection.get()}.pointer(), nullptr, nullptr, &limit);
     },
     "select({conexión})", Waker::clock},
#endif
    {"epoll_wait",
     [](const Scene& s) {
       epoll_event event{};
       return ::epoll_wait(s.epoll.get(), &event, 1, -1);
     },
     "epoll_wait({epoll}, {tubería})", Waker::input},
    {"epoll_wait_with_limit",
     [](const Scene& s) {
       epoll_event event{};
       return ::epoll_wait(s.epoll.get(), &event, 1, distant * 1000);
     },
     "epoll_wait({epoll}, {tubería})", Waker::clock},
    {"epoll_pwait",
     [](const Scene& s) {
       sigset_t none;
       ::sigemptyset(&none);
       epoll_event event{};
       return ::epoll_pwait(s.epoll.get(), &event, 1, -1, &none);
     },
     "epoll_wait({epoll}, {tubería})", Waker::input},
};

const std::vector<Case> calls_without_descriptor{
    {"mutex",
     [](const Scene&) {
       pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
       ::pthread_mutex_lock(&mutex);
       return ::pthread_mutex_lock(&mutex);
     },
     "futex()", Waker::thread},
    {"condition_variable", [](const Scene&) { return on_condition([](auto& never, auto& lock) { never.wait(lock); }); },
     "futex()", Waker::thread},
    {"condition_variable_with_limit",
     [](const Scene&) { return on_condition([](auto& never, auto& lock) { never.wait_for(lock, seconds{distant}); }); },
     "futex()", Waker::clock},
    {"condition_variable_with_date",
     [](const Scene&) {
       const auto date = std::chrono::system_clock::now() + seconds{distant};
       return on_condition([date](auto& never, auto& lock) { never.wait_until(lock, date); });
     },
     "futex()", Waker::clock},
    {"futex_with_limit",
     [](const Scene&) {
       int word = 0;
       return ::syscall(SYS_futex, &word, FUTEX_WAIT, 0, &long_time, nullptr, 0);
     },
     "futex()", Waker::clock},
    {"join", [](const Scene&) { return std::thread{[] { ::pause(); }}.join(), 0L; }, "futex()", Waker::thread},
    {"waitpid",
     [](const Scene&) {
       if (::fork() == 0) ::pause();
       return ::waitpid(-1, nullptr, 0);
     },
     "waitpid()", Waker::process},
    {"waitid",
     [](const Scene&) {
       if (::fork() == 0) ::pause();
       siginfo_t info{};
       return ::waitid(P_ALL, 0, &info, WEXITED);
     },
     "waitid()", Waker::process},
    {"pause", [](const Scene&) { return ::pause(); }, pause_text, Waker::signal},
    {"sigsuspend",
     [](const Scene&) {
       sigset_t none;
       ::sigemptyset(&none);
       return ::sigsuspend(&none);
     },
     "sigsuspend()", Waker::signal},
    {"sigwait",
     [](const Scene&) {
       const sigset_t set = blocked_signal();
       int number = 0;
       return ::sigwait(&set, &number);
     },
     "sigwait()", Waker::signal},
    {"sigtimedwait",
     [](const Scene&) {
       const sigset_t set = blocked_signal();
       return ::sigtimedwait(&set, nullptr, &long_time);
     },
     "sigwait()", Waker::clock},
    {"nanosleep", [](const Scene&) { return ::syscall(SYS_nanosleep, &long_time, nullptr); }, "nanosleep()",
     Waker::clock},
    {"clock_nanosleep", [](const Scene&) { return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, nullptr); },
     "clock_nanosleep()", Waker::clock},
    {"clock_nanosleep_until",
     [](const Scene&) {
       timespec date{};
       ::clock_gettime(CLOCK_REALTIME, &date);
       date.tv_sec += distant;
       return ::clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &date, nullptr);
     },
     "clock_nanosleep()", Waker::clock},
};

class SystemCalls : public testing::TestWithParam<Case> {
protected:
  SystemCalls() {
    if (scene_.numbered(GetParam().text).rfind("send", 0) != 0) return;
    const std::array<char, 100> bytes{};  // la cola de datagramas, llena
    while (::send(scene_.datagrams.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
    }
  }

  void SetUp() override {
    if (!witness::available(Capability::thread_syscall) || !witness::available(Capability::process_memory)) {
      GTEST_SKIP() << "aquí no se ve en qué espera un programa";
    }
  }

  // Lo que se concluye del programa, que espera en la llamada que se prueba.
  void expect_call(const witness::Finding& finding) const {
    const witness::Blocked& blocked = finding.processes.at(0).threads.at(0).blocked;
    EXPECT_EQ(finding.processes[0].pid, child_.pid());
    EXPECT_EQ(blocked.text(), scene_.numbered(GetParam().text));
    EXPECT_EQ(blocked.waker, GetParam().waker);
    EXPECT_EQ(finding.activity, wakes_alone() ? Activity::timed : Activity::quiescent);
  }

  [[nodiscard]] bool wakes_alone() const {
    return GetParam().waker == Waker::clock || GetParam().waker == Waker::network;
  }

  const Scene scene_;
  const Child child_{[this] {
    for (;;) GetParam().call(scene_);
  }};
};

TEST_P(SystemCalls, AreSeenWithTheirDescriptorAndWhatEndsThem) {
  const witness::Finding finding = child_.rest();
  expect_call(finding);
  const auto& limit = finding.processes[0].threads[0].blocked.limit;
  EXPECT_EQ(limit.has_value(), GetParam().waker == Waker::clock);
  EXPECT_LE(limit.value_or(seconds{distant}), seconds{distant});
  EXPECT_GT(limit.value_or(seconds{distant}), seconds{distant / 2});
}

TEST_P(SystemCalls, AreTheSameAfterBeingStoppedAndContinued) {
  child_.settle();
  child_.stop();
  EXPECT_EQ(witness::find_activity(child_.supervisor()).activity, Activity::active);
  child_.signal(SIGCONT);
  const witness::Finding finding = child_.rest();
  if (finding.activity == Activity::opaque &&
      witness::read_file("/proc/" + std::to_string(child_.pid()) + "/wchan") == "0") {
    GTEST_SKIP() << "este núcleo no dice qué llamada ha reanudado";
  }
  expect_call(finding);
}

TEST_P(SystemCalls, AreSeenAsWellByOtherWays) {
  {
    const Without without{Capability::pidfd_getfd};
    expect_call(child_.rest());
  }
  const Without without{Capability::sock_diag};
  expect_call(child_.rest());
  const Without nor{Capability::pidfd_getfd};
  const Without neither{Capability::children_file};
  expect_call(child_.rest());
}

TEST_P(SystemCalls, ProveNothingWhenTheyCannotBeSeen) {
  const Without without{Capability::thread_syscall};
  EXPECT_EQ(child_.rest().activity, Activity::opaque);
}

TEST_P(SystemCalls, ProveNoSilenceWhenTheirArgumentsCannotBeRead) {
  const Without without{Capability::process_memory};
  const witness::Finding finding = child_.rest();
  const std::string text = GetParam().text;
  if (text.rfind("poll", 0) == 0 || text.rfind("ppoll", 0) == 0 || text.rfind("select", 0) == 0) {
    EXPECT_NE(finding.activity, Activity::quiescent);
  } else {
    expect_call(finding);
  }
}

// Cuando el núcleo no dice en qué lugar suyo está una llamada reanudada, quedan sus argumentos.
TEST(ResumedCalls, AreKnownByTheirArgumentsIfThatIsEnough) {
  if (!witness::available(Capability::process_memory)) GTEST_SKIP() << "aquí no se pueden leer los argumentos";
  const Pipe pipe;
  const std::array<pollfd, 9> entries{{{pipe.read.get(), POLLIN, 0}}};
  const Child child{[] { ::pause(); }};
  const auto resumed = [&](std::array<std::uint64_t, 6> arguments, std::string_view place) {
    return witness::interpret(child.pid(), {SYS_restart_syscall, arguments}, place);
  };
  const auto at = [](const auto& object) { return reinterpret_cast<std::uint64_t>(&object); };
  constexpr std::uint64_t no_limit = 0xffffffff;
  for (const char* place : {"", "0", "poll_schedule_timeout.constprop.0"}) {
    const witness::Blocked poll = resumed({at(entries), 1, no_limit}, place);
    EXPECT_EQ(poll.watched.size(), 1U);
    EXPECT_EQ(poll.waker, Waker::input);
    const witness::Blocked sleep =
        resumed({CLOCK_MONOTONIC, 0, at(long_time)}, place[0] == 'p' ? "do_syscall_64" : place);
    EXPECT_EQ(sleep.text(), "clock_nanosleep()");
    EXPECT_EQ(sleep.limit, seconds{distant});
  }
  EXPECT_EQ(resumed({at(long_time), 0}, "hrtimer_nanosleep").limit, seconds{distant});
  EXPECT_EQ(resumed({at(entries), FUTEX_WAIT_PRIVATE, 0, at(long_time)}, "futex_do_wait").limit, seconds{distant});
  // Podrían ser otra cosa.
  EXPECT_EQ(resumed({at(long_time), 0}, "").waker, Waker::nothing_known);
  EXPECT_EQ(resumed({at(entries), FUTEX_WAIT_PRIVATE, 0, at(long_time)}, "").waker, Waker::nothing_known);
  EXPECT_EQ(resumed({at(entries), entries.size(), no_limit}, "0").waker, Waker::nothing_known)
      << "9: FUTEX_WAIT_BITSET";
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(OnDescriptors, SystemCalls, testing::ValuesIn(calls_on_descriptors), name_of);
INSTANTIATE_TEST_SUITE_P(OnSeveral, SystemCalls, testing::ValuesIn(calls_on_several), name_of);
INSTANTIATE_TEST_SUITE_P(WithoutDescriptor, SystemCalls, testing::ValuesIn(calls_without_descriptor), name_of);

}  // namespace
