#include "autograder/policy.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <stdexcept>

#include "autograder/digest.hpp"

namespace autograder {

namespace {

using Json = nlohmann::json;

// Lee un objeto de JSON y se queja de lo que no conoce: una clave mal escrita cambiaría notas sin que nadie lo notara.
class Reader {
public:
  Reader(const Json& json, std::string place, const std::set<std::string>& known)
      : json_{json}, place_{std::move(place)} {
    if (!json.is_object()) throw std::runtime_error{place_ + ": se esperaba un objeto, «{…}», y hay " + json.dump()};
    for (const auto& [key, value] : json.items()) {
      if (known.contains(key)) continue;
      std::string list;
      for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
      throw std::runtime_error{(place_ + ": no conozco la clave «").append(key).append("»: puede haber ").append(list)};
    }
  }

  // Un número del intervalo pedido o, si no está, el que hay por defecto.
  [[nodiscard]] double number(const char* key, int least, int most, double missing) const {
    return checked(key, least, most, missing, json_.contains(key) && json_.at(key).is_number(), "un número");
  }
  [[nodiscard]] int integer(const char* key, int least, int most, int missing) const {
    const bool is_one = json_.contains(key) && json_.at(key).is_number_integer();
    return static_cast<int>(checked(key, least, most, missing, is_one, "un número entero"));
  }

  // Una de las palabras que se admiten, si está; devuelve cuál.
  std::optional<std::size_t> word(const char* key, const std::array<const char*, 2>& words) const {
    if (!json_.contains(key)) return std::nullopt;
    const auto* const found = std::find(words.begin(), words.end(), json_.at(key));
    if (found == words.end()) expected(key, std::string{"\""} + words[0] + "\" o \"" + words[1] + '"');
    return static_cast<std::size_t>(found - words.begin());
  }

  void require(const std::string& key) const {
    if (!json_.contains(key)) throw std::runtime_error{place_ + ": falta la clave «" + key + "»"};
  }

private:
  [[nodiscard]] double checked(const char* key, int least, int most, double missing, bool right_type,
                               const std::string& what) const {
    if (!json_.contains(key)) return missing;
    const Json& found = json_.at(key);
    if (!right_type || found.get<double>() < least || found.get<double>() > most) {
      expected(key, what + " de " + std::to_string(least) + " a " + std::to_string(most));
    }
    return found.get<double>();
  }

  [[noreturn]] void expected(const std::string& key, const std::string& what) const {
    throw std::runtime_error{place_ + ": en «" + key + "» se esperaba " + what + ", y hay " + json_.at(key).dump()};
  }

  const Json& json_;
  std::string place_;
};

void read_deadlines(const Json& json, const std::string& place, Policy& policy) {
  if (!json.is_object()) throw std::runtime_error{place + ": se esperaba un objeto, «{…}», y hay " + json.dump()};
  for (const auto& [lab, deadline] : json.items()) {
    if (!std::regex_match(lab, std::regex{"[0-9]{1,3}"})) {
      throw std::runtime_error{(place + ": «").append(lab).append("» no es el número de un laboratorio")};
    }
    const auto instant = deadline.is_string() ? read_instant(deadline.get<std::string>()) : std::nullopt;
    if (!instant) {
      throw std::runtime_error{(place + ": el plazo del laboratorio ").append(lab) +
                               " tiene que ser como \"2026-10-01T23:59+02:00\", y es " + deadline.dump()};
    }
    policy.deadlines[std::stoi(lab)] = *instant;
  }
}

}  // namespace

std::optional<Instant> read_instant(const std::string& text) {
  // Fecha, hora, segundos con sus decimales y zona; solo la fecha y la hora hacen falta.
  static const std::regex form{
      R"(\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|([+-])(\d\d):?(\d\d))?\s*)"};
  std::smatch found;
  if (!std::regex_match(text, found, form)) return std::nullopt;
  const auto number = [&found](std::size_t group) { return found[group].matched ? std::stoi(found[group]) : 0; };
  const std::chrono::year_month_day day{std::chrono::year{number(1)},
                                        std::chrono::month(static_cast<unsigned>(number(2))),
                                        std::chrono::day(static_cast<unsigned>(number(3)))};
  if (!day.ok() || number(4) > 23 || number(5) > 59 || number(6) > 60) return std::nullopt;
  const Instant instant = std::chrono::sys_days{day} + std::chrono::hours{number(4)} + std::chrono::minutes{number(5)} +
                          std::chrono::seconds{number(6)};
  if (found[8].matched) {
    const auto offset = std::chrono::hours{number(9)} + std::chrono::minutes{number(10)};
    return found[8] == "-" ? instant + offset : instant - offset;
  }
  if (found[7].matched) return instant;
  std::tm local{};
  local.tm_year = number(1) - 1900;
  local.tm_mon = number(2) - 1;
  local.tm_mday = number(3);
  local.tm_hour = number(4);
  local.tm_min = number(5);
  local.tm_sec = number(6);
  local.tm_isdst = -1;
  return Instant{std::chrono::seconds{std::mktime(&local)}};
}

double Policy::late_percent(int lab, const std::string& submitted_at) const {
  const auto deadline = deadlines.find(lab);
  const std::optional<Instant> instant = read_instant(submitted_at);
  if (deadline == deadlines.end() || !instant || percent == 0) return 0;
  const auto late = *instant - deadline->second;
  if (late <= grace || late <= std::chrono::seconds{0}) return 0;
  const auto periods = (late + period - std::chrono::seconds{1}) / period;
  return std::min(static_cast<double>(periods) * percent, maximum);
}

Policy read_policy(const std::filesystem::path& file) {
  const std::string place = "«" + file.string() + "»";
  Json json;
  try {
    json = Json::parse(read_file(file));
  } catch (const std::system_error& error) {
    throw std::runtime_error{"no se puede leer la política " + place + ": " + error.code().message()};
  } catch (const Json::exception& error) {
    throw std::runtime_error{place + " no es JSON: " + error.what()};
  }
  const Reader reader{json, place, {"deadlines", "penalty", "grace_minutes", "attempts", "max_attempts"}};
  Policy policy;
  if (json.contains("deadlines")) read_deadlines(json["deadlines"], place + ", deadlines", policy);
  if (json.contains("penalty")) {
    const Reader penalty{json["penalty"], place + ", penalty", {"percent", "per", "maximum"}};
    penalty.require("percent");
    policy.percent = penalty.number("percent", 0, 100, 0);
    policy.maximum = penalty.number("maximum", 0, 100, policy.maximum);
    const auto unit = penalty.word("per", {"day", "hour"});
    policy.period = unit == 1 ? std::chrono::hours{1} : std::chrono::hours{24};
  }
  policy.grace = std::chrono::minutes{reader.integer("grace_minutes", 0, 1'000'000, 0)};
  if (reader.word("attempts", {"last", "best"}) == 1) policy.attempts = Policy::Attempts::best;
  policy.max_attempts = reader.integer("max_attempts", 1, 1'000'000, policy.max_attempts);
  return policy;
}

}  // namespace autograder
