#include "grader/mismatch.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "grader/long_data.hpp"
#include "grader/text.hpp"

namespace grader {
namespace {

constexpr std::size_t kept = 512;          // bytes a cada lado: más de los que caben en una línea
constexpr std::size_t plain_columns = 80;  // ancho de lo que no va a una terminal

// Un trozo de bytes, carácter a carácter.
struct Cell {
  std::string text;
  std::size_t start;  // byte en el que empieza
  std::size_t columns;
};

std::vector<Cell> cells_of(std::string_view bytes) {
  std::vector<Cell> cells;
  for (std::size_t at = 0; at < bytes.size();) {
    Shown shown = first_shown(bytes.substr(at));
    const std::size_t width = columns(shown.text);
    cells.push_back({std::move(shown.text), at, width});
    at += shown.bytes;
  }
  return cells;
}

using Place = std::vector<Cell>::const_iterator;

std::size_t width_of(Place first, Place last) {
  return std::accumulate(first, last, std::size_t{0},
                         [](std::size_t sum, const Cell& cell) { return sum + cell.columns; });
}

// El carácter que contiene un byte; el final, si no hay tantos.
Place cell_at(const std::vector<Cell>& cells, std::size_t byte, std::size_t size) {
  if (byte >= size) return cells.end();
  return std::prev(std::upper_bound(cells.begin(), cells.end(), byte,
                                    [](std::size_t at, const Cell& cell) { return at < cell.start; }));
}

// Una de las dos líneas, desde un byte y en estas columnas como mucho.
struct Line {
  std::vector<Cell> cells;
  std::size_t hidden_before;  // bytes que no están en cells
  std::size_t hidden_after;
  std::size_t size;  // los que son en total
  bool tells_size;

  [[nodiscard]] std::string text(std::size_t start, std::size_t width) const {
    auto cell = std::find_if(cells.begin(), cells.end(), [&](const Cell& one) { return one.start >= start; });
    const bool cut_before = hidden_before > 0 || start > 0;
    std::string text = cut_before ? "\"…" : "\"";
    for (std::size_t used = 0; cell != cells.end() && used + cell->columns <= width; ++cell) {
      text += cell->text;
      used += cell->columns;
    }
    const bool cut_after = cell != cells.end() || hidden_after > 0;
    text += cut_after ? "…\"" : "\"";
    return (cut_before || cut_after) && tells_size ? text + " (" + bytes_text(size) + ')' : text;
  }
};

}  // namespace

Mismatch::Mismatch(std::string_view expected, std::string_view observed, std::string where)
    : Mismatch{expected, equal_bytes(expected, observed), observed.substr(equal_bytes(expected, observed)),
               std::move(where)} {}

Mismatch::Mismatch(std::string_view expected, std::size_t place, std::string_view rest, std::string where)
    : place_{place},
      expected_size_{expected.size()},
      observed_size_{place + rest.size()},
      same_{expected.substr(place - std::min(place, kept), std::min(place, kept))},
      expected_{expected.substr(place, kept)},
      observed_{rest.substr(0, kept)},
      where_{std::move(where)} {}

Aligned Mismatch::aligned(std::size_t width) const {
  const auto line = [this](const std::string& from_here, std::size_t size, bool tells_size) {
    return Line{cells_of(same_ + from_here), place_ - same_.size(), size - place_ - from_here.size(), size, tells_size};
  };
  const Line wanted = line(expected_, expected_size_, true);
  const Line came = line(observed_, observed_size_, complete_);
  const auto wrong = cell_at(came.cells, same_.size(), same_.size() + observed_.size());
  const auto missed = cell_at(wanted.cells, same_.size(), same_.size() + expected_.size());

  const std::size_t longest =
      std::max(width_of(wanted.cells.begin(), wanted.cells.end()), width_of(came.cells.begin(), came.cells.end()));
  const bool whole = std::max({wanted.hidden_before, wanted.hidden_after, came.hidden_after}) == 0;
  std::size_t room = width - 2;  // las comillas
  auto start = came.cells.begin();
  if (!whole || longest > room) {
    const std::size_t told = columns(bytes_text(std::max(expected_size_, observed_size_))) + 5;  // « (…)» y dos «…»
    room -= std::min(room, told);
    const std::size_t tail = std::max(width_of(missed, wanted.cells.end()), width_of(wrong, came.cells.end()));
    const std::size_t lead = std::max(room / 2, room - std::min(room, tail));
    start = wrong;
    for (std::size_t used = 0; start != came.cells.begin() && used + std::prev(start)->columns <= lead; --start) {
      used += std::prev(start)->columns;
    }
  }
  const std::size_t from = start == came.cells.end() ? same_.size() : start->start;
  const bool cut_before = came.hidden_before > 0 || from > 0;

  std::string word = "aquí";
  if (observed_.empty()) {
    const std::size_t missing = expected_size_ - place_;
    const bool end_of_line = expected_ == "\n" || expected_ == "\r\n";
    word += end_of_line ? " falta el fin de línea" : (missing == 1 ? " falta " : " faltan ") + bytes_text(missing);
  } else {
    if (expected_.empty()) word = "desde aquí sobra";
    if (cut_before) word += ", tras " + bytes_text(place_) + (place_ == 1 ? " igual" : " iguales");
  }
  const std::size_t column = 1 + (cut_before ? 1 : 0) + width_of(start, wrong);
  const std::size_t word_width = columns(word) + 1;
  const bool on_the_left = column + 1 + word_width > width && column >= word_width;
  return {wanted.text(from, room), came.text(from, room),
          on_the_left ? std::string(column - word_width, ' ') + word + " ^" : std::string(column, ' ') + "^ " + word};
}

std::string Mismatch::expected_text() const {
  return (where_.empty() ? "" : where_ + ": ") + aligned(plain_columns).expected;
}

std::string Mismatch::observed_text() const {
  return aligned(plain_columns).observed + (after_.empty() ? "" : "; " + after_);
}

}  // namespace grader
