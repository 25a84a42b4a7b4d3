#include "grader/text.hpp"

#include <algorithm>

namespace grader {

// Los bytes de continuación de UTF-8 no ocupan.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::vector<std::string> wrapped(const std::string& line, std::size_t width) {
  std::vector<std::string> parts;
  const std::size_t indent = line.find_first_not_of(' ');
  std::string rest = line;
  while (columns(rest) > width) {
    std::size_t cut = std::string::npos;
    for (std::size_t space = rest.find(' ', rest.find_first_not_of(' ')); space != std::string::npos;
         space = rest.find(' ', space + 1)) {
      if (columns(rest.substr(0, space)) > width) break;
      cut = space;
    }
    if (cut == std::string::npos) break;
    parts.push_back(rest.substr(0, cut));
    rest = std::string(indent, ' ') + rest.substr(cut + 1);
  }
  parts.push_back(rest);
  return parts;
}

}  // namespace grader
