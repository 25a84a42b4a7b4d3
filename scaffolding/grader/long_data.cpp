#include "grader/long_data.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "grader/text.hpp"

namespace grader {

std::string unrepeated_bytes(std::size_t count, std::size_t from) {
  std::string bytes(count, '\0');
  for (std::size_t at = 0; at < count; at += sizeof(std::uint64_t)) {
    // Multiplicar por un impar y mezclar los bits se puede deshacer: dos números distintos no dan nunca el mismo.
    std::uint64_t value = (from + at + 1) * 0x9e3779b97f4a7c15;
    value ^= value >> 29;
    value *= 0xbf58476d1ce4e5b9;
    value ^= value >> 32;
    std::memcpy(bytes.data() + at, &value, std::min(sizeof value, count - at));
  }
  return bytes;
}

std::string unrepeated_text(std::size_t count) {
  std::string text = unrepeated_bytes(count);
  for (char& byte : text) byte = static_cast<char>('a' + static_cast<unsigned char>(byte) % 26);
  return text;
}

std::string origin_of(std::string_view expected, std::size_t place, std::string_view rest) {
  constexpr std::size_t evidence = 8;  // menos bytes podrían coincidir por casualidad
  if (rest.size() < evidence || place == expected.size()) return {};
  const std::size_t origin = expected.find(rest.substr(0, 64));
  if (origin == std::string_view::npos) return {};
  if (origin < place) return "los bytes desde el " + grouped(origin) + " llegan otra vez: ya se habían enviado";
  return "se ha perdido algo: " + bytes_text(origin - place) + " tras los primeros " + grouped(place);
}

std::size_t equal_bytes(std::string_view expected, std::string_view got) {
  const std::size_t common = std::min(expected.size(), got.size());
  if (std::memcmp(expected.data(), got.data(), common) == 0) return common;
  return static_cast<std::size_t>(
      std::mismatch(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(common), got.begin()).first -
      expected.begin());
}

}  // namespace grader
