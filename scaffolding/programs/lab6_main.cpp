// El programa del laboratorio 6, un servidor: lab6 PUERTO
#include <charconv>
#include <stdexcept>
#include <string_view>

#include "lab6.hpp"
#include "programs/console.hpp"

namespace {

std::uint16_t to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument{"no es un puerto, de 0 a 65535: " + std::string{text}};
  }
  return port;
}

}  // namespace

int main(int argc, char** argv) {
  return kit::run_program([&] {
    if (argc != 2) throw std::invalid_argument{"uso: lab6 PUERTO"};
    return lab6::run_server(to_port(argv[1]));
  });
}
