// El programa del laboratorio 1.
//
//   lab1                    consola: «create DOMINIO TIPO» llama a lab1::create_socket(), y «close N», a
//   lab1::close_socket() lab1 serve HOST PUERTO  un servidor, de un cliente cada vez, sobre un socket de
//   lab1::create_socket()
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <iostream>
#include <map>
#include <stdexcept>
#include <vector>

#include "lab1.hpp"
#include "programs/console.hpp"
#include "programs/conversation.hpp"
#include "programs/kit.hpp"

namespace {

// «AF_INET», o directamente un número.
int number_of(const std::string& name, const std::map<std::string, int>& names) {
  const auto found = names.find(name);
  return found != names.end() ? found->second : std::stoi(name);
}

std::string answer(std::istream& words) {
  std::string order, first, second;
  words >> order >> first >> second;
  if (order == "create") {
    const int fd =
        lab1::create_socket(number_of(first, {{"AF_INET", AF_INET}, {"AF_INET6", AF_INET6}, {"AF_UNIX", AF_UNIX}}),
                            number_of(second, {{"SOCK_STREAM", SOCK_STREAM}, {"SOCK_DGRAM", SOCK_DGRAM}}));
    return "descriptor " + std::to_string(fd);
  }
  if (order == "close") {
    lab1::close_socket(std::stoi(first));
    return "cerrado";
  }
  throw std::invalid_argument{"no conozco la orden «" + order + "»: son «create DOMINIO TIPO» y «close N»"};
}

int serve(const std::string& host, const std::string& port) {
  const int listener = lab1::create_socket(AF_INET, SOCK_STREAM);
  std::cout << "descriptor " << listener << std::endl;

  // Lo que sigue es el laboratorio 2.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::invalid_argument{"no es una dirección IPv4: " + host};
  kit::check("bind", ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener, SOMAXCONN));
  for (;;) {
    const int connection = kit::check("accept", ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    kit::serve_client(connection);
    lab1::close_socket(connection);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  return kit::run_program([&] {
    if (arguments.empty()) return kit::run_console(answer);
    if (arguments.size() == 3 && arguments[0] == "serve") return serve(arguments[1], arguments[2]);
    throw std::invalid_argument{"uso: lab1 [serve HOST PUERTO]"};
  });
}
