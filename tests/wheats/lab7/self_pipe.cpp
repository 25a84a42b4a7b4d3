// sigaction() con SA_RESTART y una tubería en la que escribe el manejador (self-pipe); hilos POSIX desligados y una
// variable de condición.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <memory>
#include <vector>

#include "lab7.hpp"
#include "programs/conversation.hpp"
#include "programs/reception.hpp"

namespace lab7 {
namespace {

volatile std::sig_atomic_t bell = -1;

void ring(int number) {
  const int saved = errno;
  const char byte = static_cast<char>(number);
  [[maybe_unused]] const ssize_t written = ::write(bell, &byte, 1);
  errno = saved;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  sigemptyset(&action.sa_mask);
  kit::check("sigaction", sigaction(number, &action, nullptr));
}

struct Pipe {
  kit::Descriptor reader;
  kit::Descriptor writer;

  Pipe() {
    std::array<int, 2> ends{};
    kit::check("pipe2", pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK));
    reader = kit::Descriptor{ends[0]};
    writer = kit::Descriptor{ends[1]};
    bell = ends[1];
  }
};

// La señal que ha llegado, o 0 si hay un cliente.
int next_event(const Pipe& pipe, int listener) {
  for (;;) {
    std::array<pollfd, 2> watched{{{pipe.reader.get(), POLLIN, 0}, {listener, POLLIN, 0}}};
    if (poll(watched.data(), watched.size(), -1) == -1) continue;  // EINTR: poll() no se reanuda, ni con SA_RESTART
    char number = 0;
    if (read(pipe.reader.get(), &number, 1) == 1) return number;
    if (watched[1].revents != 0) return 0;
  }
}

int accept_or_dismiss(int listener, int& spare) {
  const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (client == -1 && (errno == EMFILE || errno == ENFILE)) {
    close(spare);
    const int dismissed = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (dismissed != -1) close(dismissed);
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  return client;
}

// ---- Los hilos

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
std::vector<int> inside;
long served = 0;

void* serve(void* argument) {
  const std::unique_ptr<int> connection{static_cast<int*>(argument)};
  kit::serve_client(*connection);
  pthread_mutex_lock(&mutex);
  std::erase(inside, *connection);
  close(*connection);
  ++served;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&mutex);
  return nullptr;
}

void start(int client, const pthread_attr_t& detached) {
  auto argument = std::make_unique<int>(client);
  pthread_mutex_lock(&mutex);
  inside.push_back(client);
  pthread_t thread{};
  const int error = pthread_create(&thread, &detached, serve, argument.get());
  if (error == 0) {
    [[maybe_unused]] const int* owned_by_the_thread = argument.release();
  } else {
    std::cerr << "pthread_create: " << std::strerror(error) << '\n';
    inside.pop_back();
    close(client);
  }
  pthread_mutex_unlock(&mutex);
}

}  // namespace

long run_process_server(std::uint16_t port) {
  Pipe pipe;
  handle(SIGTERM, ring);
  handle(SIGCHLD, ring);
  kit::Descriptor listener = kit::open_listener(port);
  int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
  sigset_t both;
  sigset_t usual;
  sigemptyset(&both);
  sigaddset(&both, SIGTERM);
  sigaddset(&both, SIGCHLD);
  std::vector<pid_t> children;
  long count = 0;
  for (int event = 0; (event = next_event(pipe, listener.get())) != SIGTERM;) {
    if (event == SIGCHLD) {
      pid_t child = 0;
      while ((child = waitpid(-1, nullptr, WNOHANG)) > 0) count += static_cast<long>(std::erase(children, child));
      continue;
    }
    const int client = accept_or_dismiss(listener.get(), spare);
    if (client == -1) continue;
    sigprocmask(SIG_BLOCK, &both, &usual);  // que un hijo recién nacido no escriba en la tubería de su padre
    const pid_t child = fork();
    if (child == 0) {
      handle(SIGTERM, SIG_DFL);
      handle(SIGCHLD, SIG_DFL);
      sigprocmask(SIG_SETMASK, &usual, nullptr);
      listener.reset();
      pipe.reader.reset();
      pipe.writer.reset();
      close(spare);
      kit::serve_client(client);
      _exit(0);
    }
    sigprocmask(SIG_SETMASK, &usual, nullptr);
    if (child == -1) std::cerr << "fork: " << std::strerror(errno) << '\n';
    if (child != -1) children.push_back(child);
    close(client);
  }
  listener.reset();
  for (const pid_t child : children) kill(child, SIGTERM);
  for (const pid_t child : children) count += waitpid(child, nullptr, 0) == child ? 1 : 0;
  close(spare);
  return count;
}

long run_thread_server(std::uint16_t port) {
  const Pipe pipe;
  handle(SIGTERM, ring);
  kit::Descriptor listener = kit::open_listener(port);
  int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  while (next_event(pipe, listener.get()) != SIGTERM) {
    const int client = accept_or_dismiss(listener.get(), spare);
    if (client != -1) start(client, detached);
  }
  listener.reset();
  pthread_attr_destroy(&detached);
  pthread_mutex_lock(&mutex);
  for (const int connection : inside) shutdown(connection, SHUT_RDWR);
  while (!inside.empty()) pthread_cond_wait(&changed, &mutex);
  const long total = served;
  pthread_mutex_unlock(&mutex);
  close(spare);
  return total;
}

}  // namespace lab7
