#include "autograder/outputs/html.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "autograder/outputs/common.hpp"
#include "grader/results.hpp"
#include "grader/text.hpp"
#include "grader/toolchain.hpp"

namespace autograder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_text = 16U << 10U;  // de un texto del estudiante se muestran estos bytes…
constexpr std::size_t shown_steps = 40;           // … y de una conversación, los últimos pasos
constexpr std::size_t usual_mistakes = 10;        // los que se ven sin desplegar la lista
constexpr std::size_t widest_labs = 8;            // con más, la tabla de la clase no cabe a lo ancho de una pantalla
constexpr std::size_t bins = 10;                  // barras de una distribución

// --- Textos ---

// Lo que no debe llegar tal cual a la página, además de lo que significa algo en HTML: lo que cambia el sentido de la
// escritura de lo que va detrás.
struct Replaced {
  std::string_view from;
  std::string_view to;
};
constexpr std::array replacements{
    Replaced{"\u202A", "‹U+202A›"}, Replaced{"\u202B", "‹U+202B›"}, Replaced{"\u202C", "‹U+202C›"},
    Replaced{"\u202D", "‹U+202D›"}, Replaced{"\u202E", "‹U+202E›"}, Replaced{"\u2066", "‹U+2066›"},
    Replaced{"\u2067", "‹U+2067›"}, Replaced{"\u2068", "‹U+2068›"}, Replaced{"\u2069", "‹U+2069›"},
    Replaced{"\x7F", "␡"},
};

// Un carácter de control como el símbolo que lo representa: ␀, ␁…
std::string picture(unsigned char control) { return {'\xE2', '\x90', static_cast<char>(0x80 + control)}; }

// Un texto que no es del kit, listo para la página, también entre comillas de un atributo.
std::string shown(std::string_view text) {
  const std::size_t size = text.size();
  if (size > longest_text) {
    std::size_t end = longest_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;  // ningún carácter a medias
    text = text.substr(0, end);
  }
  std::string visible;
  while (!text.empty()) {
    const auto* const found = std::find_if(replacements.begin(), replacements.end(),
                                           [&](const Replaced& item) { return text.starts_with(item.from); });
    const auto first = static_cast<unsigned char>(text.front());
    if (found != replacements.end()) {
      visible += found->to;
      text.remove_prefix(found->from.size());
      continue;
    }
    visible += first < 0x20 && first != '\n' && first != '\t' ? picture(first) : std::string(1, text.front());
    text.remove_prefix(1);
  }
  std::string safe = grader::html_escaped(visible);
  if (size > longest_text) safe += "\n… (en total son " + grader::bytes_text(size) + ")";
  return safe;
}

// Un número para un atributo o un estilo: con punto.
std::string plain_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return grader::grouped(count) + ' ' + (count == 1 ? one : many);
}

std::string percent(double ratio) { return std::to_string(std::lround(ratio * 100)) + " %"; }

std::string points_of(double points, double max_points) { return decimal(points) + '/' + decimal(max_points); }

double ratio(double part, double whole) { return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0; }

// «2026-03-01T12:30:00Z» → «2026-03-01 a las 12:30 UTC».
std::string moment(const std::string& iso) {
  const bool is_utc = iso.size() == 20 && iso[10] == 'T' && iso.back() == 'Z';
  return is_utc ? shown(iso.substr(0, 10) + " a las " + iso.substr(11, 5) + " UTC") : shown(iso);
}

std::string lab_name(int lab) { return "lab" + std::to_string(lab); }

// --- Lo que se calcula de la clase ---

// El archivo de la página de cada estudiante. Solo lleva letras y cifras ASCII, y ninguno se confunde con otro aunque
// no se distingan las mayúsculas.
std::map<std::string, std::string> page_names(const Course& course) {
  std::map<std::string, std::string> names;
  std::set<std::string> used;
  for (const Student& student : course.students) {
    std::string name = "estudiante-";
    for (const char letter : student.id.substr(0, 60))
      name += std::isalnum(static_cast<unsigned char>(letter)) != 0 ? letter : '_';
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) { return std::tolower(letter); });
    std::string unique = name;
    for (int copy = 2; !used.insert(unique).second; ++copy) unique = name + '-' + std::to_string(copy);
    names[student.id] = unique + ".html";
  }
  return names;
}

const LabOutcome& outcome_of(const Student& student, int lab) {
  static const LabOutcome missing;
  const auto found = student.labs.find(lab);
  return found == student.labs.end() ? missing : found->second;
}

bool was_graded(const LabOutcome& outcome) {
  return outcome.state == State::graded || outcome.state == State::interrupted;
}

// Un paso que el estudiante no ha escrito no es un error suyo: así lo cuenta el evaluador (grader/results.cpp).
bool is_pending(const TestOutcome& test) { return test.observed.starts_with("pendiente: "); }

bool is_failure(const TestOutcome& test) { return test.status == Status::failed || test.status == Status::error; }

// Un error que cometieron varios: la misma causa en la misma prueba.
struct Mistake {
  int lab = 0;
  int test = 0;
  std::string title;
  std::string cause;
  std::string example;  // qué se observó una de las veces
  std::vector<const Student*> students;
};

std::vector<Mistake> mistakes_of(const Course& course) {
  std::map<std::tuple<int, int, std::string>, Mistake> found;
  for (const Student& student : course.students) {
    for (const auto& [lab, outcome] : student.labs) {
      if (!was_graded(outcome)) continue;
      for (const TestOutcome& test : outcome.tests) {
        if (test.status != Status::failed || is_pending(test)) continue;
        auto [place, is_new] = found.try_emplace({lab, test.id, test.cause},
                                                 Mistake{lab, test.id, test.title, test.cause, test.observed, {}});
        place->second.students.push_back(&student);
      }
    }
  }
  std::vector<Mistake> mistakes;
  mistakes.reserve(found.size());
  for (auto& [key, mistake] : found) mistakes.push_back(std::move(mistake));
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& a, const Mistake& b) { return a.students.size() > b.students.size(); });
  return mistakes;
}

using Histogram = std::array<std::size_t, bins>;

Histogram histogram_of(const std::vector<double>& ratios) {
  Histogram histogram{};
  for (const double value : ratios) ++histogram.at(std::min(bins - 1, static_cast<std::size_t>(value * bins)));
  return histogram;
}

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// --- Piezas de las páginas ---

std::string asset(const std::string& name) {
  const fs::path file = fs::path{grader::toolchain::labs}.parent_path() / "scaffolding/autograder/outputs/html" / name;
  std::ifstream stream{file};
  if (!stream) throw std::runtime_error{"falta «" + file.string() + "», que es parte del informe: recupera el kit"};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

// La página sin script lo prohíbe entero: si alguna vez se escapara un texto sin proteger, tampoco se ejecutaría.
std::string page(const std::string& title, const std::string& content, const std::string& script = {}) {
  std::string nonce;
  if (!script.empty()) {
    std::random_device random;
    for (int i = 0; i < 4; ++i) nonce += std::to_string(random());
  }
  const std::string allowed = script.empty() ? "'none'" : "'nonce-" + nonce + '\'';
  std::string html = R"(<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src )" +
                     allowed + R"(">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>)" + title + R"(</title>
<style>
)" + asset("style.css") +
                     R"(</style>
</head>
<body>
<a class="skip" href="#content">Ir al contenido</a>
)" + content;
  if (!script.empty()) html += "<script nonce='" + nonce + "'>\n" + script + "</script>\n";
  return html + "</body>\n</html>";
}

std::string missing_protections(const Course& course) {
  if (course.missing_protections.empty()) return {};
  std::string html = "<section class='notice'><h2>Se evaluó sin todas las protecciones</h2>\n<ul>\n";
  for (const std::string& sentence : course.missing_protections) html += "<li>" + shown(sentence) + "</li>\n";
  return html + "</ul></section>\n";
}

std::string edge(std::size_t bin) { return std::to_string(bin * 100 / bins); }

std::string rectangle(std::size_t x, double y, std::size_t width, double height) {
  return "<rect x='" + std::to_string(x) + "' y='" + plain_number(y) + "' width='" + std::to_string(width) +
         "' height='" + plain_number(height) + "'/>";
}

std::string histogram_svg(const Histogram& histogram) {
  constexpr std::size_t width = 54;  // de cada tramo
  constexpr double floor = 176;
  constexpr double tallest = 150;
  const auto label = [&](std::size_t x, double y, const std::string& text, const std::string& attributes) {
    return "<text" + attributes + " x='" + std::to_string(x) + "' y='" + plain_number(y) + "'>" + text + "</text>";
  };
  const auto most =
      static_cast<double>(std::max<std::size_t>(1, *std::max_element(histogram.begin(), histogram.end())));
  std::string told;
  std::string drawn = label(0, 198, edge(0), "");
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const std::size_t count = histogram.at(bin);
    const double height = static_cast<double>(count) / most * tallest;
    told += (bin == 0 ? "de " : "; de ") + edge(bin) + " a " + edge(bin + 1) + " %: " + std::to_string(count);
    if (count > 0) {
      drawn += rectangle(bin * width + 3, floor - height, width - 6, height) +
               label(bin * width + width / 2, floor - height - 5, std::to_string(count), " class='count'");
    }
    drawn += label((bin + 1) * width, 198, edge(bin + 1), "") + '\n';
  }
  return "<svg viewBox='-12 0 568 204' role='img' aria-label='" + told + "'>\n" + drawn +
         "<line class='axis' x1='0' x2='540' y1='176.5' y2='176.5'/></svg>\n";
}

std::string spark_svg(const Histogram& histogram) {
  const auto most =
      static_cast<double>(std::max<std::size_t>(1, *std::max_element(histogram.begin(), histogram.end())));
  std::string drawn = "<rect class='floor' x='0' y='27' width='100' height='1'/>";
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double height = static_cast<double>(histogram.at(bin)) / most * 27;
    if (height > 0) drawn += rectangle(bin * 10 + 1, 27 - height, 8, height);
  }
  return "<svg class='spark' viewBox='0 0 100 28' preserveAspectRatio='none' aria-hidden='true'>" + drawn + "</svg>";
}

std::string part(double value) { return "<i style='width:" + plain_number(value * 100) + "%'></i>"; }

// --- La página de la clase ---

class ClassPage {
public:
  ClassPage(const Course& course, const std::map<std::string, std::string>& pages) : course_{course}, pages_{pages} {
    for (const Student& student : course.students) ratios_.push_back(ratio(student.points(), student.max_points()));
  }

  [[nodiscard]] std::string text() const {
    const std::string title = shown(course_.title);
    std::string html = "<header>\n<h1>" + title + "</h1>\n<p class='soft'>" +
                       counted(course_.students.size(), "estudiante", "estudiantes") + " · " +
                       counted(course_.labs.size(), "laboratorio", "laboratorios") + " · evaluada el " +
                       moment(course_.graded_at) + "</p>\n" + missing_protections(course_) +
                       "<nav class='links' aria-label='Secciones'><a href='#mistakes'>Errores más cometidos</a>"
                       "<a href='#labs'>Laboratorios y pruebas</a>" +
                       (course_.alike.empty() ? "" : "<a href='#alike'>Entregas parecidas</a>") +
                       "<a href='#students'>Estudiantes</a></nav>\n</header>\n<main id='content'>\n";
    html += summary() + mistakes() + labs() + alike() + students();
    html += "</main>\n<footer><p>Estas páginas son para quien evalúa: nombran a otros estudiantes.</p></footer>\n";
    return page(title, html, asset("script.js"));
  }

private:
  [[nodiscard]] std::string link(const Student& student, const std::string& section = {}) const {
    return "<a href='" + pages_.at(student.id) + section + "'><bdi>" + shown(student.name) + "</bdi></a>";
  }

  [[nodiscard]] std::string link(const std::string& id, int lab) const {
    const auto found = std::find_if(course_.students.begin(), course_.students.end(),
                                    [&](const Student& student) { return student.id == id; });
    return found == course_.students.end() ? "<bdi>" + shown(id) + "</bdi>" : link(*found, '#' + lab_name(lab));
  }

  [[nodiscard]] std::string summary() const {
    const auto full = std::count_if(course_.students.begin(), course_.students.end(), [](const Student& student) {
      return student.max_points() > 0 && student.points() >= student.max_points();
    });
    return "<section class='summary' aria-label='Resumen'>\n<dl class='figures sheet'>"
           "<div><dt>Media</dt><dd>" +
           percent(mean_of(ratios_)) + "</dd></div><div><dt>Mediana</dt><dd>" + percent(median_of(ratios_)) +
           "</dd></div><div><dt>Con nota máxima</dt><dd>" + std::to_string(full) +
           "</dd></div></dl>\n<figure class='spread sheet'><figcaption>Cuántos estudiantes hay en cada tramo de la "
           "nota "
           "total (en %)</figcaption>\n" +
           histogram_svg(histogram_of(ratios_)) + "</figure>\n</section>\n";
  }

  [[nodiscard]] std::string mistake(const Mistake& item) const {
    std::string html = "<li><span class='many'>" + std::to_string(item.students.size()) + "</span><div><p>";
    html += item.cause.empty()
                ? "<span class='soft'>Sin causa reconocida; una de las veces se observó:</span> " + shown(item.example)
                : shown(item.cause);
    html += "</p><p class='where'><a href='#" + lab_name(item.lab) + "'>" + lab_name(item.lab) + "</a> · prueba " +
            std::to_string(item.test) + ": " + shown(item.title) +
            "</p><details><summary>Ver quiénes</summary><ul class='names'>";
    const std::string section = '#' + lab_name(item.lab) + '-' + std::to_string(item.test);
    for (const Student* student : item.students) html += "<li>" + link(*student, section) + "</li>";
    return html + "</ul></details></div></li>\n";
  }

  [[nodiscard]] std::string mistakes() const {
    const std::vector<Mistake> all = mistakes_of(course_);
    std::string html = "<section aria-labelledby='mistakes'>\n<h2 id='mistakes'>Errores más cometidos</h2>\n";
    if (all.empty()) return html + "<p>Nadie ha cometido ninguno.</p>\n</section>\n";
    html +=
        "<p class='soft small'>La misma causa en la misma prueba, y cuántos estudiantes la tienen. Los pasos que aún "
        "están pendientes (TODO) no se cuentan como errores.</p>\n<ol class='mistakes sheet'>\n";
    const std::size_t usual = std::min(usual_mistakes, all.size());
    for (std::size_t i = 0; i < usual; ++i) html += mistake(all[i]);
    html += "</ol>\n";
    if (all.size() > usual) {
      html += "<details class='more'><summary>" + counted(all.size() - usual, "error más", "errores más") +
              "</summary>\n<ol class='mistakes sheet'>\n";
      for (std::size_t i = usual; i < all.size(); ++i) html += mistake(all[i]);
      html += "</ol></details>\n";
    }
    return html + "</section>\n";
  }

  [[nodiscard]] std::string rate(int lab, const RubricEntry& entry) const {
    std::size_t done = 0;
    std::size_t failed = 0;
    std::size_t skipped = 0;
    for (const Student& student : course_.students) {
      const LabOutcome& outcome = outcome_of(student, lab);
      if (!was_graded(outcome)) continue;
      for (const TestOutcome& test : outcome.tests) {
        if (test.name != entry.name || test.status == Status::unavailable) continue;
        ++done;
        if (is_failure(test)) ++failed;
        if (test.status == Status::skipped) ++skipped;
      }
    }
    const double fails = ratio(static_cast<double>(failed), static_cast<double>(done));
    return "<tr><td class='num soft'>" + std::to_string(entry.id) + "</td><th scope='row'>" + shown(entry.title) +
           "</th><td class='bar'><div class='track' aria-hidden='true'>" + part(fails) +
           part(ratio(static_cast<double>(skipped), static_cast<double>(done))) + "</div></td><td class='num'>" +
           (done == 0 ? "–" : percent(fails)) + "</td><td class='num soft count'>" + std::to_string(failed) +
           "</td><td class='num soft'>" + std::to_string(skipped) + "</td></tr>\n";
  }

  [[nodiscard]] std::string lab(const LabInfo& info) const {
    std::map<State, std::size_t> states;
    std::vector<double> graded;
    for (const Student& student : course_.students) {
      const LabOutcome& outcome = outcome_of(student, info.lab);
      ++states[outcome.state];
      if (was_graded(outcome)) graded.push_back(ratio(outcome.points, outcome.max_points));
    }
    std::string told = counted(graded.size(), "evaluado", "evaluados");
    const auto tell = [&](State state, const std::string& what) {
      if (states[state] > 0) told += " · " + std::to_string(states[state]) + ' ' + what;
    };
    tell(State::interrupted, "sin terminar de evaluar");
    tell(State::not_compiled, states[State::not_compiled] == 1 ? "no compila" : "no compilan");
    tell(State::refused, "sin aceptar");
    tell(State::missing, "sin entregar");
    std::string html = "<details class='lab' id='" + lab_name(info.lab) + "'><summary><h3>" + lab_name(info.lab) +
                       " · " + shown(info.title) + " <span class='soft small'>" + told + "</span></h3>" +
                       spark_svg(histogram_of(graded)) + "<span class='mean'>" +
                       (graded.empty() ? "–" : percent(mean_of(graded))) +
                       "</span></summary>\n<div class='inside'><table class='rates'><caption class='soft small'>"
                       "De los evaluados, cuántos"
                       "<span class='key'></span>fallan cada prueba, y a cuántos"
                       "<span class='key light'></span>no se les hizo porque depende de otra que falló</caption>\n"
                       "<thead><tr><th scope='col' class='num'>N.º</th><th scope='col'>Prueba</th>"
                       "<th scope='col' class='bar'><span class='unseen'>Barra</span></th>"
                       "<th scope='col' class='num'>% fallan</th><th scope='col' class='num count'>Fallan</th>"
                       "<th scope='col' class='num'>Sin hacer</th></tr></thead>\n<tbody>\n";
    for (const RubricEntry& entry : info.tests) html += rate(info.lab, entry);
    return html + "</tbody></table></div></details>\n";
  }

  [[nodiscard]] std::string labs() const {
    std::string html =
        "<section aria-labelledby='labs'>\n<h2 id='labs'>Laboratorios y pruebas</h2>\n<p class='soft small'>La "
        "nota media y la distribución son de lo que se pudo evaluar. Abre un laboratorio para ver sus pruebas.</p>\n"
        "<div class='sheet'>\n";
    for (const LabInfo& info : course_.labs) html += lab(info);
    return html + "</div>\n</section>\n";
  }

  [[nodiscard]] std::string alike() const {
    if (course_.alike.empty()) return {};
    std::string html =
        "<section aria-labelledby='alike'>\n<h2 id='alike'>Entregas parecidas</h2>\n<p class='soft small'>Se "
        "parecen "
        "más de lo corriente, sin contar lo que reparte el kit. No cambia ninguna nota: decide quien las compara.</p>\n"
        "<div class='sheet'><table class='pairs'><thead><tr><th scope='col'>Lab</th><th scope='col'>Una</th>"
        "<th scope='col'>Otra</th><th scope='col' class='num'>Parecido</th></tr></thead>\n<tbody>\n";
    for (const Likeness& pair : course_.alike) {
      html += "<tr><td>" + lab_name(pair.lab) + "</td><td>" + link(pair.first, pair.lab) + "</td><td>" +
              link(pair.second, pair.lab) + "</td><td class='num'>" + std::to_string(pair.percent) + " %</td></tr>\n";
    }
    return html + "</tbody></table></div>\n</section>\n";
  }

  // La casilla de un laboratorio. Sin evaluar queda detrás de un 0 al ordenar de más a menos.
  [[nodiscard]] std::string cell(const Student& student, const LabInfo& info) const {
    const LabOutcome& outcome = outcome_of(student, info.lab);
    const std::string to = "<a href='" + pages_.at(student.id) + '#' + lab_name(info.lab) + "'>";
    switch (outcome.state) {
      case State::missing:
        return "<td class='none' data-value='-3'>" + to + "no entregó</a></td>";
      case State::refused:
        return "<td class='bad' data-value='-2'>" + to + "no se aceptó</a></td>";
      case State::not_compiled:
        return "<td class='bad' data-value='-1'>" + to + "no compila</a></td>";
      case State::graded:
      case State::interrupted:
        break;
    }
    return "<td class='mark' style='--r:" + plain_number(ratio(outcome.points, outcome.max_points)) + "' data-value='" +
           number_value(outcome.points) + "'>" + to + decimal(outcome.points) +
           (outcome.state == State::interrupted ? " <span class='half'>a medias</span>" : "") + "</a></td>";
  }

  static std::string number_value(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", value);
    return text.data();
  }

  // Los grupos por los que se filtra: cómo se llaman en la página y cómo se lee en ella quién está.
  struct Kind {
    const char* name;
    const char* label;
  };
  static constexpr std::array kinds{
      Kind{"missing", "sin entregar alguno"},     Kind{"not_compiled", "con alguno que no compila"},
      Kind{"refused", "con alguno sin aceptar"},  Kind{"interrupted", "con alguno a medias"},
      Kind{"late", "con penalización"},           Kind{"alike", "con parecidos"},
      Kind{"notes", "con notas de la recepción"},
  };

  [[nodiscard]] std::set<std::string> kinds_of(const Student& student) const {
    std::set<std::string> mine;
    for (const LabInfo& info : course_.labs) {
      const LabOutcome& outcome = outcome_of(student, info.lab);
      if (outcome.state == State::missing) mine.insert("missing");
      if (outcome.state == State::refused) mine.insert("refused");
      if (outcome.state == State::not_compiled) mine.insert("not_compiled");
      if (outcome.state == State::interrupted) mine.insert("interrupted");
      if (outcome.penalty > 0) mine.insert("late");
    }
    if (std::any_of(course_.alike.begin(), course_.alike.end(),
                    [&](const Likeness& pair) { return pair.first == student.id || pair.second == student.id; }))
      mine.insert("alike");
    if (!student.notes.empty()) mine.insert("notes");
    return mine;
  }

  static std::string remarks(const Student& student, const std::set<std::string>& mine) {
    std::string text;
    const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
    if (mine.contains("alike")) add("parecida a otra");
    if (mine.contains("late")) add("con penalización");
    if (!student.notes.empty()) add(counted(student.notes.size(), "nota", "notas"));
    return text;
  }

  [[nodiscard]] std::string students() const {
    std::string rows;
    std::map<std::string, std::size_t> counts;
    for (std::size_t i = 0; i < course_.students.size(); ++i) {
      const Student& student = course_.students[i];
      const std::set<std::string> mine = kinds_of(student);
      std::string names;
      for (const std::string& kind : mine) {
        ++counts[kind];
        names += (names.empty() ? "" : " ") + kind;
      }
      rows += "<tr data-kinds='" + names + "' data-email='" + shown(student.email) + "'><th scope='row'>" +
              link(student) +
              (student.id == student.name ? "" : "<small><bdi>" + shown(student.id) + "</bdi></small>") + "</th>";
      for (const LabInfo& info : course_.labs) rows += cell(student, info);
      rows += "<td class='total' data-value='" + number_value(student.points()) + "'>" + decimal(student.points()) +
              "</td><td data-value='" + plain_number(ratios_[i]) + "'>" + percent(ratios_[i]) +
              "</td><td class='remarks' data-value='" + std::to_string(student.notes.size() + mine.size()) + "'>" +
              remarks(student, mine) + "</td></tr>\n";
    }
    std::string html =
        "<section aria-labelledby='students'>\n<h2 id='students'>Estudiantes</h2>\n"
        "<div class='controls' id='controls' hidden><label>Buscar por nombre, identificador o correo"
        "<input type='search' id='search' autocomplete='off'></label><label>Mostrar"
        "<select id='kind'><option value=''>a todos</option>";
    for (const Kind& kind : kinds) {
      if (counts[kind.name] > 0) {
        html += std::string{"<option value='"} + kind.name + "'>" + kind.label + " (" +
                std::to_string(counts[kind.name]) + ")</option>";
      }
    }
    html +=
        "</select></label><p id='shown' role='status'></p></div>\n"
        "<div class='wide sheet" +
        std::string{course_.labs.size() > widest_labs ? "" : " fits"} +
        "' role='region' tabindex='0' aria-label='Tabla de estudiantes'><table class='class'>"
        "<thead><tr><th scope='col' data-first='ascending'>Nombre</th>";
    const auto heading = [&](const std::string& text, const std::string& title) {
      html += "<th scope='col' class='num' data-first='descending'" + (title.empty() ? "" : " title='" + title + '\'') +
              ">" + text + "</th>";
    };
    for (const LabInfo& info : course_.labs) heading(lab_name(info.lab), shown(info.title));
    heading("Total", "");
    heading("%", "");
    html += "<th scope='col' data-first='descending'>Observaciones</th></tr></thead>\n<tbody>\n";
    return html + rows + "</tbody></table></div>\n</section>\n";
  }

  const Course& course_;
  const std::map<std::string, std::string>& pages_;
  std::vector<double> ratios_;  // la parte de los puntos que tiene cada estudiante, en su orden
};

// --- La página de un estudiante ---

// Un paso es «quién  qué» («C → S   "HELO\n"», «núcleo  …») o una frase.
std::string step(const std::string& text) {
  const std::size_t gap = text.find("  ");
  if (gap == std::string::npos || gap == 0 || grader::columns(text.substr(0, gap)) > 7)
    return "<li class='alone'><span>" + shown(text) + "</span></li>\n";
  const std::string who = text.substr(0, gap);
  const std::string kind = who == "C → S" ? "client" : who == "S → C" ? "server" : "other";
  const std::size_t what = std::min(text.find_first_not_of(' ', gap), text.size());
  return "<li class='" + kind + "'><b>" + shown(who) + "</b><span>" + shown(text.substr(what)) + "</span></li>\n";
}

std::string conversation(const std::vector<std::string>& steps) {
  if (steps.empty()) return {};
  const std::size_t first = steps.size() > shown_steps ? steps.size() - shown_steps : 0;
  std::string html = "<div><dt>Conversación</dt><dd class='talk-box'><ol class='talk'>\n";
  if (first > 0)
    html += "<li class='alone'><span>… (" + counted(first, "paso antes", "pasos antes") + ")</span></li>\n";
  for (std::size_t i = first; i < steps.size(); ++i) html += step(steps[i]);
  return html + "</ol></dd></div>\n";
}

std::string fact(const std::string& label, const std::string& text, const std::string& kind = {}) {
  if (text.empty()) return {};
  return "<div" + (kind.empty() ? "" : " class='" + kind + '\'') + "><dt>" + label + "</dt><dd>" + shown(text) +
         "</dd></div>\n";
}

std::string points_of(const TestOutcome& test) {
  return std::to_string(test.points) + '/' + std::to_string(test.max_points);
}

std::string failure(int lab, const TestOutcome& test) {
  const std::string id = lab_name(lab) + '-' + std::to_string(test.id);
  std::string html = "<article class='test sheet' id='" + id +
                     "'><h3><span class='no' role='img' aria-label='falló'>✗</span><span>" + std::to_string(test.id) +
                     ' ' + shown(test.title) + "</span><span class='points'>" + points_of(test) +
                     "</span></h3>\n<dl class='facts'>\n";
  if (test.status == Status::error) {
    html += fact("No se hizo", test.observed);
  } else {
    html += conversation(test.conversation) + fact("Se esperaba", test.expected) + fact("Se observó", test.observed) +
            fact("El programa", test.program) + fact("Causa probable", test.cause, "cause") +
            fact("Pista 1 de 4", test.hint);
  }
  return html + "</dl></article>\n";
}

std::string brief(const TestOutcome& test) {
  const bool passed = test.status == Status::passed;
  return std::string{"<li><span class='"} +
         (passed ? "yes' role='img' aria-label='pasó'>✓" : "soft' role='img' aria-label='no se hizo'>–") +
         "</span><span>" + std::to_string(test.id) + ' ' + shown(test.title) + "</span><span class='points'>" +
         (test.status == Status::unavailable ? "no cuenta" : points_of(test)) + "</span>" +
         (passed || test.observed.empty() ? "" : "<small>" + shown(test.observed) + "</small>") + "</li>\n";
}

std::string state_sentence(const LabOutcome& outcome) {
  switch (outcome.state) {
    case State::missing:
      return "No lo entregó.";
    case State::refused:
      return "No se pudo aceptar lo que entregó.";
    case State::not_compiled:
      return "No compila: ninguna prueba se pudo hacer.";
    case State::interrupted:
      return "La evaluación no terminó por sí sola: lo que no se llegó a contar vale 0.";
    case State::graded:
      break;
  }
  return {};
}

std::string lab_section(const LabInfo& info, const LabOutcome& outcome) {
  std::string html = "<section class='result' id='" + lab_name(info.lab) + "'><header><h2>" + lab_name(info.lab) +
                     " · " + shown(info.title) + "</h2><b>" + points_of(outcome.points, outcome.max_points) +
                     "</b></header>\n";
  const std::string sentence = state_sentence(outcome);
  if (!sentence.empty() || !outcome.reason.empty())
    html += "<p>" + sentence + (sentence.empty() ? "" : " ") + shown(outcome.reason) + "</p>\n";
  if (outcome.penalty > 0)
    html += "<p>Se le descontaron " + decimal(outcome.penalty) + " puntos por entregar tarde.</p>\n";
  if (!outcome.messages.empty())
    html += "<h3>Lo que dijo el compilador</h3>\n<pre>" + shown(outcome.messages) + "</pre>\n";
  std::string others;
  for (const TestOutcome& test : outcome.tests) {
    // Sin compilar no hay nada que contar de cada prueba.
    if (is_failure(test) && outcome.state != State::not_compiled) {
      html += failure(info.lab, test);
    } else {
      others += brief(test);
    }
  }
  if (!others.empty() && outcome.state != State::not_compiled)
    html += "<ul class='brief sheet'>\n" + others + "</ul>\n";
  std::string once;
  const auto add = [&](const std::string& what) { once += (once.empty() ? "" : " · ") + what; };
  if (!outcome.submitted_at.empty()) add("Entregado el " + moment(outcome.submitted_at));
  if (outcome.attempts > 1 && outcome.state != State::missing)
    add("cuenta el intento " + std::to_string(outcome.attempt) + " de " + std::to_string(outcome.attempts));
  if (was_graded(outcome)) add("semilla " + std::to_string(outcome.seed));
  if (!outcome.hash.empty()) add("SHA-256 <code>" + shown(outcome.hash) + "</code>");
  if (!once.empty()) html += "<p class='once'>" + once + "</p>\n";
  return html + "</section>\n";
}

std::string overview(const Course& course, const Student& student) {
  std::string html = "<nav class='overview sheet' aria-label='Laboratorios'>\n";
  for (const LabInfo& info : course.labs) {
    const LabOutcome& outcome = outcome_of(student, info.lab);
    std::string told = points_of(outcome.points, outcome.max_points);
    if (outcome.state == State::missing) told = "no entregó";
    if (outcome.state == State::refused) told = "no se aceptó";
    if (outcome.state == State::not_compiled) told = "no compila";
    html += "<a href='#" + lab_name(info.lab) + "'><b>" + lab_name(info.lab) + "</b><span>" + told +
            "</span><div class='track' aria-hidden='true'>" + part(ratio(outcome.points, outcome.max_points)) +
            "</div></a>\n";
  }
  return html + "</nav>\n";
}

// Lo que hay que saber de la entrega: las notas de la recepción y los parecidos.
std::string remarks_of(const Course& course, const Student& student, const std::map<std::string, std::string>& pages) {
  std::string items;
  for (const std::string& note : student.notes) items += "<li>" + shown(note) + "</li>\n";
  for (const Likeness& pair : course.alike) {
    if (pair.first != student.id && pair.second != student.id) continue;
    const std::string& other = pair.first == student.id ? pair.second : pair.first;
    const auto found = std::find_if(course.students.begin(), course.students.end(),
                                    [&](const Student& candidate) { return candidate.id == other; });
    const std::string name = "<bdi>" + shown(found == course.students.end() ? other : found->name) + "</bdi>";
    const auto page = pages.find(other);
    items +=
        "<li>" + lab_name(pair.lab) + " se parece un " + std::to_string(pair.percent) + " % al de " +
        (page == pages.end() ? name : "<a href='" + page->second + '#' + lab_name(pair.lab) + "'>" + name + "</a>") +
        "</li>\n";
  }
  if (items.empty()) return {};
  return "<section><h2>Sobre la entrega</h2>\n<ul class='remarks-list'>\n" + items + "</ul></section>\n";
}

std::string student_page(const Course& course, std::size_t place, const std::map<std::string, std::string>& pages) {
  const Student& student = course.students[place];
  const auto neighbour = [&](std::size_t other, const std::string& rel, const std::string& text) {
    return "<a rel='" + rel + "' href='" + pages.at(course.students[other].id) + "'>" + text + "</a>";
  };
  const std::string name = shown(student.name);
  std::string known;
  if (student.id != student.name) known = "<bdi>" + shown(student.id) + "</bdi>";
  if (!student.email.empty()) known += (known.empty() ? "" : " · ") + shown(student.email);
  std::string html = "<nav class='walk' aria-label='Estudiantes'><a href='index.html#students'>" + shown(course.title) +
                     "</a><span>" + (place > 0 ? neighbour(place - 1, "prev", "‹ anterior") : "") +
                     (place + 1 < course.students.size() ? neighbour(place + 1, "next", "siguiente ›") : "") +
                     "</span></nav>\n<header><div class='person'><div><h1><bdi>" + name +
                     "</bdi></h1><p class='soft'>" + known + "</p></div><p class='grade'>" + decimal(student.points()) +
                     "<small> de " + decimal(student.max_points()) + " puntos</small></p></div>\n" +
                     missing_protections(course) + "</header>\n<main id='content'>\n" + overview(course, student) +
                     remarks_of(course, student, pages);
  for (const LabInfo& info : course.labs) html += lab_section(info, outcome_of(student, info.lab));
  html += "</main>\n<footer><p>Evaluada el " + moment(course.graded_at) +
          ". Esta página es para quien evalúa: puede nombrar a otros estudiantes.</p></footer>\n";
  return page(name + " · " + shown(course.title), html);
}

}  // namespace

void write_html(const Course& course, const std::filesystem::path& folder) {
  const fs::path place = folder / "html";
  fs::create_directories(place);
  const std::map<std::string, std::string> pages = page_names(course);
  for (const fs::directory_entry& entry : fs::directory_iterator{place}) {
    if (entry.path().filename().string().starts_with("estudiante-")) fs::remove(entry.path());
  }
  for (std::size_t i = 0; i < course.students.size(); ++i)
    grader::write_whole(student_page(course, i, pages), place / pages.at(course.students[i].id));
  grader::write_whole(ClassPage{course, pages}.text(), place / "index.html");
}

}  // namespace autograder
