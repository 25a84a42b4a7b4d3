#include "autograder/outputs.hpp"

#include "autograder/outputs/formats.hpp"
#include "autograder/outputs/html.hpp"

namespace autograder {

const std::vector<Output>& outputs() {
  static const std::vector<Output> list{
      {"html", "el informe de la clase, con una página por estudiante", write_html},
      {"moodle", "CSV para el libro de calificaciones de Moodle", write_moodle},
      {"canvas", "CSV para el libro de calificaciones de Canvas", write_canvas},
      {"markdown", "un archivo de comentarios por estudiante", write_markdown},
      {"junit", "JUnit XML, uno por estudiante", write_junit},
      {"gradescope", "results.json de Gradescope, uno por estudiante", write_gradescope},
      {"autolab", "salida para Autolab, una por estudiante", write_autolab},
      {"prairielearn", "results.json de PrairieLearn, uno por estudiante", write_prairielearn},
      {"classroom50", "result.json de Classroom 50, uno por estudiante", write_classroom50},
      {"vpl", "salida para VPL de Moodle, una por estudiante", write_vpl},
      {"coderunner", "resultado para CodeRunner de Moodle, uno por estudiante", write_coderunner},
  };
  return list;
}

}  // namespace autograder
