#include "programs/console.hpp"

#include <charconv>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace kit {
namespace {

std::string description(const std::exception& error) {
  std::string text = std::string{"error: "} + error.what();
  if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
    text += " (errno " + std::to_string(system->code().value()) + ')';
  }
  return text;
}

}  // namespace

int run_program(const std::function<int()>& work) try { return work(); } catch (const std::exception& error) {
  std::cerr << description(error) << '\n';
  return 1;
}

std::uint16_t to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument{"no es un puerto, de 0 a 65535: " + std::string{text}};
  }
  return port;
}

int run_console(const std::function<std::string(std::istream& words)>& answer) {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words{line};
    std::string reply;
    try {
      reply = answer(words);
    } catch (const std::exception& error) {
      reply = description(error);
    }
    std::cout << reply << std::endl;  // cada respuesta, en cuanto está
  }
  return 0;
}

std::string OpenDescriptors::keep(Descriptor descriptor) {
  kept_.push_back(std::move(descriptor));
  return "descriptor " + std::to_string(kept_.back().get());
}

Descriptor& OpenDescriptors::last(const char* if_empty) {
  if (kept_.empty()) throw std::logic_error{if_empty};
  return kept_.back();
}

Descriptor OpenDescriptors::take_last(const char* if_empty) {
  Descriptor taken = std::move(last(if_empty));
  kept_.pop_back();
  return taken;
}

}  // namespace kit
