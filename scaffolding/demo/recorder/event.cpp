#include "demo/recorder/event.hpp"

#include <ctime>

namespace demo {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::int64_t now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * second + time.tv_nsec;
}

}  // namespace

std::int64_t monotonic_now() { return now(CLOCK_MONOTONIC); }

std::int64_t realtime_offset() {
  // Entre las dos lecturas puede pasar algo: vale la más rápida de unas cuantas.
  std::int64_t offset = 0;
  std::int64_t best = second;
  for (int i = 0; i < 16; ++i) {
    const std::int64_t before = now(CLOCK_MONOTONIC);
    const std::int64_t real = now(CLOCK_REALTIME);
    const std::int64_t after = now(CLOCK_MONOTONIC);
    if (after - before >= best) continue;
    best = after - before;
    offset = real - (before + after) / 2;
  }
  return offset;
}

Event make_event(std::int64_t time, const std::string& actor, const std::string& kind) {
  return Event{{"t", time}, {"actor", actor}, {"kind", kind}};
}

std::string text_in(const Event& event, const char* name) {
  const auto found = event.find(name);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace demo
