// Moodle: un CSV para importar en el libro de calificaciones, y la hoja de notas de una tarea que se descargó para
// rellenarla. Moodle lee los comentarios como HTML.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "autograder/outputs.hpp"
#include "autograder/outputs/common.hpp"
#include "autograder/outputs/csv.hpp"
#include "autograder/outputs/formats.hpp"
#include "grader/results.hpp"
#include "grader/text.hpp"

namespace autograder {
namespace {

// Los comentarios de un estudiante: lo que no pasó y por qué.
std::string feedback(const Course& course, const Student& student) {
  std::string text = "Puntos: " + decimal(student.points()) + " de " + decimal(student.max_points());
  if (const std::string notes = remarks(course, student); !notes.empty()) text += '\n' + notes;
  for (const Row& row : rows(course, student)) {
    if (row.status == Status::passed) continue;
    text += "\n\n" + row.number + ' ' + clean(row.title) + ": " + std::string{status_text(row.status)};
    if (!row.explanation.empty()) text += '\n' + row.explanation;
  }
  std::string html;
  for (const char byte : grader::html_escaped(text)) {
    if (byte == '\n') {
      html += "<br>";
    } else {
      html += byte;
    }
  }
  return html;
}

// Un nombre, para compararlo: sus palabras ordenadas y en minúsculas, que unos sitios ponen delante los apellidos.
std::string name_key(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
    return letter == ',' ? ' ' : letter < 0x80 ? std::tolower(letter) : letter;
  });
  std::istringstream stream{name};
  std::multiset<std::string> words{std::istream_iterator<std::string>{stream}, {}};
  std::string key;
  for (const std::string& word : words) key += word + ' ';
  return key;
}

// «Participante 101» se compara como «101», que es lo que hay en el nombre de la carpeta que se descarga.
std::string id_key(const std::string& text) {
  const std::size_t space = text.rfind(' ');
  return space == std::string::npos ? text : text.substr(space + 1);
}

std::optional<double> read_decimal(std::string text) {
  std::replace(text.begin(), text.end(), ',', '.');
  double value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// Un estudiante de la clase por una de las cosas que lo identifican; ninguno si no está o son varios.
class Finder {
public:
  void add(const std::string& key, const Student& student) {
    if (key.empty()) return;
    const auto [found, is_new] = students_.emplace(key, &student);
    if (!is_new && found->second != &student) found->second = nullptr;
  }
  [[nodiscard]] const Student* find(const std::string& key) const {
    const auto found = students_.find(key);
    return found == students_.end() ? nullptr : found->second;
  }

private:
  std::map<std::string, const Student*> students_;
};

using CsvRow = std::vector<CsvCell>;

// Las columnas que se usan de una hoja. Los títulos dependen del idioma de quien la descargó.
class Sheet {
public:
  explicit Sheet(CsvRow header) : header_{std::move(header)} {}

  // La columna con uno de esos títulos.
  [[nodiscard]] std::optional<std::size_t> column(std::initializer_list<std::string_view> titles) const {
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (std::find(titles.begin(), titles.end(), header_[i].text) != titles.end()) return i;
    }
    return std::nullopt;
  }

  // Lo que dice una fila en esa columna; vacío si no la hay.
  static std::string text(const CsvRow& row, std::optional<std::size_t> column) {
    return column && *column < row.size() ? row[*column].text : "";
  }

private:
  CsvRow header_;
};

// Quién es cada fila: por su identificador, por su correo o, si no, por su nombre.
class Roll {
public:
  Roll(const Course& course, const Sheet& sheet)
      : ids_{sheet.column({"Identificador", "Identifier"}), sheet.column({"Número de ID", "ID number"}),
             sheet.column({"Nombre de usuario", "Username"})},
        email_{sheet.column({"Dirección de correo", "Dirección Email", "Email address"})},
        name_{sheet.column({"Nombre completo", "Full name"})} {
    for (const Student& student : course.students) {
      by_id_.add(student.id, student);
      by_email_.add(lower(student.email), student);
      by_name_.add(name_key(student.name), student);
    }
  }

  [[nodiscard]] const Student* who(const CsvRow& row) const {
    for (const auto& column : ids_) {
      const std::string id = Sheet::text(row, column);
      for (const std::string& key : {id, id_key(id)}) {
        if (const Student* student = by_id_.find(key)) return student;
      }
    }
    if (const Student* student = by_email_.find(lower(Sheet::text(row, email_)))) return student;
    return by_name_.find(name_key(Sheet::text(row, name_)));
  }

private:
  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
    return text;
  }

  std::array<std::optional<std::size_t>, 3> ids_;
  std::optional<std::size_t> email_;
  std::optional<std::size_t> name_;
  Finder by_id_;
  Finder by_email_;
  Finder by_name_;
};

}  // namespace

void write_moodle(const Course& course, const std::filesystem::path& folder) {
  std::string text = "Número de ID,Dirección de correo,Nombre completo";
  for (const LabInfo& info : course.labs) text += ",Lab " + std::to_string(info.lab);
  text += ",Calificación,Comentarios de retroalimentación";
  for (const Student& student : course.students) {
    text += '\n' + csv_cell(student.id) + ',' + csv_cell(student.email) + ',' + csv_cell(student.name);
    for (const LabInfo& info : course.labs) {
      const auto found = student.labs.find(info.lab);
      text += ",\"" + (found == student.labs.end() ? "" : decimal(found->second.points)) + '"';
    }
    text += ",\"" + decimal(student.points()) + "\"," + csv_cell(feedback(course, student));
  }
  grader::write_whole(text, folder / "moodle.csv");
}

std::vector<std::string> fill_moodle_worksheet(const Course& course, const std::filesystem::path& worksheet,
                                               const std::filesystem::path& out) {
  std::ifstream stream{worksheet, std::ios::binary};
  if (!stream) throw std::runtime_error{"no se puede leer la hoja de notas «" + worksheet.string() + "»"};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  const std::vector<CsvRow> table = read_csv(text);
  const Sheet sheet{table.empty() ? CsvRow{} : table.front()};
  const auto grade = sheet.column({"Calificación", "Grade"});
  const auto comments = sheet.column({"Comentarios de retroalimentación", "Feedback comments"});
  const auto maximum = sheet.column({"Calificación máxima", "Maximum Grade", "Maximum grade"});
  if (!grade) {
    throw std::runtime_error{"«" + worksheet.string() +
                             "» no es una hoja de notas de Moodle en español o en inglés: en su primera línea no está "
                             "la columna «Calificación» («Grade»). Descárgala de la tarea y no la cambies"};
  }

  const Roll roll{course, sheet};
  std::set<const Student*> missing;
  for (const Student& student : course.students) missing.insert(&student);
  std::string filled;
  std::size_t copied = 0;
  const auto replace = [&](const CsvCell& cell, const std::string& with) {
    filled += text.substr(copied, cell.begin - copied) + with;
    copied = cell.end;
  };
  for (std::size_t i = 1; i < table.size(); ++i) {
    const CsvRow& row = table[i];
    const Student* student = roll.who(row);
    if (student == nullptr || *grade >= row.size() || missing.erase(student) == 0) continue;
    // La tarea puede puntuar sobre 10 y los laboratorios, sobre 100.
    double points = student->points();
    const auto scale = read_decimal(Sheet::text(row, maximum));
    if (scale && student->max_points() > 0) points *= *scale / student->max_points();
    std::map<std::size_t, std::string> cells{{*grade, '"' + decimal(points) + '"'}};
    if (comments && *comments < row.size()) cells[*comments] = csv_cell(feedback(course, *student));
    for (const auto& [column, cell] : cells) replace(row[column], cell);
  }
  filled += text.substr(copied);
  if (filled.ends_with('\n')) filled.pop_back();  // lo pone write_whole()
  grader::write_whole(filled, out);

  std::vector<std::string> not_found;
  for (const Student& student : course.students) {
    if (missing.contains(&student)) not_found.push_back(student.name + " (" + student.id + ")");
  }
  return not_found;
}

}  // namespace autograder
