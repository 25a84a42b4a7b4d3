#include "programs/console.hpp"

#include <exception>
#include <iostream>
#include <sstream>
#include <system_error>

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

}  // namespace kit
