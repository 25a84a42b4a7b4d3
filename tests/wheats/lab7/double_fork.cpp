// Doble fork(): nadie deja zombis al padre, que sabe por una tubería cuándo han acabado todos. Los hilos anuncian su
// fin por otra, y es el principal quien los espera, cierra y cuenta: no comparten nada, y no hay mutex.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <map>

#include "lab7.hpp"
#include "programs/conversation.hpp"
#include "programs/reception.hpp"

namespace lab7 {
namespace {

struct Pipe {
  kit::Descriptor reader;
  kit::Descriptor writer;

  Pipe() {
    std::array<int, 2> ends{};
    kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
    reader = kit::Descriptor{ends[0]};
    writer = kit::Descriptor{ends[1]};
  }
};

class Entrance {
public:
  explicit Entrance(std::uint16_t port) : listener{kit::open_listener(port)} {}

  kit::Descriptor next() {
    kit::Descriptor client{::accept(listener.get(), nullptr, nullptr)};
    if (client.is_open() || (errno != EMFILE && errno != ENFILE)) return client;
    spare_ = kit::Descriptor{};
    ::close(::accept(listener.get(), nullptr, nullptr));
    spare_ = kit::Descriptor{::dup(STDERR_FILENO)};
    return client;
  }

  kit::Descriptor listener;

private:
  kit::Descriptor spare_{::dup(STDERR_FILENO)};
};

// Lo que hace el hijo: dejar un nieto, que no es de nadie, y terminar.
[[noreturn]] void leave_grandchild(int client, kit::Signals& signals, Entrance& entrance, Pipe& lives) {
  const pid_t grandchild = ::fork();
  if (grandchild == -1) ::_exit(1);
  if (grandchild > 0) ::_exit(0);
  signals.release();
  entrance.listener.reset();
  lives.reader.reset();
  kit::serve_client(client);
  ::_exit(0);
}

struct Talk {
  pthread_t thread{};
  int connection = -1;
  int announcements = -1;
};

void* serve(void* argument) {
  const Talk& talk = *static_cast<Talk*>(argument);
  kit::serve_client(talk.connection);
  [[maybe_unused]] const ssize_t written = ::write(talk.announcements, &talk.connection, sizeof talk.connection);
  return nullptr;
}

void finish(Talk& talk) {
  ::pthread_join(talk.thread, nullptr);
  ::close(talk.connection);
}

}  // namespace

long run_process_server(std::uint16_t port) {
  if (::getpgrp() != ::getpid()) kit::check("setpgid", ::setpgid(0, 0));  // los nietos serán de este grupo
  kit::Signals signals{SIGTERM};
  Entrance entrance{port};
  Pipe lives;  // los nietos tienen abierto el lado de escribir mientras viven
  long served = 0;
  while (signals.wait_with(entrance.listener.get()) == 0) {
    const kit::Descriptor client = entrance.next();
    if (!client.is_open()) continue;
    const pid_t child = ::fork();
    if (child == 0) leave_grandchild(client.get(), signals, entrance, lives);
    int status = -1;
    if (child > 0) ::waitpid(child, &status, 0);
    if (status == 0) {
      ++served;
    } else {
      std::cerr << "no se puede atender a un cliente\n";
    }
  }
  entrance.listener.reset();
  lives.writer.reset();
  ::kill(0, SIGTERM);  // a todo el grupo: este proceso la tiene bloqueada
  char nothing = 0;
  while (::read(lives.reader.get(), &nothing, 1) == -1 && errno == EINTR) {
  }
  return served;
}

long run_thread_server(std::uint16_t port) {
  struct sigaction action {};
  sigset_t usual;
  sigset_t only_sigterm;
  ::sigemptyset(&only_sigterm);
  ::sigaddset(&only_sigterm, SIGTERM);
  kit::check("pthread_sigmask", -::pthread_sigmask(SIG_BLOCK, &only_sigterm, &usual));
  static volatile std::sig_atomic_t ends = 0;
  action.sa_handler = [](int) { ends = 1; };
  kit::check("sigaction", ::sigaction(SIGTERM, &action, nullptr));

  Entrance entrance{port};
  const Pipe announcements;
  std::map<int, Talk> talks;
  long served = 0;
  for (;;) {
    std::array<pollfd, 2> watched{{{announcements.reader.get(), POLLIN, 0}, {entrance.listener.get(), POLLIN, 0}}};
    const int ready = ::ppoll(watched.data(), watched.size(), nullptr, &usual);  // solo aquí puede llegar SIGTERM
    if (ends != 0) break;
    if (ready == -1) continue;
    if (watched[0].revents != 0) {
      int finished = -1;
      kit::check("read", static_cast<int>(::read(announcements.reader.get(), &finished, sizeof finished)));
      finish(talks.at(finished));
      talks.erase(finished);
      ++served;
    }
    if (watched[1].revents == 0) continue;
    kit::Descriptor client = entrance.next();
    if (!client.is_open()) continue;
    Talk& talk = talks[client.get()];
    talk.connection = client.get();
    talk.announcements = announcements.writer.get();
    if (::pthread_create(&talk.thread, nullptr, serve, &talk) == 0) {
      [[maybe_unused]] const int kept = client.release();
    } else {
      talks.erase(client.get());
    }
  }
  entrance.listener.reset();
  for (const auto& [connection, talk] : talks) ::shutdown(connection, SHUT_RDWR);
  for (auto& [connection, talk] : talks) finish(talk);
  return served + static_cast<long>(talks.size());
}

}  // namespace lab7
