#include "autograder/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace autograder {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error{"la biblioteca criptográfica no sabe hacer un SHA-256"};
  static constexpr std::string_view digits{"0123456789abcdef"};
  std::string hexadecimal;
  for (unsigned i = 0; i < size; ++i) {
    hexadecimal += digits[digest[i] >> 4U];
    hexadecimal += digits[digest[i] & 15U];
  }
  return hexadecimal;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw std::system_error{errno, std::generic_category(), file.string()};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace autograder
