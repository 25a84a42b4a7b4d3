#include "grader/progress.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "grader/toolchain.hpp"

namespace grader {

NLOHMANN_JSON_SERIALIZE_ENUM(Status, {{Status::error, "error"},
                                      {Status::passed, "passed"},
                                      {Status::failed, "failed"},
                                      {Status::skipped, "skipped"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KeptTest, id, status, reason, pending, place)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Progress, points, max_points, best, passed, tests, hints)

std::filesystem::path progress_file(int lab) {
  const char* folder = std::getenv("PROGRESS_FOLDER");
  return std::filesystem::path{folder == nullptr || *folder == '\0' ? toolchain::progress : folder} /
         ("lab" + std::to_string(lab) + ".json");
}

std::optional<Progress> read_progress(int lab) {
  const std::filesystem::path file = progress_file(lab);
  if (!std::filesystem::exists(file)) return std::nullopt;
  std::ifstream stream{file};
  try {
    return nlohmann::json::parse(stream).get<Progress>();
  } catch (const nlohmann::json::exception&) {
    std::filesystem::path shown = std::filesystem::proximate(file);
    if (*shown.begin() == "..") shown = file;  // fuera de esta carpeta, la ruta entera se entiende mejor
    throw std::runtime_error{"no se entiende " + shown.string() + ": «make lab" + std::to_string(lab) +
                             "» lo escribe de nuevo"};
  }
}

void write_progress(int lab, const Progress& progress) {
  const std::filesystem::path file = progress_file(lab);
  std::filesystem::create_directories(file.parent_path());
  write_whole(nlohmann::json(progress).dump(2, ' ', false, nlohmann::json::error_handler_t::replace), file);
}

void keep(const LabResult& result, const std::string& print) {
  const int lab = result.rubric->lab;
  Progress progress;
  try {
    progress = read_progress(lab).value_or(Progress{});
  } catch (const std::runtime_error&) {
    // estropeado: se empieza de nuevo
  }
  progress.tests.clear();
  for (const TestResult& test : result.tests) {
    const std::optional<PendingStep> pending = test.failure ? test.failure->pending : std::nullopt;
    const PendingStep step = pending.value_or(PendingStep{});
    progress.tests.push_back({test.test->id, test.status, test.reason, step.number, step.place});
    // El informe ya ha enseñado la primera pista.
    if (test.status == Status::failed && !pending) {
      int& seen = progress.hints[test.test->id];
      seen = std::max(seen, 1);
    }
  }
  if (result.tests.size() == result.rubric->tests.size()) {
    progress.points = result.points();
    progress.max_points = result.max_points();
    progress.best = std::max(progress.best, progress.points);
    progress.passed = result.all_passed() ? print : std::string{};
  }
  write_progress(lab, progress);
}

std::string fingerprint(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::uint64_t hash = 0xcbf29ce484222325;
  for (auto byte = std::istreambuf_iterator<char>{stream}; byte != std::istreambuf_iterator<char>{}; ++byte) {
    hash = (hash ^ static_cast<unsigned char>(*byte)) * 0x100000001b3;
  }
  return std::to_string(hash);
}

const KeptTest* first_failed(const Progress& progress) {
  const auto found = std::find_if(progress.tests.begin(), progress.tests.end(),
                                  [](const KeptTest& test) { return test.status == Status::failed; });
  return found == progress.tests.end() ? nullptr : &*found;
}

}  // namespace grader
