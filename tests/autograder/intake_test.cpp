// La recepción de las entregas: con archivos comprimidos y carpetas de verdad, lo que se acepta, lo que se rechaza y lo
// que se dice de cada cosa.
#include "autograder/intake.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../scaffolding/temp_folder.hpp"
#include "autograder/gradescope.hpp"
#include "autograder/names.hpp"

namespace {

namespace fs = std::filesystem;
using autograder::Submission;

constexpr std::string_view program = "int main() { return 0; }\n";

// Algo que se mete en un comprimido.
struct Packed {
  std::string path;
  std::string bytes{program};
  unsigned type = AE_IFREG;
  const char* target = nullptr;  // de un enlace simbólico (AE_IFLNK) o, si no, de un enlace duro
};

enum class Format { zip, tar_gz, encrypted_zip };

// Hace un comprimido, con los nombres tal cual: no se les cambia la codificación.
std::string pack(Format format, const std::vector<Packed>& contents) {
  const std::unique_ptr<archive, int (*)(archive*)> writer{::archive_write_new(), ::archive_write_free};
  if (format == Format::tar_gz) {
    ::archive_write_set_format_gnutar(writer.get());
    ::archive_write_add_filter_gzip(writer.get());
  } else {
    ::archive_write_set_format_zip(writer.get());
  }
  if (format == Format::encrypted_zip) {
    ::archive_write_set_options(writer.get(), "zip:encryption=zipcrypt");
    ::archive_write_set_passphrase(writer.get(), "secreta");
  }
  std::size_t room = 64UL * 1024;
  for (const Packed& item : contents) room += item.bytes.size() + 2 * item.path.size() + 2048;
  std::string bytes(room, '\0');
  std::size_t used = 0;
  ::archive_write_open_memory(writer.get(), bytes.data(), bytes.size(), &used);
  for (const Packed& item : contents) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry{::archive_entry_new(), ::archive_entry_free};
    ::archive_entry_copy_pathname(entry.get(), item.path.c_str());
    ::archive_entry_set_filetype(entry.get(), item.type);
    ::archive_entry_set_perm(entry.get(), item.type == AE_IFDIR ? 0755 : 0644);
    const bool has_data = item.type == AE_IFREG && item.target == nullptr;
    if (has_data) ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(item.bytes.size()));
    if (item.type == AE_IFLNK) {
      ::archive_entry_copy_symlink(entry.get(), item.target);
    } else if (item.target != nullptr) {
      ::archive_entry_copy_hardlink(entry.get(), item.target);
    }
    if (::archive_write_header(writer.get(), entry.get()) < ARCHIVE_WARN) {
      throw std::runtime_error{::archive_error_string(writer.get())};
    }
    if (has_data) ::archive_write_data(writer.get(), item.bytes.data(), item.bytes.size());
  }
  ::archive_write_close(writer.get());
  bytes.resize(used);
  return bytes;
}

// Cambia bytes de la cabecera de cada cosa de un zip: de la que lleva delante y de la del índice, que tiene dos más.
void patch_headers(std::string& zip, std::size_t offset, std::string_view bytes) {
  for (std::size_t at = 0; (at = zip.find("PK\x03\x04", at)) != std::string::npos; ++at) {
    zip.replace(at + offset, bytes.size(), bytes);
  }
  for (std::size_t at = 0; (at = zip.find("PK\x01\x02", at)) != std::string::npos; ++at) {
    zip.replace(at + offset + 2, bytes.size(), bytes);
  }
}

std::string contents_of(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

class Intake : public testing::Test {
protected:
  // Pone algo entre las entregas.
  void hand_in(const fs::path& name, std::string_view bytes = program) {
    EXPECT_TRUE(fs::exists(folder_.write("entregas" / name, bytes)));
  }

  std::vector<Submission> take_in() { return take_in(submissions()); }
  std::vector<Submission> take_in(const fs::path& from) { return autograder::take_in(from, work(), {1, 2}); }

  // La única entrega que hay.
  Submission take_one() {
    const std::vector<Submission> all = take_in();
    EXPECT_EQ(all.size(), 1U);
    return all.front();
  }

  // Lo que dice take_in() cuando no puede.
  std::string complaint(const fs::path& from) {
    try {
      take_in(from);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "no se quejó";
  }

  [[nodiscard]] fs::path submissions() const { return folder_.path() / "entregas"; }
  [[nodiscard]] fs::path work() const { return folder_.path() / "trabajo"; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

  void SetUp() override { fs::create_directory(submissions()); }

private:
  TempFolder folder_;
};

bool says(const Submission& submission, std::string_view text) {
  return std::any_of(submission.notes.begin(), submission.notes.end(),
                     [text](const std::string& note) { return note.find(text) != std::string::npos; });
}

std::vector<std::string> students(const std::vector<Submission>& all) {
  std::vector<std::string> result;
  std::transform(all.begin(), all.end(), std::back_inserter(result), [](const Submission& one) { return one.student; });
  return result;
}

// Una entrega de la que no se toma nada y cuyo lab1 se rechaza por ese motivo.
void expect_refused(const Submission& submission, std::string_view reason) {
  EXPECT_TRUE(submission.files.empty());
  ASSERT_TRUE(submission.refused.contains(1));
  EXPECT_NE(submission.refused.at(1).find(reason), std::string::npos) << submission.refused.at(1);
}

using Names = std::vector<std::string>;

// --- De dónde vienen

TEST_F(Intake, TakesAFolderOfEachStudent) {
  hand_in("ana/lab1.cpp", "// ana\n");
  hand_in("luis/lab1-socket/lab1.cpp");
  hand_in("luis/lab2-bind-listen-accept/lab2.cpp");
  const auto all = take_in();
  ASSERT_EQ(students(all), (Names{"ana", "luis"}));
  EXPECT_EQ(contents_of(all[0].files.at(1)), "// ana\n");
  EXPECT_EQ(all[1].files.size(), 2U);
  EXPECT_TRUE(all[0].notes.empty());
}

TEST_F(Intake, TakesAZipOrATarOfEachStudent) {
  hand_in("ana.zip", pack(Format::zip, {{"lab1.cpp", "// ana\n"}}));
  hand_in("luis.tar.gz", pack(Format::tar_gz, {{"lab1-socket/", "", AE_IFDIR}, {"lab1-socket/lab1.cpp", "// luis\n"}}));
  hand_in("pepa.TGZ", pack(Format::tar_gz, {{"./lab2.cpp", "// pepa\n"}}));
  const auto all = take_in();
  ASSERT_EQ(students(all), (Names{"ana", "luis", "pepa"}));
  EXPECT_EQ(contents_of(all[0].files.at(1)), "// ana\n");
  EXPECT_EQ(contents_of(all[1].files.at(1)), "// luis\n");
  EXPECT_EQ(contents_of(all[2].files.at(2)), "// pepa\n");
}

TEST_F(Intake, TakesTheDownloadOfMoodle) {
  hand_in("García Ruiz Ana_12345_assignsubmission_file_/entrega.zip", pack(Format::zip, {{"lab1.cpp", "// ana\n"}}));
  hand_in("García Ruiz Ana_12345_assignsubmission_onlinetext_/onlinetext.html", "<p>Hola</p>");
  hand_in("Pérez_Soto Luis_678_assignsubmission_file_lab1.cpp", "// luis\n");
  hand_in("Pérez_Soto Luis_678_assignsubmission_file_lab2.cpp", "// luis 2\n");
  const auto all = take_in();
  ASSERT_EQ(students(all), (Names{"12345", "678"}));
  EXPECT_EQ(all[0].name, "García Ruiz Ana");
  EXPECT_EQ(contents_of(all[0].files.at(1)), "// ana\n");
  EXPECT_TRUE(says(all[0], "Sobra «onlinetext.html»"));
  EXPECT_EQ(all[1].name, "Pérez_Soto Luis");
  EXPECT_EQ(all[1].files.size(), 2U);
}

TEST_F(Intake, TakesTheExportOfGradescope) {
  hand_in("assignment_9_export/submission_metadata.yml", R"(---
submission_10:
  :submitters:
  - :name: Ana García
    :sid: '777'
    :email: ana@example.com
  :created_at: 2026-04-26 17:34:00.861687000 Z
  :score: 2.0
  :results:
    output: |-
      :submitters:
      - :name: Quien no es
  :history:
  - :id: 8
    :created_at: 2026-04-25 10:00:00.000000000 Z
  - :id: 9
    :created_at: 2026-04-27 10:00:00.000000000 Z
submission_11:
  :submitters:
  - :name: Luis
    :email: luis@example.com
  - :name: "Pepa \"la\" Ruiz"
    :sid: 888
    :email: pepa@example.com
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: &1 2026-04-26 18:00:00.5 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
    time: *1
)");
  hand_in("assignment_9_export/submission_10/lab1.cpp", "// ana\n");
  hand_in("assignment_9_export/submission_11/lab1.cpp", "// grupo\n");
  hand_in("assignment_9_export/submission_12/lab1.cpp");
  const auto all = take_in();
  ASSERT_EQ(students(all), (Names{"777", "888", "luis@example.com", "submission_12"}));
  EXPECT_EQ(all[0].name, "Ana García");
  EXPECT_EQ(all[0].email, "ana@example.com");
  EXPECT_EQ(all[0].submitted_at, "2026-04-26T17:34:00Z");
  EXPECT_EQ(all[0].attempt, 2) << "hubo una antes; la otra fue después";
  EXPECT_EQ(all[1].name, "Pepa \"la\" Ruiz");
  EXPECT_EQ(all[1].submitted_at, "2026-04-26T18:00:00Z");
  EXPECT_TRUE(says(all[1], "grupo de 2"));
  EXPECT_EQ(contents_of(all[1].files.at(1)), "// grupo\n");
  EXPECT_EQ(contents_of(all[2].files.at(1)), "// grupo\n");
  EXPECT_TRUE(says(all[3], "No se sabe de quién es"));
}

TEST_F(Intake, ReadsWhatItCanOfBrokenMetadata) {
  EXPECT_TRUE(autograder::read_gradescope_metadata("").empty());
  EXPECT_TRUE(autograder::read_gradescope_metadata("a: [b, {c").at("a").submitters.empty());
  const auto half =
      autograder::read_gradescope_metadata("s:\n  :submitters:\n  - :name: Ana\n  :created_at: ayer\n\t- }");
  EXPECT_EQ(half.at("s").submitters.front().name, "Ana");
  EXPECT_TRUE(half.at("s").created_at.empty());
  EXPECT_TRUE(
      autograder::read_gradescope_metadata("s: {submitters: {name: x}, history: 3}").at("s").submitters.empty());
}

// La clase entera puede venir en un solo zip, con o sin una carpeta que lo envuelva todo.
TEST_F(Intake, TakesTheWholeClassInOneArchive) {
  const std::vector<Packed> contents{
      {"Curso/ana/lab1.cpp", "// ana\n"},
      {"Curso/luis.zip", pack(Format::zip, {{"x.zip", pack(Format::zip, {{"lab1.cpp", "// luis\n"}})}})},
      {"Curso/Soto Eva_7_assignsubmission_file_/e.zip", pack(Format::zip, {{"lab1.cpp", "// eva\n"}})},
      {"__MACOSX/Curso/._ana", "?"}};
  for (const Format format : {Format::zip, Format::tar_gz}) {
    const fs::path file = folder().write("clase.zip", pack(format, contents));
    const auto all = take_in(file);
    ASSERT_EQ(students(all), (Names{"7", "ana", "luis"}));
    EXPECT_EQ(contents_of(all[0].files.at(1)), "// eva\n");
    EXPECT_EQ(contents_of(all[1].files.at(1)), "// ana\n");
    EXPECT_EQ(contents_of(all[2].files.at(1)), "// luis\n");
  }
}

TEST_F(Intake, TakesTheRootAsASubmissionIfItIsOne) {
  hand_in("labs/lab1-socket/lab1.cpp", "// sola\n");
  hand_in("labs/lab2-bind-listen-accept/lab2.cpp");
  hand_in("scaffolding/programs/kit.cpp");
  const Submission one = take_one();
  EXPECT_EQ(one.student, "entregas");
  EXPECT_EQ(one.files.size(), 2U);
}

// Quien tiene una sola carpeta no la pierde: no es una envoltura.
TEST_F(Intake, TakesAClassOfOne) {
  hand_in("ana/lab1-socket/lab1.cpp");
  hand_in("ana/lab2-bind-listen-accept/lab2.cpp");
  EXPECT_EQ(take_one().student, "ana");
}

// --- De quién son

TEST_F(Intake, TellsAttemptsByTheWord) {
  hand_in("ana.zip", pack(Format::zip, {{"lab1.cpp", "1"}}));
  hand_in("ana_intento2.zip", pack(Format::zip, {{"lab1.cpp", "2"}}));
  hand_in("ana - Intento 10/lab1.cpp", "10");
  hand_in("grupo-1/lab1.cpp");
  hand_in("grupo-2/lab1.cpp");
  const auto all = take_in();
  ASSERT_EQ(students(all), (Names{"ana", "ana", "ana", "grupo-1", "grupo-2"}));
  EXPECT_EQ(all[0].attempt, 1);
  EXPECT_EQ(all[1].attempt, 2);
  EXPECT_EQ(contents_of(all[1].files.at(1)), "2");
  EXPECT_EQ(all[2].attempt, 10);
  EXPECT_EQ(contents_of(all[2].files.at(1)), "10");
}

// Dos nombres que se muestran igual (uno en Latin-1, otro en UTF-8) son de dos personas; y una carpeta y un zip con el
// mismo nombre pueden serlo.
TEST_F(Intake, NeverMergesTwoStudents) {
  hand_in("Jos\xE9/lab1.cpp", "latin-1");
  hand_in("José/lab1.cpp", "utf-8");
  hand_in("José_intento2/lab1.cpp", "utf-8, otra vez");
  hand_in("eva/lab1.cpp", "carpeta");
  hand_in("eva.zip", pack(Format::zip, {{"lab1.cpp", "zip"}}));
  hand_in("eva~2/lab1.cpp", "se llama así");
  const auto all = take_in();
  ASSERT_EQ(all.size(), 6U);
  std::vector<std::string> texts;
  for (const Submission& one : all) {
    EXPECT_EQ(one.files.size(), 1U);
    texts.push_back(one.student + '/' + std::to_string(one.attempt) + ": " + contents_of(one.files.at(1)));
  }
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(
      std::unique(texts.begin(), texts.end(),
                  [](const auto& a, const auto& b) { return a.substr(0, a.find(':')) == b.substr(0, b.find(':')); }),
      texts.end());
  const auto second = std::find_if(all.begin(), all.end(), [](const Submission& one) { return one.attempt == 2; });
  ASSERT_NE(second, all.end());
  const auto first = std::find_if(all.begin(), all.end(), [&second](const Submission& one) {
    return one.student == second->student && one.attempt == 1;
  });
  ASSERT_NE(first, all.end());
  EXPECT_EQ(contents_of(first->files.at(1)), "utf-8");
}

TEST_F(Intake, ReadsNamesInAnyEncoding) {
  std::string flagged = pack(Format::zip, {{"José Ñuñez/lab1.cpp"}, {"b/lab1.cpp"}});
  patch_headers(flagged, 6, std::string_view{"\x00\x08", 2});  // dice que sus nombres están en UTF-8
  EXPECT_EQ(students(take_in(folder().write("utf8.zip", flagged))), (Names{"José Ñuñez", "b"}));
  const auto cp437 = take_in(folder().write("cp437.zip", pack(Format::zip, {{"Jos\x82 \xA5u\xA4"
                                                                             "ez/lab1.cpp"},
                                                                            {"b/lab1.cpp"}})));
  EXPECT_EQ(students(cp437), (Names{"José Ñuñez", "b"}));
  const auto latin1 = take_in(folder().write("latin1.zip", pack(Format::zip, {{"Jos\xE9 \xD1u\xF1"
                                                                               "ez/lab1.cpp"},
                                                                              {"b/lab1.cpp"}})));
  EXPECT_EQ(students(latin1), (Names{"José Ñuñez", "b"}));
  const auto tar = take_in(folder().write("latin1.tgz", pack(Format::tar_gz, {{"Jos\xE9/lab1.cpp"}, {"b/lab1.cpp"}})));
  EXPECT_EQ(students(tar), (Names{"José", "b"}));
  EXPECT_EQ(autograder::readable("a\nb\x7F\xC2\x85"), "a?b??");
  EXPECT_EQ(autograder::readable("\xC2\xA0\xC2\xBF"), "\xC2\xA0\xC2\xBF");
}

// --- Qué se toma

TEST_F(Intake, CopiesNothingButLabFilesAndLeavesTheRest) {
  hand_in("ana/mi carpeta (1)/más ñ/LAB1.CPP", "// hola\n");
  hand_in("ana/leeme.txt");
  hand_in("ana/lab1.cpp.txt");
  hand_in("ana/lab01.cpp");
  hand_in("ana/lab7.cpp");
  hand_in("ana/.git/lab1.cpp", "oculto");
  const Submission one = take_one();
  EXPECT_EQ(contents_of(one.files.at(1)), "// hola\n");
  EXPECT_TRUE(says(one, "«mi carpeta (1)/más ñ/LAB1.CPP» se evalúa"));
  EXPECT_TRUE(says(one, "Sobran «lab01.cpp», «lab1.cpp.txt» y «leeme.txt»: no se usan."));
  EXPECT_TRUE(one.refused.empty());
  std::vector<fs::path> written;
  for (const auto& entry : fs::recursive_directory_iterator{work()}) {
    if (!entry.is_directory()) written.push_back(entry.path());
  }
  EXPECT_EQ(written, (std::vector<fs::path>{one.files.at(1)}));
  EXPECT_EQ(contents_of(submissions() / "ana/leeme.txt"), program);
}

TEST_F(Intake, KeepsTheBytesAndTellsWhatIsOddInThem) {
  hand_in("ana/lab1.cpp", "\xEF\xBB\xBF// CRLF\r\n");
  hand_in("ana/lab2.cpp", "// a\xF1o\n");
  const Submission one = take_one();
  EXPECT_EQ(contents_of(one.files.at(1)), "\xEF\xBB\xBF// CRLF\r\n");
  EXPECT_EQ(contents_of(one.files.at(2)), "// a\xF1o\n");
  EXPECT_TRUE(says(one, "lab1.cpp empieza por un BOM"));
  EXPECT_TRUE(says(one, "lab1.cpp tiene fines de línea de Windows"));
  EXPECT_TRUE(says(one, "lab2.cpp no está en UTF-8"));
}

TEST_F(Intake, RefusesWhatIsNotAProgram) {
  hand_in("ana/lab1.cpp", std::string{"int\0main", 8});
  hand_in("ana/lab2.cpp", "");
  hand_in("eva/lab1.cpp", std::string(autograder::limits::source + 1, 'x'));
  hand_in("luis/lab1.cpp", std::string{"\xFF\xFEi\0n\0t\0", 8});
  hand_in("pepa/lab1.cpp", std::string(autograder::limits::source, 'x'));
  const auto all = take_in();
  expect_refused(all[0], "bytes nulos");
  EXPECT_NE(all[0].refused.at(2).find("vacío"), std::string::npos);
  expect_refused(all[1], "más de 1 MiB");
  expect_refused(all[2], "UTF-16");
  EXPECT_TRUE(all[3].files.contains(1));
}

TEST_F(Intake, ChoosesAmongSeveralByARule) {
  hand_in("ana/lab1.cpp", "raíz");
  hand_in("ana/viejo/lab1-socket/lab1.cpp", "viejo");
  hand_in("ana/zeta/nuevo/lab1-socket/lab1.cpp", "hondo");
  hand_in("ana/b/lab2.cpp", "b");
  hand_in("ana/a/lab2.cpp", "a");
  hand_in("luis/lab1.cpp", "igual");
  hand_in("luis/copia/lab1.cpp", "igual");
  const auto all = take_in();
  EXPECT_EQ(contents_of(all[0].files.at(1)), "viejo");
  EXPECT_EQ(contents_of(all[0].files.at(2)), "a");
  EXPECT_TRUE(
      says(all[0], "se evalúa «viejo/lab1-socket/lab1.cpp» y no «lab1.cpp» y «zeta/nuevo/lab1-socket/lab1.cpp»."));
  EXPECT_TRUE(all[1].notes.empty()) << "son iguales: no hay nada que elegir";
}

// Hay quien entrega el kit entero: lo suyo es lo de labs/, y de lo demás no hay que avisar.
TEST_F(Intake, FindsTheirWorkInsideTheWholeKit) {
  hand_in("ana/kit/z/labs/lab1-socket/lab1.cpp", "suyo");
  hand_in("ana/kit/scaffolding/demo/lab1.cpp", "demostración");
  hand_in("ana/kit/solutions/lab1-socket/lab1.cpp", "solución");
  hand_in("ana/kit/tests/lab2.cpp", "el único");
  const Submission one = take_one();
  EXPECT_EQ(contents_of(one.files.at(1)), "suyo");
  EXPECT_EQ(contents_of(one.files.at(2)), "el único");
  EXPECT_TRUE(one.notes.empty());
}

TEST_F(Intake, ShowsWhoHandedInNothingUseful) {
  fs::create_directory(submissions() / "ana");
  hand_in("eva/leeme.txt");
  hand_in("luis.rar", "Rar!\x1A\x07");
  hand_in("pepa.zip", "esto no es un zip");
  hand_in("rosa_lab1.cpp");
  hand_in("notas.csv");
  const auto all = take_in();
  ASSERT_EQ(students(all), (Names{"ana", "eva", "luis", "pepa", "rosa_lab1"}));
  EXPECT_TRUE(says(all[0], "No hay ningún labN.cpp"));
  EXPECT_TRUE(says(all[1], "Sobra «leeme.txt»"));
  expect_refused(all[2], "se esperaba zip o tar.gz");
  expect_refused(all[3], "no es un zip");
  expect_refused(all[4], "suelto");
}

// --- Qué se rechaza

TEST_F(Intake, RefusesLinksAndSpecialFilesInAnArchive) {
  hand_in("ana.tar.gz", pack(Format::tar_gz, {{"lab1.cpp", "", AE_IFLNK, "/etc/passwd"}, {"lab2.cpp"}}));
  hand_in("eva.tar.gz", pack(Format::tar_gz, {{"lab1.cpp", "", AE_IFREG, "/etc/passwd"}, {"lab2.cpp"}}));
  hand_in("luis.tar.gz", pack(Format::tar_gz, {{"lab1.cpp", "", AE_IFIFO}, {"lab2.cpp"}}));
  hand_in("pepa.tar.gz", pack(Format::tar_gz, {{"lab1.cpp", "", AE_IFCHR}, {"lab2.cpp"}}));
  hand_in("rosa.zip", pack(Format::zip, {{"lab1.cpp", "", AE_IFLNK, "/etc/passwd"}, {"lab2.cpp"}}));
  const auto all = take_in();
  const std::array<std::string_view, 5> reasons{"enlace simbólico", "enlace duro", "dispositivo", "dispositivo",
                                                "enlace simbólico"};
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    SCOPED_TRACE(all[i].student);
    EXPECT_TRUE(all[i].refused.contains(1) && all[i].refused.at(1).find(reasons.at(i)) != std::string::npos);
    EXPECT_FALSE(all[i].files.contains(1));
    EXPECT_TRUE(all[i].files.contains(2)) << "lo demás de la entrega sí se toma";
  }
}

// Con un enlace a una carpeta por delante, un descompresor ingenuo escribiría fuera.
TEST_F(Intake, DoesNotWriteThroughALinkOfTheArchive) {
  const fs::path outside = folder().path() / "fuera";
  fs::create_directory(outside);
  hand_in("ana.tar.gz",
          pack(Format::tar_gz, {{"labs", "", AE_IFLNK, outside.c_str()}, {"labs/lab1.cpp", "dentro"}, {"leeme.txt"}}));
  const Submission one = take_one();
  EXPECT_TRUE(fs::is_empty(outside));
  EXPECT_EQ(contents_of(one.files.at(1)), "dentro");
  EXPECT_TRUE(says(one, "«labs» es un enlace simbólico"));
}

TEST_F(Intake, RefusesPathsThatLeaveTheSubmission) {
  const std::array<std::string, 5> paths{"/tmp/lab1.cpp", "../lab1.cpp", "a/../../lab1.cpp", "C:\\a\\lab1.cpp",
                                         "..\\..\\lab1.cpp"};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Format format = i % 2 == 0 ? Format::zip : Format::tar_gz;
    hand_in("e" + std::to_string(i) + ".zip", pack(format, {{paths.at(i)}, {"lab2.cpp"}}));
  }
  const auto all = take_in();
  ASSERT_EQ(all.size(), paths.size());
  for (const Submission& one : all) {
    EXPECT_TRUE(one.refused.contains(1) && one.refused.at(1).find("«..»") != std::string::npos) << one.student;
    EXPECT_TRUE(one.files.contains(2));
  }
  EXPECT_FALSE(fs::exists(folder().path() / "lab1.cpp"));
}

TEST_F(Intake, RefusesLinksAndSpecialFilesInAFolder) {
  hand_in("ana/leeme.txt");
  hand_in("secreto/lab1.cpp", "de otro");
  fs::create_symlink(submissions() / "secreto/lab1.cpp", submissions() / "ana/lab1.cpp");
  hand_in("eva/lab2.cpp");
  fs::create_directory_symlink(submissions() / "secreto", submissions() / "eva/labs");
  hand_in("luis/lab2.cpp");
  ASSERT_EQ(::mkfifo((submissions() / "luis/lab1.cpp").c_str(), 0600), 0);
  fs::create_directory_symlink(submissions() / "secreto", submissions() / "pepa");
  hand_in("rosa/original.cpp");
  fs::create_hard_link(submissions() / "rosa/original.cpp", submissions() / "rosa/lab1.cpp");
  const auto all = take_in();
  ASSERT_EQ(students(all), (Names{"ana", "eva", "luis", "pepa", "rosa", "secreto"}));
  expect_refused(all[0], "enlace simbólico");
  EXPECT_FALSE(all[1].files.contains(1));
  EXPECT_TRUE(says(all[1], "«labs» es un enlace simbólico"));
  EXPECT_NE(all[2].refused.at(1).find("tubería"), std::string::npos);
  expect_refused(all[3], "enlace simbólico");
  expect_refused(all[4], "enlace duro");
}

TEST_F(Intake, RefusesWhatInflatesTooMuch) {
  hand_in("ana.zip", pack(Format::zip, {{"lab1.cpp"}, {"ceros.bin", std::string(std::size_t{20} << 20, '\0')}}));
  hand_in("eva.tgz", pack(Format::tar_gz, {{"lab1.cpp"}, {"ceros.bin", std::string(std::size_t{20} << 20, '\0')}}));
  const std::string bomb = pack(Format::zip, {{"ceros.bin", std::string(std::size_t{20} << 20, '\0')}});
  hand_in("luis.zip", pack(Format::zip, {{"lab1.cpp"}, {"dentro.zip", bomb}}));
  for (const Submission& one : take_in()) {
    SCOPED_TRACE(one.student);
    expect_refused(one, "más de 200 veces");
  }
}

// Un zip puede decir el tamaño que quiera: si dice mucho se rechaza, y si dice poco no se lee más de lo que se acepta.
TEST_F(Intake, BelievesNoSizeTooLargeNorTooSmall) {
  std::string large = pack(Format::zip, {{"lab1.cpp"}, {"b.bin"}});
  patch_headers(large, 22, std::string_view{"\0\0\0\x20", 4});
  hand_in("ana.zip", large);
  std::string small = pack(Format::zip, {{"lab1.cpp", std::string(std::size_t{8} << 20, 'x')}});
  patch_headers(small, 22, std::string_view{"\1\0\0\0", 4});
  hand_in("eva.zip", small);
  const auto all = take_in();
  expect_refused(all[0], "más de 256 MiB");
  EXPECT_TRUE(all[1].files.empty());
  EXPECT_TRUE(all[1].refused.contains(1));
}

TEST_F(Intake, RefusesTooManyEntries) {
  std::vector<Packed> many{{"lab1.cpp"}};
  for (int i = 0; i < autograder::limits::entries; ++i) many.push_back({"f" + std::to_string(i), ""});
  hand_in("ana.zip", pack(Format::zip, many));
  many.pop_back();
  hand_in("eva.zip", pack(Format::zip, many));
  const auto all = take_in();
  expect_refused(all[0], "más de 10.000 archivos");
  EXPECT_TRUE(all[1].files.contains(1));
}

TEST_F(Intake, RefusesTooManyCopies) {
  std::vector<Packed> copies;
  copies.reserve(20);
  for (int i = 0; i < 20; ++i) {
    copies.push_back({std::to_string(i) + "/lab1.cpp", std::string(autograder::limits::source - 1, 'x')});
  }
  hand_in("ana.zip", pack(Format::zip, copies));
  const Submission one = take_one();
  EXPECT_TRUE(one.files.empty());
  EXPECT_TRUE(one.refused.contains(2)) << "se rechaza entera";
}

TEST_F(Intake, OpensOneLayerOfArchivesInsideASubmission) {
  const std::string inner = pack(Format::zip, {{"lab1.cpp", "hondo"}});
  const std::string middle = pack(Format::tar_gz, {{"c.zip", inner}, {"lab2.cpp", "medio"}});
  hand_in("ana.zip", pack(Format::zip, {{"b.tar.gz", middle}}));
  hand_in("eva/b.tar.gz", middle);
  for (const Submission& one : take_in()) {
    SCOPED_TRACE(one.student);
    EXPECT_EQ(contents_of(one.files.at(2)), "medio");
    EXPECT_FALSE(one.files.contains(1));
    EXPECT_NE(one.refused.at(1).find("«b.tar.gz/c.zip» es un comprimido que está dentro de otro"), std::string::npos);
  }
}

TEST_F(Intake, RefusesFoldersNestedWithoutEnd) {
  std::string deep;
  for (int i = 0; i <= autograder::limits::depth; ++i) deep += "d/";
  hand_in("ana.zip", pack(Format::zip, {{deep + "lab1.cpp"}}));
  hand_in("eva/" + deep + "lab1.cpp");
  const auto all = take_in();
  expect_refused(all[0], "demasiadas carpetas");
  expect_refused(all[1], "demasiadas carpetas");
}

TEST_F(Intake, RefusesEncryptedAndDamagedArchives) {
  hand_in("ana.zip", pack(Format::encrypted_zip, {{"lab1.cpp"}}));
  const std::string whole = pack(Format::tar_gz, {{"lab1.cpp"}, {"lab2.cpp", std::string(200'000, 'x')}});
  hand_in("eva.tar.gz", whole.substr(0, whole.size() - 60));
  const std::string zip = pack(Format::zip, {{"lab1.cpp"}});
  hand_in("luis.zip", zip.substr(0, zip.size() - 30));
  const auto all = take_in();
  expect_refused(all[0], "cifrado");
  EXPECT_TRUE(all[1].files.contains(1)) << "lo que se pudo leer entero vale";
  EXPECT_NE(all[1].refused.at(2).find("dañado"), std::string::npos);
  expect_refused(all[2], "dañado");
}

// --- Cuando no se puede

TEST_F(Intake, SaysWhatItExpected) {
  EXPECT_NE(complaint(folder().path() / "nada").find("no existe"), std::string::npos);
  EXPECT_NE(complaint(submissions()).find("no hay ninguna entrega"), std::string::npos);
  EXPECT_NE(complaint(folder().write("clase.zip", "PK")).find("no es un zip"), std::string::npos);
  EXPECT_NE(complaint("/dev/null").find("no es una carpeta ni un archivo"), std::string::npos);
}

// La carpeta de trabajo se vacía: si contuviera las entregas, se perderían.
TEST_F(Intake, NeverErasesTheSubmissions) {
  hand_in("ana/lab1.cpp");
  for (const fs::path& careless : {submissions(), submissions() / "", folder().path(), folder().path() / "",
                                   submissions() / "ana", submissions() / "nueva" / ".."}) {
    EXPECT_THROW(autograder::take_in(submissions(), careless, {1}), std::runtime_error) << careless;
  }
  EXPECT_EQ(contents_of(submissions() / "ana/lab1.cpp"), program);
}

TEST_F(Intake, ReplacesTheWorkOfAnotherTimeAndAlwaysSaysTheSame) {
  hand_in("ana/lab1.cpp", "uno");
  hand_in("eva/lab1.cpp", "dos");
  take_in();
  const fs::path stale = folder().write("trabajo/viejo.txt", "de otra vez");
  const auto again = take_in();
  EXPECT_FALSE(fs::exists(stale));
  ASSERT_EQ(students(again), (Names{"ana", "eva"}));
  const auto once_more = take_in();
  EXPECT_EQ(again[0].files, once_more[0].files);
  EXPECT_EQ(again[1].files, once_more[1].files);
}

}  // namespace
