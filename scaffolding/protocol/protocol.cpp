#include "protocol/protocol.hpp"

namespace protocol {

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::size_t lines_in_reply(std::string_view first_line) {
  return first_line == bad_command.substr(0, bad_command.find('\r')) ? 2 : 1;
}

std::string_view Session::reply_to(std::string_view line) {
  if (expects_data_) {
    expects_data_ = false;
    return received;
  }
  if (line == data) {
    expects_data_ = true;
    return {};
  }
  if (line == hello) return ok;
  if (line == quit) {
    finished_ = true;
    return bye;
  }
  return bad_command;
}

std::string Session::receive(std::string_view bytes) {
  std::string replies;
  while (!finished_ && !bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > max_line) {
      finished_ = true;
      line_.clear();
      return replies.append(bad_command);
    }
    if (end == std::string_view::npos) break;
    replies += reply_to(without_cr(line_));
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
  return replies;
}

}  // namespace protocol
