// Sin dueños ni excepciones: sigaction() y ppoll(), IPv6 e IPv4 a la vez, read() y write(), LF y un registro.
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "lab6.hpp"
#include "protocol/protocol.hpp"

namespace lab6 {
namespace {

volatile sig_atomic_t stop;
sigset_t unblocked;

void on_signal(int) { stop = 1; }

bool wait_for(int fd, short events) {
  struct pollfd one = {fd, events, 0};
  while (!stop && ppoll(&one, 1, nullptr, &unblocked) < 0 && errno == EINTR) {
  }
  return !stop;
}

bool put(int fd, const char* text) {
  size_t left = strlen(text);
  while (left > 0) {
    if (!wait_for(fd, POLLOUT)) return false;
    const ssize_t count = write(fd, text, left);
    if (count < 0) return false;
    text += count;
    left -= static_cast<size_t>(count);
  }
  return true;
}

// false: la conversación ha terminado.
bool take(int fd, char byte, std::string& line, bool& data) {
  if (byte != '\n') {
    line += byte;
    if (line.size() <= protocol::max_line) return true;
    put(fd, "400 BCMD\nCommand-description: Bad command\n");
    return false;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  const std::string whole = line;
  line.clear();
  if (data) {
    data = false;
    return put(fd, "300 DRCV\n");
  }
  if (whole == "DATA") {
    data = true;
    return true;
  }
  if (whole == "QUIT") {
    put(fd, "200 BYE\n");
    return false;
  }
  return put(fd, whole == "HELO" ? "100 OK\n" : "400 BCMD\nCommand-description: Bad command\n");
}

void talk(int fd) {
  std::string line;
  bool data = false;
  char bytes[100];
  while (wait_for(fd, POLLIN)) {
    const ssize_t count = read(fd, bytes, sizeof bytes);
    if (count <= 0) return;
    for (ssize_t i = 0; i < count; i++) {
      if (!take(fd, bytes[i], line, data)) return;
    }
  }
}

}  // namespace

int run_server(std::uint16_t port) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &unblocked);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGTERM, &action, nullptr);

  int family = AF_INET6;
  int listener = socket(AF_INET6, SOCK_STREAM, 0);
  if (listener < 0) listener = socket(family = AF_INET, SOCK_STREAM, 0);
  if (listener < 0) throw std::system_error(errno, std::generic_category(), "socket");
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in6 six;
  memset(&six, 0, sizeof six);
  six.sin6_family = AF_INET6;
  six.sin6_addr = in6addr_any;
  six.sin6_port = htons(port);
  struct sockaddr_in four;
  memset(&four, 0, sizeof four);
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  const int bound = family == AF_INET6 ? bind(listener, reinterpret_cast<struct sockaddr*>(&six), sizeof six)
                                       : bind(listener, reinterpret_cast<struct sockaddr*>(&four), sizeof four);
  if (bound < 0 || listen(listener, 5) < 0) {
    const int error = errno;
    close(listener);
    throw std::system_error(error, std::generic_category(), "bind o listen");
  }
  while (wait_for(listener, POLLIN)) {
    const int client = accept(listener, nullptr, nullptr);
    if (client < 0) continue;
    fprintf(stderr, "llega un cliente\n");
    talk(client);
    fprintf(stderr, "se va un cliente\n");
    close(client);
  }
  close(listener);
  return 0;
}

}  // namespace lab6
