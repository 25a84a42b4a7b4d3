#include "autograder/outputs/csv.hpp"

#include <map>

#include "autograder/outputs/common.hpp"

namespace autograder {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

char find_separator(std::string_view text) {
  std::map<char, int> counts;
  bool quoted = false;
  for (const char byte : text) {
    if (byte == '"') quoted = !quoted;
    if (quoted) continue;
    if (byte == '\n' || byte == '\r') break;
    ++counts[byte];
  }
  char best = ',';
  for (const char separator : {';', '\t'}) {
    if (counts[separator] > counts[best]) best = separator;
  }
  return best;
}

// Lee la celda que empieza en un lugar.
CsvCell read_cell(std::string_view text, std::size_t begin, char separator) {
  CsvCell cell{{}, begin, begin};
  bool quoted = false;
  for (; cell.end < text.size(); ++cell.end) {
    const char byte = text[cell.end];
    if (quoted) {
      if (byte != '"') {
        cell.text += byte;
      } else if (cell.end + 1 < text.size() && text[cell.end + 1] == '"') {
        cell.text += text[cell.end++];
      } else {
        quoted = false;
      }
    } else if (byte == '"' && cell.text.empty()) {
      quoted = true;
    } else if (byte == separator || byte == '\n' || byte == '\r') {
      break;
    } else {
      cell.text += byte;
    }
  }
  return cell;
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell = "\"";
  if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos) cell += '\'';
  for (const char byte : clean(text, std::string::npos)) {
    if (byte == '"') cell += '"';
    cell += byte;
  }
  return cell + '"';
}

std::vector<std::vector<CsvCell>> read_csv(std::string_view text) {
  std::vector<std::vector<CsvCell>> table;
  std::size_t at = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  const char separator = find_separator(text.substr(at));
  while (at < text.size()) {
    if (text[at] == '\n' || text[at] == '\r') {
      ++at;
      continue;
    }
    std::vector<CsvCell>& row = table.emplace_back();
    row.push_back(read_cell(text, at, separator));
    while (row.back().end < text.size() && text[row.back().end] == separator) {
      row.push_back(read_cell(text, row.back().end + 1, separator));
    }
    at = row.back().end;
  }
  return table;
}

}  // namespace autograder
