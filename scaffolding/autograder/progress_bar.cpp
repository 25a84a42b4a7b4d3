#include "autograder/progress_bar.hpp"

#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace autograder {

namespace {
constexpr std::size_t width = 24;
constexpr std::size_t parts = 10;
}  // namespace

std::string duration_text(double seconds) {
  const long whole = std::lround(seconds);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

ProgressBar::ProgressBar(std::ostream& stream, bool terminal, std::size_t total)
    : stream_{stream}, terminal_{terminal}, total_{total} {}

void ProgressBar::advance(std::chrono::duration<double> elapsed) {
  ++done_;
  if (terminal_) return refresh(elapsed);
  const std::size_t part = done_ * parts / total_;
  if (part == told_) return;
  told_ = part;
  stream_ << text(elapsed.count()) << std::endl;  // a un archivo, también llega en el acto
}

void ProgressBar::refresh(std::chrono::duration<double> elapsed) {
  if (!terminal_) return;
  const std::size_t full = done_ * width / total_;
  std::string bar = "\r\x1b[K";
  for (std::size_t i = 0; i < width; ++i) bar += i < full ? "█" : "░";
  stream_ << bar << ' ' << text(elapsed.count()) << std::flush;
}

void ProgressBar::clear() {
  if (terminal_) stream_ << "\r\x1b[K" << std::flush;
}

std::string ProgressBar::text(double seconds) const {
  std::ostringstream text;
  text << done_ << '/' << total_;
  if (done_ == 0 || seconds <= 0) return text.str();
  const double rate = static_cast<double>(done_) / seconds;
  std::ostringstream shown;
  shown << std::fixed << std::setprecision(1) << rate * 60;
  std::string number = shown.str();
  number.replace(number.find('.'), 1, ",");
  text << " · " << number << " por minuto";
  if (done_ < total_) text << " · quedan " << duration_text(static_cast<double>(total_ - done_) / rate);
  return text.str();
}

}  // namespace autograder
