#include "demo/recorder/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "programs/kit.hpp"

namespace demo {
namespace {

kit::Descriptor& log_file() {
  static kit::Descriptor file;
  return file;
}

}  // namespace

void start_log(const std::string& path) {
  log_file() = kit::Descriptor{kit::check("open", ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC))};
  tell("begin", {{"pid", ::getpid()}});
}

void tell(const std::string& kind, const Event& fields) {
  if (!log_file().is_open()) return;
  Event event = make_event(monotonic_now(), "demostración", kind);
  event.update(fields);
  const std::string line = event.dump(-1, ' ', false, Event::error_handler_t::replace) + '\n';
  if (::write(log_file().get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) kit::check("write", -1);
}

}  // namespace demo
