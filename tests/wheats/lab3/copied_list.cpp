// La lista se copia a un vector y se libera antes de conectar; las líneas se parten con recv() y un búfer propio.
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "lab3.hpp"

namespace lab3 {
namespace {

struct Destination {
  int family;
  int protocol;
  sockaddr_storage address;
  socklen_t size;
};

std::vector<Destination> destinations(const std::string& host, const std::string& service) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &list);
  if (error != 0) throw std::runtime_error{std::string{"getaddrinfo: "}.append(::gai_strerror(error))};
  std::vector<Destination> found;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    Destination& next = found.emplace_back(Destination{one->ai_family, one->ai_protocol, {}, one->ai_addrlen});
    std::memcpy(&next.address, one->ai_addr, one->ai_addrlen);
  }
  ::freeaddrinfo(list);
  return found;
}

class Server {
public:
  explicit Server(int fd) : fd_{fd} {}

  void tell(std::string text) const {
    text += '\n';
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t count = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count == -1) throw std::system_error{errno, std::generic_category(), "send"};
      sent += static_cast<std::size_t>(count);
    }
  }

  std::string line() {
    std::size_t end;
    while ((end = pending_.find('\n')) == std::string::npos) {
      std::array<char, 7> block;
      const ssize_t count = ::recv(fd_, block.data(), block.size(), 0);
      if (count == -1) throw std::system_error{errno, std::generic_category(), "recv"};
      if (count == 0) throw std::runtime_error{"fin de la conexión"};
      pending_.append(block.data(), static_cast<std::size_t>(count));
    }
    std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }

private:
  int fd_;
  std::string pending_;
};

}  // namespace

kit::Descriptor connect_to(const std::string& host, const std::string& service) {
  std::error_code error;
  for (const Destination& one : destinations(host, service)) {
    const int fd = ::socket(one.family, SOCK_STREAM | SOCK_CLOEXEC, one.protocol);
    if (fd == -1) {
      error = {errno, std::generic_category()};
      continue;
    }
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&one.address), one.size) == 0) return kit::Descriptor{fd};
    error = {errno, std::generic_category()};
    ::close(fd);
  }
  throw std::system_error{error, "connect"};
}

void converse(int server, std::istream& user, std::ostream& screen) {
  Server other{server};
  std::string line;
  while (std::getline(user, line)) {
    std::cerr << "[usuario] " << line << '\n';
    other.tell(line);
    if (line == "DATA") {
      screen << "Input data to send: " << std::flush;
      if (!std::getline(user, line)) break;
      other.tell(line);
    }
    const std::string reply = other.line();
    std::cerr << "[servidor] " << reply << '\n';
    screen << reply << std::endl;
    if (reply.starts_with("400")) screen << other.line() << std::endl;
    if (reply == "200 BYE") return;
  }
  throw std::runtime_error{"la entrada terminó sin QUIT"};
}

}  // namespace lab3
