// Dos búsquedas, una por familia, FD_CLOEXEC con fcntl() y la conversación escrita como una función por orden.
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "lab3.hpp"
#include "programs/conversation.hpp"

namespace lab3 {
namespace {

// Libera la lista al salir del bloque.
struct List {
  addrinfo* head = nullptr;
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    if (head != nullptr) ::freeaddrinfo(head);
  }
};

class Talk {
public:
  Talk(int server, std::istream& user, std::ostream& screen)
      : server_{server}, replies_{server}, user_{user}, screen_{screen} {}

  // Devuelve false cuando el servidor se despide.
  bool command(const std::string& line) {
    kit::send_all(server_, line + "\n");
    if (line == "DATA") data();
    const std::string first = shown_line();
    if (first == "400 BCMD") shown_line();
    return first != "200 BYE";
  }

private:
  void data() {
    screen_ << "Input data to send: " << std::flush;
    std::string line;
    if (!std::getline(user_, line)) throw std::runtime_error{"faltan los datos"};
    kit::send_all(server_, line + "\n");
  }

  std::string shown_line() {
    auto line = replies_.receive_line();
    if (!line) throw std::runtime_error{"el servidor ha cerrado"};
    screen_ << *line << std::endl;
    return *line;
  }

  int server_;
  kit::LineReader replies_;
  std::istream& user_;
  std::ostream& screen_;
};

}  // namespace

kit::Descriptor connect_to(const std::string& host, const std::string& service) {
  int resolution_error = 0;
  int connection_error = 0;
  for (const int family : {AF_INET6, AF_INET}) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    List list;
    if (const int error = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &list.head); error != 0) {
      if (resolution_error == 0 || family == AF_INET) resolution_error = error;
      continue;
    }
    for (const addrinfo* one = list.head; one != nullptr; one = one->ai_next) {
      kit::Descriptor fd{::socket(one->ai_family, one->ai_socktype, one->ai_protocol)};
      if (fd.is_open() && ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) == 0 &&
          ::connect(fd.get(), one->ai_addr, one->ai_addrlen) == 0)
        return fd;
      connection_error = errno;
    }
  }
  if (connection_error != 0) throw std::system_error{connection_error, std::generic_category(), "connect"};
  throw std::runtime_error{std::string{"getaddrinfo: "} + ::gai_strerror(resolution_error)};
}

void converse(int server, std::istream& user, std::ostream& screen) {
  Talk talk{server, user, screen};
  std::string line;
  while (std::getline(user, line)) {
    if (!talk.command(line)) return;
  }
  throw std::runtime_error{"sin QUIT no hay despedida"};
}

}  // namespace lab3
