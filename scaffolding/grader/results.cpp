#include "grader/results.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

namespace grader {

int LabResult::points() const {
  int sum = 0;
  for (const TestResult& test : tests) sum += test.points();
  return sum;
}

int LabResult::max_points() const {
  int sum = 0;
  for (const TestResult& test : tests) sum += test.unavailable ? 0 : test.test->points;
  return sum;
}

bool LabResult::all_passed() const {
  return !tests.empty() && std::all_of(tests.begin(), tests.end(), [](const TestResult& test) {
    return test.status == Status::passed || test.unavailable;
  });
}

void write_json(const LabResult& result, const std::filesystem::path& file) {
  static constexpr std::array names{"passed", "failed", "skipped", "error"};
  nlohmann::ordered_json json{{"lab", result.rubric->lab},
                              {"title", result.rubric->title},
                              {"points", result.points()},
                              {"max_points", result.max_points()},
                              {"tests", nlohmann::ordered_json::array()}};
  for (const TestResult& test : result.tests) {
    const Failure failure = test.failure.value_or(Failure{});
    std::string observed = failure.pending ? "pendiente: TODO(" + std::to_string(failure.pending->number) + ") en " +
                                                 failure.pending->place
                                           : failure.observed;
    if (observed.empty()) observed = test.reason;
    json["tests"].push_back({{"id", test.test->id},
                             {"title", test.test->title},
                             {"status", names[static_cast<std::size_t>(test.status)]},
                             {"points", test.points()},
                             {"max_points", test.test->points},
                             {"expected", failure.expected},
                             {"observed", observed},
                             {"program", failure.program},
                             {"cause", failure.cause},
                             {"conversation", failure.conversation},
                             {"hint", test.status == Status::failed ? test.test->hints.front() : std::string{}},
                             {"duration_ms", test.duration_ms}});
    if (test.unavailable) json["tests"].back()["unavailable"] = true;
    if (failure.mismatch) json["tests"].back()["first_wrong_byte"] = failure.mismatch->first_wrong_byte();
  }
  // Los bytes que no son UTF-8 (los puede enviar el programa) se sustituyen: el archivo siempre es JSON válido.
  write_whole(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace), file);
}

void write_whole(const std::string& text, const std::filesystem::path& file) {
  const std::filesystem::path partial = file.string() + ".tmp";
  try {
    std::ofstream stream{partial};
    stream << text << '\n';
    stream.close();
    if (!stream) throw std::system_error{errno, std::generic_category(), partial.string()};
    std::filesystem::rename(partial, file);
  } catch (const std::system_error&) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw;
  }
}

}  // namespace grader
