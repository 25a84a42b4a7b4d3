// La prueba del silencio: programas que ya no harán nada por sí solos, programas que sí, y los que se les parecen. Un
// silencio falso es el peor error del testigo: se le busca en los relevos entre procesos e hilos, donde siempre hay uno
// despierto.
#include "witness/quiescence.hpp"

#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <functional>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "child.hpp"
#include "temp_folder.hpp"
#include "witness/capabilities.hpp"
#include "witness/descriptors.hpp"
#include "witness/sockets.hpp"

namespace {

using std::chrono::seconds;
using witness::Activity;
using witness::Capability;
using witness::Finding;
using witness::Without;

constexpr long distant = 1000;  // segundos: más de lo que dura ninguna prueba

// Si este núcleo no deja ver las llamadas, aquí no hay nada que probar.
template <class Base>
class WithProof : public Base {
protected:
  void SetUp() override {
    if (!witness::available(Capability::thread_syscall) || !witness::available(Capability::process_memory)) {
      GTEST_SKIP() << "aquí no se ve en qué espera un programa";
    }
  }
};
using Quiescence = WithProof<testing::Test>;

void wait_for_the_end() { ::pause(); }

pid_t spawn(const std::function<void()>& life) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    life();
    ::_exit(0);
  }
  return pid;
}

bool read_byte(const kit::Descriptor& from) {
  char byte = 0;
  return ::read(from.get(), &byte, 1) == 1;
}

bool write_byte(const kit::Descriptor& to) { return ::write(to.get(), "x", 1) == 1; }

// Los dos extremos de un canal entre procesos.
struct Pair {
  kit::Descriptor a;
  kit::Descriptor b;
};

Pair unix_pair() {
  std::array<int, 2> ends{};
  kit::check("socketpair", ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
  return {kit::Descriptor{ends[0]}, kit::Descriptor{ends[1]}};
}

Pair tcp_pair() {
  Connection connection;
  return {std::move(connection.client), std::move(connection.server)};
}

witness::Address local_of(const kit::Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  kit::check("getsockname", ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size));
  return witness::to_address(storage);
}

// Lo mira muchas veces. Devuelve si alguna vez lo creyó en silencio.
bool ever_silent(const Child& child, int looks = 300) {
  for (int i = 0; i < looks; ++i) {
    if (witness::find_activity(child.supervisor()).activity == Activity::quiescent) return true;
  }
  return false;
}

Activity activity_of(const Child& child) { return child.rest().activity; }

// ---- Lo evidente ------------------------------------------------------------

TEST_F(Quiescence, IsNotSpinning) {
  const Child child{spin};
  for (int i = 0; i < 200; ++i) {
    const Finding finding = witness::find_activity(child.supervisor());
    ASSERT_EQ(finding.activity, Activity::active);
    ASSERT_EQ(finding.text(), "está ejecutándose");
  }
}

// Quien va a esperar se declara dormido («S») antes de comprobar si hace falta: con un hijo ya muerto, waitid() nunca
// llega a dormirse, y este programa gasta procesador con cara de estar quieto.
TEST_F(Quiescence, IsNotHavingTheLookOfSleep) {
  const Child child{[] {
    spawn([] {});
    for (siginfo_t info{};;) ::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
  }};
  until([&] { return witness::find_activity(child.pid()).activity == Activity::gone; });  // su hijo ya es un zombi
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(witness::find_activity(child.supervisor()).activity, Activity::active);
}

TEST_F(Quiescence, IsNotSleeping) {
  const Child child{[] { std::this_thread::sleep_for(seconds{distant}); }};
  const Finding finding = child.rest();
  EXPECT_EQ(finding.activity, Activity::timed);
  EXPECT_LE(finding.earliest_wake, seconds{distant});
  EXPECT_GT(finding.earliest_wake, seconds{distant - 1});
  EXPECT_EQ(finding.text().rfind("duerme en ", 0), 0U) << finding.text();
}

TEST_F(Quiescence, TakesTheShortestOfSeveralLimits) {
  const Child child{[] {
    spawn([] { ::poll(nullptr, 0, 7000 * 1000); });
    std::thread{[] { std::this_thread::sleep_for(seconds{5000}); }}.detach();
    std::this_thread::sleep_for(seconds{6000});
  }};
  Finding finding;
  until([&] {
    finding = child.rest();
    return finding.processes.size() == 2 && finding.processes[0].threads.size() == 2;
  });
  EXPECT_EQ(finding.activity, Activity::timed);
  EXPECT_EQ(finding.earliest_wake, seconds{5000});
}

TEST_F(Quiescence, IsGoneWhenNobodyIsLeft) {
  const Child child{[] {}};
  until([&] { return witness::find_activity(child.supervisor()).activity == Activity::gone; });
  EXPECT_EQ(witness::find_activity(child.supervisor()).text(), "ha terminado");
}

TEST_F(Quiescence, IsGoneWhenOnlyZombiesAreLeft) {
  const Child child{[] {
    spawn([] {});
    ::pause();
  }};
  until([&] {
    const Finding finding = witness::find_activity(child.pid());  // sin él: solo su hijo
    return finding.activity == Activity::gone && finding.processes.size() == 1;
  });
}

TEST_F(Quiescence, HoldsForManyProcessesAndThreads) {
  constexpr std::size_t count = 30;
  const Pipe pipe;
  const Child child{[&] {
    for (std::size_t i = 1; i < count; ++i) spawn([&] { read_byte(pipe.read); });
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([&] { read_byte(pipe.read); });
    read_byte(pipe.read);
  }};
  Finding finding;
  until([&] {
    finding = child.rest();
    return finding.processes.size() == count && finding.processes[0].threads.size() == count;
  });
  EXPECT_EQ(finding.activity, Activity::quiescent);
  EXPECT_EQ(finding.text().substr(finding.text().size() - 4), " …") << "no los cuenta todos";
}

TEST_F(Quiescence, IsBrokenByOneThatWorksAmongMany) {
  const Child child{[] {
    for (int i = 0; i < 30; ++i) spawn(wait_for_the_end);
    for (int i = 0; i < 30; ++i) std::thread{wait_for_the_end}.detach();
    spin();
  }};
  EXPECT_FALSE(ever_silent(child, 50));
}

TEST_F(Quiescence, IsNotAThreadThatWaitsForAnotherThatWorks) {
  const Child child{[] { std::thread{spin}.join(); }};
  EXPECT_FALSE(ever_silent(child));
}

TEST_F(Quiescence, IsNotAParentThatWaitsForAChildThatWorks) {
  const Child child{[] {
    spawn(spin);
    ::wait(nullptr);
  }};
  EXPECT_FALSE(ever_silent(child));
}

// ---- Esperas que se parecen al silencio -------------------------------------

// Un límite puesto en el socket no está entre los argumentos de la llamada.
TEST_F(Quiescence, IsNotWaitingOnASocketWithALimit) {
  if (!witness::available(Capability::pidfd_getfd)) GTEST_SKIP() << "sin pidfd_getfd no se ve";
  const Connection connection;
  const timeval limit{distant, 0};
  kit::check("setsockopt", ::setsockopt(connection.server.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  const Child receiver{[&] { read_byte(connection.server); }};
  const Finding finding = receiver.rest();
  EXPECT_EQ(finding.activity, Activity::timed);
  EXPECT_EQ(finding.earliest_wake, seconds{distant});
  EXPECT_EQ(finding.text(), "espera con límite en read(" + std::to_string(connection.server.get()) + "), " +
                                std::to_string(distant) + " s");

  const Child poller{[&] {
    pollfd entry{connection.server.get(), POLLIN, 0};
    ::poll(&entry, 1, -1);
  }};
  EXPECT_EQ(activity_of(poller), Activity::quiescent) << "a poll() no le afecta";

  kit::check("setsockopt", ::setsockopt(connection.client.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
  const Child sender{[&] {
    const std::vector<char> block(1 << 20);
    while (::write(connection.client.get(), block.data(), block.size()) > 0) {
    }
  }};
  EXPECT_EQ(activity_of(sender), Activity::timed);
}

TEST_F(Quiescence, IsNotAConnectionThatTheNetworkWillEnd) {
  const kit::Descriptor listener = make_listener(0);
  const kit::Descriptor queued = make_socket(AF_INET, SOCK_STREAM);
  kit::check("connect", connect_to(queued, listener));
  const kit::Descriptor newcomer = make_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  connect_to(newcomer, listener);  // la cola está llena
  const Child child{[&] {
    pollfd entry{newcomer.get(), POLLOUT, 0};
    ::poll(&entry, 1, -1);
  }};
  EXPECT_EQ(activity_of(child), Activity::timed);
  EXPECT_EQ(child.rest().earliest_wake.count(), 0) << "no se sabe cuándo";
  const Without without{Capability::pidfd_getfd};
  EXPECT_EQ(activity_of(child), Activity::timed);
}

// Un temporizador es un descriptor más, pero lo despierta el reloj: en read(), en poll(), en un epoll o en un epoll
// dentro de otro.
TEST_F(Quiescence, IsNotWaitingForATimer) {
  const kit::Descriptor timer{kit::check("timerfd_create", ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC))};
  const kit::Descriptor inner{kit::check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC))};
  const kit::Descriptor outer{kit::check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC))};
  epoll_event event{EPOLLIN, {}};
  kit::check("epoll_ctl", ::epoll_ctl(inner.get(), EPOLL_CTL_ADD, timer.get(), &event));
  kit::check("epoll_ctl", ::epoll_ctl(outer.get(), EPOLL_CTL_ADD, inner.get(), &event));
  const auto poll_on = [](const kit::Descriptor& descriptor) {
    pollfd entry{descriptor.get(), POLLIN, 0};
    ::poll(&entry, 1, -1);
  };
  const auto wait_on = [](const kit::Descriptor& epoll) {
    epoll_event happened{};
    ::epoll_wait(epoll.get(), &happened, 1, -1);
  };
  const auto read_from = [](const kit::Descriptor& descriptor) {
    std::uint64_t ticks = 0;
    [[maybe_unused]] const ssize_t count = ::read(descriptor.get(), &ticks, sizeof ticks);
  };
  const Child reader{[&] { read_from(timer); }};
  const Child poller{[&] { poll_on(timer); }};
  const Child nested_poller{[&] { poll_on(outer); }};
  const Child waiter{[&] { wait_on(inner); }};
  const Child nested_waiter{[&] { wait_on(outer); }};
  const Child without_main{[&] {
    std::thread{[&] { read_from(timer); }}.detach();
    end_this_thread();
  }};
  const std::array all{&reader, &poller, &nested_poller, &waiter, &nested_waiter, &without_main};
  for (const bool borrowing : {true, false}) {
    std::optional<Without> without;
    if (!borrowing) without.emplace(Capability::pidfd_getfd);
    for (const Child* child : all) EXPECT_EQ(activity_of(*child), Activity::quiescent) << "parado no es un reloj";
    const itimerspec once{{0, 0}, {distant, 0}};
    kit::check("timerfd_settime", ::timerfd_settime(timer.get(), 0, &once, nullptr));
    for (const Child* child : all) {
      const Finding finding = child->rest();
      EXPECT_EQ(finding.activity, Activity::timed) << finding.text();
      EXPECT_LE(finding.earliest_wake, seconds{distant});
      EXPECT_GT(finding.earliest_wake, seconds{distant / 2});
    }
    const itimerspec never{};
    kit::check("timerfd_settime", ::timerfd_settime(timer.get(), 0, &never, nullptr));
  }
}

TEST_F(Quiescence, HoldsForDescriptorsThatOnlyOthersWake) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGUSR1);
  const kit::Descriptor signals{kit::check("signalfd", ::signalfd(-1, &set, SFD_CLOEXEC))};
  const kit::Descriptor files{kit::check("inotify_init1", ::inotify_init1(IN_CLOEXEC))};
  const kit::Descriptor events{kit::check("eventfd", ::eventfd(0, EFD_CLOEXEC))};
  for (const kit::Descriptor* descriptor : {&signals, &files, &events}) {
    const Child child{[&] {
      std::array<char, 256> buffer{};
      [[maybe_unused]] const ssize_t count = ::read(descriptor->get(), buffer.data(), buffer.size());
    }};
    EXPECT_EQ(activity_of(child), Activity::quiescent);
  }
}

// La alarma que interrumpirá recv() no se ve; el manejador que la espera, sí.
TEST_F(Quiescence, IsNotWaitingForAnAlarm) {
  const Pipe pipe;
  const Child alarmed{[&] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, nullptr);
    ::alarm(static_cast<unsigned>(distant));
    read_byte(pipe.read);
  }};
  EXPECT_EQ(activity_of(alarmed), Activity::timed);
  EXPECT_EQ(alarmed.rest().earliest_wake.count(), 0) << "no se sabe cuándo";
  const Child with_timer{[&] {
    timer_t timer{};
    ::timer_create(CLOCK_MONOTONIC, nullptr, &timer);
    read_byte(pipe.read);
  }};
  EXPECT_EQ(activity_of(with_timer), Activity::timed);
}

TEST_F(Quiescence, IsNotAStoppedProgram) {
  const Child child{[] {
    spawn(wait_for_the_end);
    ::pause();
  }};
  until([&] { return child.rest().processes.size() == 2; });
  child.stop();
  EXPECT_FALSE(ever_silent(child, 20));
  EXPECT_NE(witness::find_activity(child.supervisor()).text().find("está detenido"), std::string::npos);
}

TEST_F(Quiescence, IsNotATracedProgram) {
  const Child child{[] {
    spawn([] {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGSTOP);
    });
    ::pause();
  }};
  until([&] { return witness::find_activity(child.supervisor()).text().find("está detenido") != std::string::npos; });
  EXPECT_FALSE(ever_silent(child, 20));
}

// El padre de vfork() espera dentro del núcleo, en estado D.
TEST_F(Quiescence, IsNotAParentThatWaitsInVfork) {
  const Pipe pipe;
  const Child child{[&] {
    if (::vfork() == 0) {
      read_byte(pipe.read);
      ::_exit(0);
    }
  }};
  until([&] {
    const std::string text = witness::find_activity(child.supervisor()).text();
    return text.find("espera dentro del núcleo") != std::string::npos &&
           text.find("espera en read") != std::string::npos;
  });
  EXPECT_FALSE(ever_silent(child, 20));
}

// Abrir una tubería con nombre espera a que alguien abra el otro extremo: de las llamadas que no conoce, el testigo no
// opina.
TEST_F(Quiescence, IsNotProvenInAnUnknownCall) {
  const TempFolder folder;
  const std::string fifo = folder.path() / "tubería";
  kit::check("mkfifo", ::mkfifo(fifo.c_str(), 0600));
  const Child child{[&] { ::close(::open(fifo.c_str(), O_RDONLY | O_CLOEXEC)); }};
  const Finding finding = child.rest();
  EXPECT_EQ(finding.activity, Activity::opaque);
  EXPECT_EQ(finding.text(), "espera en llamada al sistema " + std::to_string(SYS_openat) + "()");
}

// Lo que no es de este usuario no se deja ver; root sí lo ve.
TEST_F(Quiescence, IsNotProvenInAProcessThatCannotBeSeen) {
  if (::geteuid() == 0) GTEST_SKIP() << "root lo ve todo";
  const Child child{[] {
    ::prctl(PR_SET_DUMPABLE, 0);
    ::pause();
  }};
  until([&] { return witness::find_activity(child.supervisor()).activity == Activity::opaque; });
  EXPECT_EQ(child.rest().text(), "duerme, y el núcleo no deja ver en qué llamada");
}

TEST_F(Quiescence, IsNotProvenInIoUring) {
  io_uring_params parameters{};
  const kit::Descriptor ring{static_cast<int>(::syscall(SYS_io_uring_setup, 4, &parameters))};
  if (!ring.is_open()) GTEST_SKIP() << "aquí no hay io_uring";
  const Child entered{[&] { ::syscall(SYS_io_uring_enter, ring.get(), 0, 1, IORING_ENTER_GETEVENTS, nullptr, 0); }};
  EXPECT_EQ(activity_of(entered), Activity::opaque);
  const Child polling{[&] {
    pollfd entry{ring.get(), POLLIN, 0};
    ::poll(&entry, 1, -1);
  }};
  EXPECT_EQ(activity_of(polling), Activity::opaque);
}

// ---- Lo que ya ha llegado ---------------------------------------------------

// Un hilo dormido en un descriptor que tiene algo: solo se ve en el instante en que lo están despertando. Aquí se hace
// durar: el hilo espera en una conexión, y otro hilo pone en su número otra que ya tiene un byte.
TEST_F(Quiescence, IsNotWaitingForWhatIsAlreadyThere) {
  const Connection empty;
  const Connection full;
  ASSERT_TRUE(write_byte(full.client));
  const Connection closed;
  kit::check("shutdown", ::shutdown(closed.client.get(), SHUT_WR));
  const Connection queued;
  const kit::Descriptor extra = make_socket(AF_INET, SOCK_STREAM);
  kit::check("connect", connect_to(extra, queued.listener));
  for (const kit::Descriptor* ready : {&full.server, &closed.server, &queued.listener}) {
    const Child child{[&] {
      std::thread reader{[&] { read_byte(empty.server); }};
      until([&] {
        witness::Process self;
        return witness::look_at(::getpid(), self) && self.threads.size() == 2 && self.threads[1].blocked.call == "read";
      });
      ::dup2(ready->get(), empty.server.get());
      ::pause();
    }};
    until([&] {
      return witness::socket_inode(child.pid(), empty.server.get()) == witness::socket_inode(child.pid(), ready->get());
    });
    EXPECT_FALSE(ever_silent(child, 20));
    const Without without{Capability::pidfd_getfd};
    EXPECT_FALSE(ever_silent(child, 5));
    const Without nor{Capability::sock_diag};
    EXPECT_FALSE(ever_silent(child, 2));
  }
}

// Con EPOLLET o EPOLLONESHOT, el aviso de lo que queda sin leer ya se dio: no habrá otro hasta que llegue algo más.
TEST_F(Quiescence, HoldsForBytesThatNobodyWillBeToldAbout) {
  for (const unsigned once : {EPOLLET, EPOLLONESHOT}) {
    const Connection connection;
    const kit::Descriptor epoll{kit::check("epoll_create1", ::epoll_create1(EPOLL_CLOEXEC))};
    epoll_event event{EPOLLIN | once, {}};
    kit::check("epoll_ctl", ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, connection.server.get(), &event));
    ASSERT_EQ(::send(connection.client.get(), "hola", 4, 0), 4);
    const Child child{[&] {
      epoll_event happened{};
      while (::epoll_wait(epoll.get(), &happened, 1, -1) == 1) read_byte(connection.server);
    }};
    until([&] {
      return witness::find_tcp(local_of(connection.server), local_of(connection.client))->receive_queue == 3;
    });
    EXPECT_EQ(activity_of(child), Activity::quiescent);
    const Without without{Capability::pidfd_getfd};
    EXPECT_EQ(activity_of(child), Activity::quiescent);
  }
}

// Esperar más bytes de los que hay (SO_RCVLOWAT) es esperar, aunque haya algo.
TEST_F(Quiescence, HoldsForFewerBytesThanTheProgramWants) {
  if (!witness::available(Capability::pidfd_getfd))
    GTEST_SKIP() << "sin pidfd_getfd no se prueba: hay bytes en la cola";
  const Connection connection;
  const int wanted = 100;
  kit::check("setsockopt", ::setsockopt(connection.server.get(), SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted));
  ASSERT_TRUE(write_byte(connection.client));
  const Child child{[&] {
    std::array<char, 200> buffer{};
    [[maybe_unused]] const ssize_t count = ::read(connection.server.get(), buffer.data(), buffer.size());
  }};
  EXPECT_EQ(activity_of(child), Activity::quiescent);
}

// ---- Esperarse los unos a los otros -----------------------------------------

// Cómo se pasan el turno dos que se esperan: lo que hace cada uno para esperarlo y para darlo.
struct Channel {
  const char* name;
  std::function<Pair()> make;
};
void PrintTo(const Channel& channel, std::ostream* out) { *out << channel.name; }

class Relays : public WithProof<testing::TestWithParam<Channel>> {
protected:
  const Pair pair_ = GetParam().make();
};

TEST_P(Relays, AreSilentIfEachWaitsForTheOther) {
  const Child child{[&] {
    spawn([&] { read_byte(pair_.b); });
    read_byte(pair_.a);
  }};
  until([&] { return child.rest().processes.size() == 2; });
  EXPECT_EQ(activity_of(child), Activity::quiescent) << "un interbloqueo";
}

TEST_P(Relays, AreNotSilentWhileOneIsAwake) {
  const Child child{[&] {
    spawn([&] { spin(); });
    read_byte(pair_.a);
  }};
  EXPECT_FALSE(ever_silent(child));
}

// En cada instante uno duerme y el otro no: dos miradas sueltas los verían dormidos a los dos.
TEST_P(Relays, AreNeverSilentWhileTheTurnGoesRound) {
  const Child child{[&] {
    spawn([&] {
      while (read_byte(pair_.b) && write_byte(pair_.b)) {
      }
    });
    do {
      write_byte(pair_.a);
    } while (read_byte(pair_.a));
  }};
  EXPECT_FALSE(ever_silent(child, 500));
  const Without without{Capability::pidfd_getfd};
  EXPECT_FALSE(ever_silent(child, 20));
}

// El turno pasa también por poll(), que no lee.
TEST_P(Relays, AreNeverSilentInPollEither) {
  const Child child{[&] {
    const auto poll_on = [](const kit::Descriptor& descriptor) {
      pollfd entry{descriptor.get(), POLLIN, 0};
      return ::poll(&entry, 1, -1) == 1;
    };
    std::thread other{[&] {
      while (poll_on(pair_.b) && read_byte(pair_.b) && write_byte(pair_.b)) {
      }
    }};
    do {
      write_byte(pair_.a);
    } while (poll_on(pair_.a) && read_byte(pair_.a));
  }};
  EXPECT_FALSE(ever_silent(child, 500));
}

INSTANTIATE_TEST_SUITE_P(Through, Relays, testing::Values(Channel{"unix", unix_pair}, Channel{"tcp", tcp_pair}),
                         [](const auto& one) { return one.param.name; });

TEST_F(Quiescence, IsNeverSeenInARelayOfThreads) {
  const Child child{[] {
    std::mutex mutex;
    std::condition_variable changed;
    int turn = 0;
    const auto play = [&](int mine) {
      for (std::unique_lock lock{mutex};; changed.notify_all()) {
        changed.wait(lock, [&] { return turn == mine; });
        turn = 1 - mine;
      }
    };
    std::thread{play, 1}.detach();
    play(0);
  }};
  EXPECT_FALSE(ever_silent(child, 500));
}

// El reloj despierta a uno, que despierta al otro y vuelve a dormirse en lo mismo que él: hay que ver a los dos en el
// mismo instante para no creer que ninguno tiene límite.
TEST_F(Quiescence, IsNeverSeenInARelayThatTheClockStarts) {
  const Child child{[] {
    std::mutex mutex;
    std::condition_variable changed;
    int turn = 0;
    std::thread{[&] {
      for (std::unique_lock lock{mutex};; changed.notify_all()) {
        changed.wait(lock, [&] { return turn == 1; });
        turn = 0;
      }
    }}.detach();
    for (std::unique_lock lock{mutex};;) {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::microseconds{50});
      lock.lock();
      turn = 1;
      changed.notify_all();
      changed.wait(lock, [&] { return turn == 0; });
    }
  }};
  EXPECT_FALSE(ever_silent(child, 500));
}

// El temporizador se para al dispararse: mirarlo después de probar que el hilo dormía sería mirarlo tarde.
TEST_F(Quiescence, IsNeverSeenInAProgramThatATimerWakes) {
  const kit::Descriptor timer{kit::check("timerfd_create", ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC))};
  const Child child{[&] {
    for (std::uint64_t ticks = sizeof ticks; ticks > 0;) {
      const itimerspec once{{0, 0}, {0, 100'000}};
      ::timerfd_settime(timer.get(), 0, &once, nullptr);
      pollfd entry{timer.get(), POLLIN, 0};
      ::poll(&entry, 1, -1);
      if (::read(timer.get(), &ticks, sizeof ticks) != sizeof ticks) return;
    }
  }};
  EXPECT_FALSE(ever_silent(child, 2000));
}

TEST_F(Quiescence, IsNeverSeenWhileChildrenAreBornAndDie) {
  const Child child{[] {
    for (;;) {
      spawn([] {});
      ::wait(nullptr);
    }
  }};
  EXPECT_FALSE(ever_silent(child, 500));
  const Without without{Capability::children_file};
  EXPECT_FALSE(ever_silent(child, 50));
}

// Cada proceso crea el siguiente y muere: nunca hay uno que dure.
TEST_F(Quiescence, IsNeverSeenInAProgramThatRunsFromProcessToProcess) {
  if (!witness::available(Capability::children_file)) GTEST_SKIP() << "recorriendo /proc se puede escapar";
  const Child child{[] {
    const std::function<void()> hop = [&hop] {
      if (::fork() == 0) hop();
    };
    hop();
  }};
  for (int i = 0; i < 500; ++i) {
    const Activity activity = witness::find_activity(child.supervisor()).activity;
    ASSERT_TRUE(activity == Activity::active) << "mirada " << i;
  }
}

TEST_F(Quiescence, IsNeverSeenInARelayOfSignals) {
  const Child child{[] {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    const auto pass_on = [&set](pid_t other) {
      for (int number = 0; ::sigwait(&set, &number) == 0;) ::kill(other, SIGUSR1);
    };
    const pid_t parent = ::getpid();
    const pid_t other = spawn([&] { pass_on(parent); });
    ::kill(other, SIGUSR1);
    pass_on(other);
  }};
  EXPECT_FALSE(ever_silent(child, 500));
}

// ---- Peticiones y respuestas ------------------------------------------------

// Un servidor que responde con cada byte que le llega; el silencio solo es verdad cuando ya ha respondido a todos.
struct Server {
  const char* name;
  int exchanges;
  std::function<void(const kit::Descriptor&)> serve;
};
void PrintTo(const Server& server, std::ostream* out) { *out << server.name; }

void echo(const kit::Descriptor& connection) {
  while (read_byte(connection) && write_byte(connection)) {
  }
}

// Un hilo lee, y otro responde.
void echo_between_threads(const kit::Descriptor& connection) {
  std::mutex mutex;
  std::condition_variable changed;
  int pending = 0;
  std::thread answerer{[&] {
    for (std::unique_lock lock{mutex};;) {
      changed.wait(lock, [&] { return pending > 0; });
      --pending;
      write_byte(connection);
    }
  }};
  while (read_byte(connection)) {
    const std::lock_guard lock{mutex};
    ++pending;
    changed.notify_one();
  }
}

// Un proceso lee, y otro responde, por una conexión del propio programa.
void echo_between_processes(const kit::Descriptor& connection) {
  const Pair inner = tcp_pair();
  spawn([&] {
    while (read_byte(inner.b) && write_byte(connection)) {
    }
  });
  while (read_byte(connection) && write_byte(inner.a)) {
  }
}

// Un proceso por respuesta.
void echo_by_children(const kit::Descriptor& connection) {
  while (read_byte(connection)) {
    spawn([&] { write_byte(connection); });
    ::wait(nullptr);
  }
}

using Exchanges = WithProof<testing::TestWithParam<Server>>;

TEST_P(Exchanges, AreNeverTakenForSilenceBeforeTheReply) {
  const Child hog{spin};
  const Child another_hog{spin};
  const Connection connection;
  const Child server{[&] { GetParam().serve(connection.server); }};
  const auto replied = [&] {
    char byte = 0;
    return ::recv(connection.client.get(), &byte, 1, MSG_DONTWAIT) == 1;
  };
  int proofs = 0;
  for (int exchange = 0; exchange < GetParam().exchanges; ++exchange) {
    ASSERT_TRUE(write_byte(connection.client));
    for (bool answered = replied(); !answered; answered = replied()) {
      const Finding finding = witness::find_activity(server.supervisor());
      if (finding.activity != Activity::quiescent) continue;
      ++proofs;
      ASSERT_TRUE(replied()) << "silencio falso en el intercambio " << exchange << ": " << finding.text();
      break;
    }
  }
  EXPECT_EQ(activity_of(server), Activity::quiescent);
  EXPECT_FALSE(replied());
  RecordProperty("proofs", proofs);
}

INSTANTIATE_TEST_SUITE_P(With, Exchanges,
                         testing::Values(Server{"one_process", 3000, echo},
                                         Server{"two_threads", 50, echo_between_threads},
                                         Server{"two_processes", 50, echo_between_processes},
                                         Server{"a_process_per_reply", 50, echo_by_children}),
                         [](const auto& one) { return one.param.name; });

// Lo que hay en una tubería no se puede mirar desde fuera sin pidfd_getfd, ni hace falta: write() despierta a quien lee
// antes de volver, y un hilo despierto ya no duerme.
TEST_F(Quiescence, IsNeverSeenBeforeTheReplyThroughPipesThatCannotBeBorrowed) {
  const Without without{Capability::pidfd_getfd};
  const Pipe requests;
  const Pipe replies;
  kit::check("fcntl", ::fcntl(replies.read.get(), F_SETFL, O_NONBLOCK));
  const Child hog{spin};
  const Child another_hog{spin};
  const Child server{[&] {
    while (read_byte(requests.read) && write_byte(replies.write)) {
    }
  }};
  for (int exchange = 0; exchange < 2000; ++exchange) {
    ASSERT_TRUE(write_byte(requests.write));
    while (!read_byte(replies.read)) {
      if (witness::find_activity(server.supervisor()).activity != Activity::quiescent) continue;
      ASSERT_TRUE(read_byte(replies.read)) << "silencio falso en el intercambio " << exchange;
      break;
    }
  }
}

// ---- Cómo se cuenta ---------------------------------------------------------

TEST_F(Quiescence, IsToldInOneSentence) {
  const Pipe pipe;
  const std::string call = "read(" + std::to_string(pipe.read.get()) + ')';
  const Child alone{[&] { read_byte(pipe.read); }};
  EXPECT_EQ(alone.rest().text(), "espera en " + call);

  const Child family{[&] {
    spawn([&] { read_byte(pipe.read); });
    ::wait(nullptr);
  }};
  Finding finding;
  until([&] {
    finding = family.rest();
    return finding.processes.size() == 2;
  });
  EXPECT_EQ(finding.text(), "el proceso " + std::to_string(family.pid()) + " espera en waitpid(); el proceso " +
                                std::to_string(finding.processes[1].pid) + " espera en " + call);

  const Child threads{[&] { std::thread{[&] { read_byte(pipe.read); }}.join(); }};
  until([&] {
    finding = threads.rest();
    return finding.processes[0].threads.size() == 2;
  });
  EXPECT_EQ(finding.text(), "(hilo " + std::to_string(threads.pid()) + ") espera en futex(); (hilo " +
                                std::to_string(finding.processes[0].threads[1].tid) + ") espera en " + call);
}

}  // namespace
