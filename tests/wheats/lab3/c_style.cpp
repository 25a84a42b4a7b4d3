// Sin dueños ni búfer: int, freeaddrinfo() en cada camino y read()/write() de byte en byte.
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "lab3.hpp"

namespace lab3 {

kit::Descriptor connect_to(const std::string& host, const std::string& service) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = PF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = 0;
  struct addrinfo* list;
  int error = getaddrinfo(host.c_str(), service.c_str(), &hints, &list);
  if (error) throw std::runtime_error(gai_strerror(error));

  int fd = -1;
  for (struct addrinfo* one = list; one; one = one->ai_next) {
    fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0) break;
    error = errno;
    if (fd >= 0) close(fd);
    fd = -1;
  }
  freeaddrinfo(list);
  if (fd < 0) throw std::system_error(error, std::generic_category(), "connect");
  return kit::Descriptor{fd};
}

namespace {

void write_line(int server, const std::string& line) {
  const std::string text = line + "\n";
  for (char byte : text) {
    if (write(server, &byte, 1) != 1) throw std::system_error(errno, std::generic_category(), "write");
  }
}

std::string read_line(int server) {
  std::string line;
  char byte;
  for (;;) {
    ssize_t count = read(server, &byte, 1);
    if (count < 0) throw std::system_error(errno, std::generic_category(), "read");
    if (count == 0) throw std::runtime_error("se acabó la conexión");
    if (byte == '\n') break;
    line += byte;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

}  // namespace

void converse(int server, std::istream& user, std::ostream& screen) {
  std::string line;
  while (getline(user, line)) {
    write_line(server, line);
    if (line == "DATA") {
      screen << "Input data to send: " << std::flush;
      if (!getline(user, line)) break;
      write_line(server, line);
    }
    const std::string reply = read_line(server);
    screen << reply << std::endl;
    if (reply.compare(0, 3, "400") == 0) screen << read_line(server) << std::endl;
    if (reply == "200 BYE") return;
  }
  throw std::runtime_error("falta QUIT");
}

}  // namespace lab3
