// Los comentarios para cada estudiante, en Markdown. Lo que viene de él va en bloques de código con una valla más larga
// que cualquiera de las suyas o, dentro de una línea, con cada signo de puntuación protegido.
#include <algorithm>
#include <cctype>

#include "autograder/outputs/common.hpp"
#include "autograder/outputs/formats.hpp"

namespace autograder {
namespace {

// En Markdown una barra protege a cualquier signo ASCII, también al «<» de HTML.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char byte : one_line(text)) {
    const auto letter = static_cast<unsigned char>(byte);
    if (letter < 0x80 && std::ispunct(letter) != 0) safe += '\\';
    safe += byte;
  }
  return safe;
}

std::string fenced(const std::string& text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char byte : text) {
    run = byte == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fence + "text\n" + text + '\n' + fence + "\n\n";
}

std::string feedback(const Course& course, const Student& student) {
  std::string text = "# " + escaped(student.name) + "\n\n**Puntos: " + decimal(student.points()) + " de " +
                     decimal(student.max_points()) + "**\n\n";
  if (const std::string notes = remarks(course, student); !notes.empty()) text += "## Avisos\n\n" + fenced(notes);
  for (const LabInfo& info : course.labs) {
    const auto found = student.labs.find(info.lab);
    if (found == student.labs.end()) continue;
    text += "## " + lab_name(info.lab) + " · " + escaped(info.title) + "\n\n" + decimal(found->second.points) + " de " +
            decimal(found->second.max_points) + " puntos\n\n";
    for (const Row& row : rows(info, found->second)) {
      text += "### " + row.number + ' ' + escaped(row.title) + " — " + std::string{status_text(row.status)} + " (" +
              decimal(row.points) + '/' + decimal(row.max_points) + ")\n\n";
      if (!row.explanation.empty()) text += fenced(row.explanation);
    }
  }
  text.pop_back();
  return text;
}

}  // namespace

void write_markdown(const Course& course, const std::filesystem::path& folder) {
  write_each(course, folder, "markdown", ".md", feedback);
}

}  // namespace autograder
