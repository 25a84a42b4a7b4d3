#include "autograder/gradescope.hpp"

#include <yaml.h>

#include <algorithm>
#include <cstddef>
#include <regex>

namespace autograder {
namespace {

// «2026-04-26 17:34:00.861687000 Z», como la escribe Ruby, en ISO 8601. Vacía si no es una fecha con hora.
std::string iso_8601(const std::string& time) {
  static const std::regex form{R"((\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d{1,12})? ?(Z|UTC|[+-]\d\d:?\d\d)?)"};
  std::smatch parts;
  if (time.size() > 60 || !std::regex_match(time, parts, form)) return {};
  const bool is_utc = !parts[3].matched || parts[3] == "UTC" || parts[3] == "Z";
  return parts[1].str() + 'T' + parts[2].str() + (is_utc ? "Z" : parts[3].str());
}

// Recorre el documento y apunta los campos que interesan por el camino que lleva a ellos.
class Reader {
public:
  // Un nombre de campo o un valor, según toque.
  void scalar(const std::string& text) {
    if (levels_.empty()) return;
    Level& level = levels_.back();
    if (level.is_mapping && level.expects_key) {
      level.key = text.starts_with(':') ? text.substr(1) : text;
      level.expects_key = false;
      return;
    }
    value(text);
    level.expects_key = true;
  }

  void open(bool is_mapping) {
    if (is_mapping && path_is({"submitters", ""})) now().submitters.emplace_back();
    levels_.push_back({is_mapping, true, {}});
  }

  void close() {
    levels_.pop_back();
    if (levels_.empty()) return;
    if (levels_.size() == 1) finish();
    levels_.back().expects_key = !levels_.back().expects_key;
  }

  std::map<std::string, Metadata> result;

private:
  struct Level {
    bool is_mapping;
    bool expects_key;
    std::string key;  // vacía en una lista
  };

  // ¿Lleva hasta aquí, desde la carpeta de una entrega, este camino?
  [[nodiscard]] bool path_is(const std::vector<std::string_view>& path) const {
    return levels_.size() == path.size() + 1 &&
           std::equal(path.begin(), path.end(), levels_.begin() + 1,
                      [](std::string_view key, const Level& level) { return key == level.key; });
  }

  Metadata& now() { return result[levels_.front().key]; }

  void value(const std::string& text) {
    if (path_is({"created_at"}) || path_is({"created_at", "utc"})) now().created_at = iso_8601(text);
    if (path_is({"history", "", "created_at"}) || path_is({"history", "", "created_at", "utc"})) {
      history_.push_back(iso_8601(text));
    }
    if (now().submitters.empty()) return;
    Submitter& who = now().submitters.back();
    if (path_is({"submitters", "", "name"})) who.name = text;
    if (path_is({"submitters", "", "sid"})) who.sid = text;
    if (path_is({"submitters", "", "email"})) who.email = text;
  }

  void finish() {
    Metadata& submission = now();
    // La que cuenta puede no ser la última: son anteriores las que lo son.
    submission.previous_attempts =
        static_cast<int>(std::count_if(history_.begin(), history_.end(), [&](const std::string& time) {
          return !time.empty() && time < submission.created_at;
        }));
    history_.clear();
  }

  std::vector<Level> levels_;
  std::vector<std::string> history_;
};

}  // namespace

std::map<std::string, Metadata> read_gradescope_metadata(std::string_view yaml) {
  yaml_parser_t parser;
  if (yaml_parser_initialize(&parser) == 0) return {};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): así recibe los bytes libyaml
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(yaml.data()), yaml.size());
  Reader reader;
  std::map<std::string, std::string> anchors;
  const auto text_of = [](const unsigned char* text) {
    return text == nullptr ? std::string{} : std::string{reinterpret_cast<const char*>(text)};
  };
  for (bool goes_on = true; goes_on;) {
    yaml_event_t event;
    if (yaml_parser_parse(&parser, &event) == 0) break;
    switch (event.type) {
      case YAML_SCALAR_EVENT: {
        const std::string text = text_of(event.data.scalar.value);
        if (event.data.scalar.anchor != nullptr) anchors[text_of(event.data.scalar.anchor)] = text;
        reader.scalar(text);
        break;
      }
      case YAML_ALIAS_EVENT:
        reader.scalar(anchors[text_of(event.data.alias.anchor)]);
        break;
      case YAML_MAPPING_START_EVENT:
      case YAML_SEQUENCE_START_EVENT:
        reader.open(event.type == YAML_MAPPING_START_EVENT);
        break;
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        reader.close();
        break;
      case YAML_STREAM_END_EVENT:
        goes_on = false;
        break;
      default:
        break;
    }
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
  return reader.result;
}

}  // namespace autograder
