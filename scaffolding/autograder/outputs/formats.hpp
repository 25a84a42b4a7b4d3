/// @file
/// Un adaptador por formato, cada uno en su archivo. Todos reciben la clase y la carpeta de salida, que ya existe, y
/// lanzan std::system_error si no pueden escribir. outputs.cpp dice qué es cada uno.
#pragma once

#include <filesystem>

#include "autograder/model.hpp"

namespace autograder {

/// gradescope/ID.json: results.json de cada estudiante.
void write_gradescope(const Course& course, const std::filesystem::path& folder);
/// autolab/ID.txt: lo que se imprime para Autolab; la última línea lleva los puntos de cada laboratorio.
void write_autolab(const Course& course, const std::filesystem::path& folder);
/// prairielearn/ID.json: results.json de cada estudiante, de menos de 1 MB.
void write_prairielearn(const Course& course, const std::filesystem::path& folder);
/// classroom50/ID.json: result.json de cada estudiante. Lo que solo sabe la plataforma (CLASSROOM, ASSIGNMENT,
/// SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, REVIEW_URL) se toma del entorno.
void write_classroom50(const Course& course, const std::filesystem::path& folder);
/// vpl/ID.txt: lo que se imprime para VPL. La nota va de VPL_GRADEMIN a VPL_GRADEMAX, del entorno; si no, de 0 a 100.
void write_vpl(const Course& course, const std::filesystem::path& folder);
/// coderunner/ID.json: el resultado de un combinador de CodeRunner.
void write_coderunner(const Course& course, const std::filesystem::path& folder);
/// junit/ID.xml: JUnit XML.
void write_junit(const Course& course, const std::filesystem::path& folder);
/// moodle.csv: para importar en el libro de calificaciones de Moodle. Los comentarios son HTML, como los lee Moodle.
void write_moodle(const Course& course, const std::filesystem::path& folder);
/// canvas.csv: para importar en el libro de calificaciones de Canvas.
void write_canvas(const Course& course, const std::filesystem::path& folder);
/// markdown/ID.md: los comentarios para cada estudiante.
void write_markdown(const Course& course, const std::filesystem::path& folder);

}  // namespace autograder
