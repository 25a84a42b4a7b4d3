#include "autograder/engine.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <map>
#include <ostream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "autograder/course.hpp"
#include "autograder/digest.hpp"
#include "autograder/intake.hpp"
#include "autograder/likeness.hpp"
#include "autograder/outputs.hpp"
#include "autograder/policy.hpp"
#include "autograder/pool.hpp"
#include "autograder/progress_bar.hpp"
#include "autograder/store.hpp"
#include "grader/compile.hpp"
#include "grader/toolchain.hpp"
#include "programs/kit.hpp"

namespace autograder {

namespace {

namespace fs = std::filesystem;

// Un trabajo tiene sus propios límites; esto es por si fallan.
constexpr std::chrono::minutes job_net{30};
// Si tantos trabajos seguidos fallan por culpa de la máquina, fallarán todos.
constexpr int tolerated_failures = 3;
// De cada laboratorio se enseñan las parejas que más se parecen: si son más, es que lo natural es parecerse.
constexpr std::size_t shown_pairs = 100;

std::string lab_name(int lab) { return "lab" + std::to_string(lab); }

std::string decimal(double value) {
  std::ostringstream text;
  text.precision(1);
  text << std::fixed << value;
  std::string shown = text.str();
  std::replace(shown.begin(), shown.end(), '.', ',');
  return shown;
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%FT%T%z", &local)};
}

// El nombre de la clase: el de la carpeta o el del archivo de las entregas.
std::string class_name(const fs::path& submissions) {
  const fs::path path = fs::weakly_canonical(submissions);
  if (fs::is_directory(path)) return path.filename().string();
  return path.stem().extension() == ".tar" ? path.stem().stem().string() : path.stem().string();
}

// Con qué se evalúa un laboratorio: si algo de esto cambia, los resultados que hay ya no valen. De la rúbrica, solo lo
// que decide qué se ejecuta: los puntos y los textos se ponen después.
std::string evaluator_of(const grader::Rubric& rubric, Isolation isolation) {
  const std::string lab = lab_name(rubric.lab);
  const fs::path libraries{grader::toolchain::libraries};
  std::vector<fs::path> parts{libraries.parent_path() / "bin" / (lab + "_grader"),
                              libraries / ("lib" + lab + "_program.a"),
                              grader::lab_folder(rubric.lab) / (lab + ".hpp")};
  if (rubric.watches_races()) parts.push_back(libraries / ("lib" + lab + "_races.a"));
  std::string text = isolation == Isolation::full ? "full" : "weak";
  for (const fs::path& part : parts) text += '\n' + sha256(read_file(part));
  for (const grader::RubricTest& test : rubric.tests) {
    text += '\n' + test.name;
    for (const int before : test.after) text += ' ' + std::to_string(before);
  }
  return sha256(text);
}

// Nadie más usa la carpeta de resultados mientras este objeto vive.
class Lock {
public:
  explicit Lock(const fs::path& out)
      : descriptor_{::open((out / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)} {
    if (!descriptor_.is_open()) {
      throw std::runtime_error{"no se puede escribir en la carpeta OUT=«" + out.string() +
                               "»: " + std::strerror(errno)};
    }
    if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) == 0) return;
    throw std::runtime_error{"otro autocalificador está usando OUT=«" + out.string() +
                             "»: espera a que termine, o usa otra carpeta"};
  }

private:
  kit::Descriptor descriptor_;
};

fs::path prepared(const fs::path& out) {
  std::error_code problem;
  fs::create_directories(out, problem);
  if (problem)
    throw std::runtime_error{"no se puede crear la carpeta OUT=«" + out.string() + "»: " + problem.message()};
  return out;
}

// Una evaluación que falta.
struct Task {
  Key key;
  fs::path source;
  std::string test;  // la única que se hace; vacía: todas
};

class Engine {
public:
  Engine(const Options& options, std::ostream& stream, bool terminal)
      : options_{options},
        stream_{stream},
        terminal_{terminal},
        lock_{prepared(options.out)},
        store_{options.out / "class.db"},
        work_{options.out / "work"},
        seed_{store_.seed(options.seed)} {
    if (!options.policy.empty()) policy_ = read_policy(options.policy);
    if (!options.worksheet.empty() && !fs::is_regular_file(options.worksheet)) {
      throw std::runtime_error{"WORKSHEET=«" + options.worksheet.string() +
                               "» no existe: es el CSV que se descarga de una tarea de Moodle"};
    }
    for (const int lab : options.labs) {
      rubrics_.push_back(grader::rubric_of(lab));
      evaluators_[lab] = evaluator_of(rubrics_.back(), options.isolation);
    }
    require(options.isolation);
    // Lo que dejó a medias una ejecución a la que mataron. Si de ella queda algo que muere ahora mismo, no importa.
    std::error_code ignored;
    fs::remove_all(work_, ignored);
    fs::create_directories(work_);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    std::error_code ignored;
    fs::remove_all(work_, ignored);
  }

  int run() {
    attempts_ = take_in(options_.submissions, work_ / "entregas", options_.labs);
    for (const Submission& attempt : attempts_) {
      for (const auto& [lab, file] : attempt.files) {
        const Key key = key_of(lab, file);
        keys_[file] = key;
        sources_.try_emplace(key, file);
      }
    }
    if (!options_.regrade.none()) store_.together([this] { forget(); });

    for (;;) {
      store_.together([this] { skip_dependents(); });
      tasks_ = missing();
      if (tasks_.empty()) break;
      if (const int signal = perform_tasks(); signal != 0) return interrupted(signal);
    }
    report();
    return failures_.empty() ? 0 : 1;
  }

private:
  Key key_of(int lab, const fs::path& file) { return {lab, sha256(read_file(file)), evaluators_.at(lab), seed_}; }

  [[nodiscard]] const grader::Rubric& rubric_of(int lab) const {
    return *std::find_if(rubrics_.begin(), rubrics_.end(), [lab](const auto& rubric) { return rubric.lab == lab; });
  }

  //
  // Qué falta por hacer
  //
  void forget() {
    const Regrade& asked = options_.regrade;
    if (asked.lab != 0 && !options_.labs.contains(asked.lab)) {
      throw std::runtime_error{"REGRADE= nombra " + lab_name(asked.lab) + ", que no está entre los que se evalúan"};
    }
    if (asked.test != 0) return forget_test(asked.lab, asked.test);
    bool found = asked.student.empty();
    for (const Submission& attempt : attempts_) {
      if (!asked.student.empty() && attempt.student != asked.student && attempt.name != asked.student) continue;
      found = true;
      for (const auto& [lab, file] : attempt.files) {
        if (asked.lab == 0 || asked.lab == lab) store_.forget(keys_.at(file));
      }
    }
    if (!found) {
      throw std::runtime_error{"REGRADE=«" + asked.student +
                               "»: no es ningún estudiante de esta clase, ni «todo», «lab4» o «lab4.2»"};
    }
  }

  // Los demás resultados se conservan aunque el evaluador haya cambiado: es para cuando se corrige una prueba.
  void forget_test(int lab, int id) {
    const grader::Rubric& rubric = rubric_of(lab);
    std::set<int> again{id};
    std::set<std::string> names;
    for (const grader::RubricTest& test : rubric.tests) {
      if (std::any_of(test.after.begin(), test.after.end(), [&](int before) { return again.contains(before); })) {
        again.insert(test.id);
      }
      if (again.contains(test.id)) names.insert(test.name);
    }
    if (id > static_cast<int>(rubric.tests.size())) {
      throw std::runtime_error{"REGRADE=" + lab_name(lab) + '.' + std::to_string(id) + ": " + lab_name(lab) +
                               " tiene de la prueba 1 a la " + std::to_string(rubric.tests.size())};
    }
    for (const auto& [key, source] : sources_) {
      if (key.lab != lab) continue;
      store_.adopt(key);
      std::optional<JobResult> result = store_.find(key);
      if (!result) continue;
      std::erase_if(result->tests, [&](const TestOutcome& test) { return names.contains(test.name); });
      store_.put(key, *result);
    }
  }

  // La primera prueba de la rúbrica que le falta a un resultado; `nullptr` si ninguna.
  static const grader::RubricTest* first_missing(const JobResult& result, const grader::Rubric& rubric) {
    if (result.state != State::graded && result.state != State::interrupted) return nullptr;
    const auto found = std::find_if(rubric.tests.begin(), rubric.tests.end(),
                                    [&](const auto& test) { return outcome_of(result, test.name) == nullptr; });
    return found == rubric.tests.end() ? nullptr : &*found;
  }

  static const TestOutcome* outcome_of(const JobResult& result, const std::string& name) {
    const auto found =
        std::find_if(result.tests.begin(), result.tests.end(), [&](const auto& test) { return test.name == name; });
    return found == result.tests.end() ? nullptr : &*found;
  }

  // Al repetir una prueba suelta, las que dependen de ella se hacen o no según salga, igual que en el evaluador.
  void skip_dependents() {
    for (const auto& [key, source] : sources_) {
      std::optional<JobResult> result = store_.find(key);
      if (!result) continue;
      const grader::Rubric& rubric = rubric_of(key.lab);
      bool changed = false;
      while (const grader::RubricTest* test = first_missing(*result, rubric)) {
        const auto failed = std::find_if(test->after.begin(), test->after.end(), [&](int before) {
          const TestOutcome* outcome = outcome_of(*result, rubric.tests[static_cast<std::size_t>(before) - 1].name);
          return outcome->status != Status::passed && outcome->status != Status::unavailable;
        });
        if (failed == test->after.end()) break;
        TestOutcome skipped;
        skipped.name = test->name;
        skipped.id = test->id;
        skipped.status = Status::skipped;
        skipped.observed = "depende de la prueba " + std::to_string(*failed);
        result->tests.push_back(skipped);
        changed = true;
      }
      if (changed) store_.put(key, *result);
    }
  }

  std::vector<Task> missing() {
    std::vector<Task> tasks;
    for (const auto& [key, source] : sources_) {
      if (failures_.contains(key)) continue;
      const std::optional<JobResult> result = store_.find(key);
      const grader::RubricTest* test = result ? first_missing(*result, rubric_of(key.lab)) : nullptr;
      if (!result || test != nullptr) tasks.push_back({key, source, test == nullptr ? std::string{} : test->name});
    }
    return tasks;
  }

  //
  // Hacerlo
  //
  [[nodiscard]] fs::path place(std::size_t index, const char* what) const {
    return work_ / (std::to_string(round_) + '-' + std::to_string(index) + what);
  }

  [[nodiscard]] std::vector<std::string> command(std::size_t index) const {
    const Task& task = tasks_[index];
    std::vector<std::string> words{options_.program.string(), "job"};
    words.insert(words.end(), {"--lab", std::to_string(task.key.lab), "--source", task.source.string()});
    words.insert(words.end(), {"--seed", std::to_string(task.key.seed)});
    words.insert(words.end(), {"--isolation", options_.isolation == Isolation::full ? "full" : "weak"});
    words.insert(words.end(), {"--result", place(index, ".json").string(), "--work", place(index, "").string()});
    if (!task.test.empty()) words.insert(words.end(), {"--test", task.test});
    return words;
  }

  int perform_tasks() {
    ++round_;
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [start] { return std::chrono::steady_clock::now() - start; };
    if (round_ == 1) {
      stream_ << "Evalúo " << tasks_.size() << (tasks_.size() == 1 ? " archivo" : " archivos") << ", "
              << std::min(options_.jobs, tasks_.size()) << " a la vez…" << std::endl;
    }
    ProgressBar bar{stream_, terminal_, tasks_.size()};
    Work work;
    work.count = tasks_.size();
    work.parallel = options_.jobs;
    work.net = job_net;
    work.command = [this](std::size_t index) { return command(index); };
    work.messages = [this](std::size_t index) { return place(index, ".log"); };
    work.ended = [&](const Ended& ended) {
      const bool more = keep(ended);
      bar.advance(elapsed());
      return more;
    };
    work.tick = [&] { bar.refresh(elapsed()); };
    const int signal = perform(work);
    bar.clear();
    seconds_ += std::chrono::duration<double>(elapsed()).count();
    if (failed_in_a_row_ >= tolerated_failures) {
      throw std::runtime_error{
          "lo dejo: " + std::to_string(failed_in_a_row_) +
          " evaluaciones seguidas fallaron sin culpa de las entregas. La última: " + last_failure_};
    }
    return signal;
  }

  // Guarda lo que salió de un trabajo. Dice si hay que seguir.
  bool keep(const Ended& ended) {
    const Task& task = tasks_[ended.index];
    std::optional<JobResult> result;
    std::string problem;
    try {
      if (ended.timed_out)
        throw std::runtime_error{"pasaron " + std::to_string(job_net.count()) + " min y no terminaba"};
      if (ended.status != 0) throw std::runtime_error{last_words(ended)};
      result = read_result(read_file(place(ended.index, ".json")));
    } catch (const std::exception& error) {
      problem = error.what();
    }
    std::error_code ignored;
    for (const char* what : {".json", ".log", ""}) fs::remove_all(place(ended.index, what), ignored);
    if (!result) {
      last_failure_ = task.source.filename().string() + ": " + problem;
      failures_[task.key] = problem;
      return ++failed_in_a_row_ < tolerated_failures;
    }
    failed_in_a_row_ = 0;
    ++done_;
    result->lab = task.key.lab;
    result->hash = task.key.hash;
    result->seed = task.key.seed;
    store_.put(task.key, task.test.empty() ? *result : merged(task, *result));
    return true;
  }

  // El resultado que ya había, con la prueba que se acaba de repetir.
  JobResult merged(const Task& task, const JobResult& alone) {
    JobResult result = store_.find(task.key).value();
    const TestOutcome* found = outcome_of(alone, task.test);
    TestOutcome test;
    if (found != nullptr) test = *found;
    test.name = task.test;
    result.tests.push_back(test);
    return result;
  }

  // Por qué murió un trabajo: lo último que dijo o, si no dijo nada, cómo.
  [[nodiscard]] std::string last_words(const Ended& ended) const {
    std::istringstream said{read_file(place(ended.index, ".log"))};
    std::string last;
    for (std::string line; std::getline(said, line);) {
      if (!line.empty()) last = line;
    }
    if (!last.empty()) return last;
    if (WIFSIGNALED(ended.status))
      return std::string{"murió por la señal SIG"} + ::sigabbrev_np(WTERMSIG(ended.status));
    return "terminó con el estado " + std::to_string(WEXITSTATUS(ended.status)) + " y sin decir por qué";
  }

  int interrupted(int signal) {
    const std::size_t left = missing().size();
    stream_ << "Interrumpido. Quedan por evaluar " << left << (left == 1 ? " archivo" : " archivos")
            << "; lo demás está guardado. Para seguir por donde iba, repite la orden"
            << (options_.regrade.none() ? "" : ", sin REGRADE=") << '.' << std::endl;
    return 128 + signal;
  }

  //
  // Contarlo
  //
  void report() {
    Course course;
    course.title = class_name(options_.submissions);
    course.missing_protections = missing_protections(options_.isolation);
    for (const grader::Rubric& rubric : rubrics_) course.labs.push_back(lab_info(rubric));
    course.students = make_students(attempts_, rubrics_, policy_, [this](int lab, const fs::path& file) {
      const Key& key = keys_.at(file);
      if (const auto failed = failures_.find(key); failed != failures_.end()) {
        JobResult result;
        result.lab = lab;
        result.state = State::interrupted;
        result.reason = "no se pudo evaluar, sin culpa de la entrega: " + failed->second;
        result.hash = key.hash;
        result.seed = key.seed;
        return result;
      }
      return store_.find(key).value();
    });
    for (const grader::Rubric& rubric : rubrics_) add_alike(rubric.lab, course.alike);
    std::stable_sort(course.alike.begin(), course.alike.end(),
                     [](const Likeness& one, const Likeness& other) { return one.percent > other.percent; });
    course.graded_at = now();
    write_course(course, options_.out / "class.json");
    write_outputs(course, options_.formats, options_.out);
    if (!options_.worksheet.empty()) fill_worksheet(course);
    summary(course);
  }

  // De cada estudiante se compara su último intento.
  void add_alike(int lab, std::vector<Likeness>& alike) {
    std::map<std::string, std::pair<int, fs::path>> latest;
    for (const Submission& attempt : attempts_) {
      const auto file = attempt.files.find(lab);
      if (file == attempt.files.end()) continue;
      auto& [number, path] = latest[attempt.student];
      if (attempt.attempt >= number) std::tie(number, path) = std::pair{attempt.attempt, file->second};
    }
    std::vector<std::pair<std::string, fs::path>> files;
    files.reserve(latest.size());
    for (const auto& [student, numbered] : latest) files.emplace_back(student, numbered.second);
    std::vector<Likeness> pairs = find_alike(lab, files);
    if (pairs.size() > shown_pairs) {
      stream_ << lab_name(lab) << ": se parecen " << pairs.size() << " parejas; el informe enseña las " << shown_pairs
              << " que más.\n";
      pairs.resize(shown_pairs);
    }
    alike.insert(alike.end(), pairs.begin(), pairs.end());
  }

  void fill_worksheet(const Course& course) {
    const fs::path filled = options_.out / "hoja_de_moodle.csv";
    const std::vector<std::string> absent = fill_moodle_worksheet(course, options_.worksheet, filled);
    stream_ << "Hoja de Moodle, rellena: " << filled.string() << '\n';
    for (const std::string& student : absent) stream_ << "En la hoja de Moodle no está " << student << ".\n";
  }

  void summary(const Course& course) {
    std::size_t handed_in = 0;
    double percent = 0;
    for (const Student& student : course.students) {
      for (const auto& [lab, outcome] : student.labs) handed_in += outcome.state == State::missing ? 0 : 1;
      percent += student.max_points() == 0 ? 0 : 100 * student.points() / student.max_points();
    }
    stream_ << "Clase «" << course.title << "»: " << course.students.size() << " estudiantes, " << course.labs.size()
            << (course.labs.size() == 1 ? " laboratorio" : " laboratorios") << ", " << handed_in
            << " entregas. Nota media: " << decimal(percent / static_cast<double>(course.students.size()))
            << " de 100.\n";
    stream_ << "Archivos distintos: " << sources_.size() << "; evaluados ahora: " << done_;
    if (done_ != 0) stream_ << ", en " << duration_text(seconds_);
    stream_ << ". Semilla: " << seed_ << ".\n";
    if (!failures_.empty()) {
      stream_ << "✗ " << failures_.size()
              << " no se pudieron evaluar, y no por culpa de las entregas; repite la orden y "
              << "se harán solo esos. El último: " << last_failure_ << '\n';
    }
    for (const std::string& protection : course.missing_protections)
      stream_ << "Falta una protección: " << protection << '\n';
    const fs::path page = options_.out / "html" / "index.html";
    stream_ << "Informe: " << (fs::exists(page) ? page : options_.out / "class.json").string() << std::endl;
  }

  const Options& options_;
  std::ostream& stream_;
  bool terminal_;
  Lock lock_;
  Store store_;
  fs::path work_;
  unsigned seed_;
  Policy policy_;
  std::vector<grader::Rubric> rubrics_;
  std::map<int, std::string> evaluators_;
  std::vector<Submission> attempts_;
  std::map<fs::path, Key> keys_;     // de cada copia de labN.cpp
  std::map<Key, fs::path> sources_;  // de cada archivo distinto, una copia
  std::vector<Task> tasks_;          // los de esta ronda
  int round_ = 0;
  std::map<Key, std::string> failures_;  // lo que no se pudo evaluar, y por qué
  int failed_in_a_row_ = 0;
  std::string last_failure_;
  std::size_t done_ = 0;
  double seconds_ = 0;
};

}  // namespace

std::set<int> all_labs() {
  std::set<int> labs;
  static const std::regex form{"lab([0-9]+)-.*"};
  for (const fs::directory_entry& entry : fs::directory_iterator{grader::toolchain::labs}) {
    const std::string name = entry.path().filename().string();
    std::smatch found;
    if (std::regex_match(name, found, form)) labs.insert(std::stoi(found[1]));
  }
  return labs;
}

std::set<int> read_labs(const std::string& text) {
  if (text.empty()) return all_labs();
  const std::set<int> known = all_labs();
  static const std::regex part{"(?:lab)?([0-9]{1,3})(?:-(?:lab)?([0-9]{1,3}))?"};
  std::set<int> labs;
  std::string spaced = text;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::istringstream words{spaced};
  for (std::string word; words >> word;) {
    std::smatch found;
    if (!std::regex_match(word, found, part)) {
      throw std::runtime_error{"no entiendo LABS=«" + text + "»: son números, como en LABS=2, LABS=1,3 o LABS=1-3,5"};
    }
    const int first = std::stoi(found[1]);
    const int last = found[2].matched ? std::stoi(found[2]) : first;
    for (int lab = first; lab <= last; ++lab) {
      if (!known.contains(lab)) {
        throw std::runtime_error{"LABS=«" + text + "»: no existe " + lab_name(lab) + "; hay del " +
                                 std::to_string(*known.begin()) + " al " + std::to_string(*known.rbegin())};
      }
      labs.insert(lab);
    }
  }
  if (labs.empty()) throw std::runtime_error{"LABS=«" + text + "» no nombra ningún laboratorio"};
  return labs;
}

Regrade read_regrade(const std::string& text) {
  Regrade asked;
  static const std::regex form{"lab([0-9]{1,3})(?:\\.([0-9]{1,3}))?"};
  std::smatch found;
  if (text == "todo") {
    asked.all = true;
  } else if (std::regex_match(text, found, form)) {
    asked.lab = std::stoi(found[1]);
    if (found[2].matched) asked.test = std::stoi(found[2]);
  } else {
    asked.student = text;
  }
  return asked;
}

fs::path default_out(const fs::path& submissions) {
  return fs::proximate(fs::path{grader::toolchain::libraries}.parent_path() / "autograder" / class_name(submissions));
}

std::vector<std::string> read_formats(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream words{text.empty() ? "html,moodle" : text};
  for (std::string name; std::getline(words, name, ',');) {
    std::string known;
    bool found = false;
    for (const Output& output : outputs()) {
      found = found || output.name == name;
      known += (known.empty() ? "" : ", ") + output.name;
    }
    if (!found) throw std::runtime_error{"no conozco el formato «" + name.append("»; los que hay son ") + known};
    names.push_back(name);
  }
  return names;
}

void write_outputs(const Course& course, const std::vector<std::string>& formats, const fs::path& out) {
  for (const Output& output : outputs()) {
    if (std::find(formats.begin(), formats.end(), output.name) != formats.end()) output.write(course, out);
  }
}

int grade(const Options& options, std::ostream& stream, bool terminal) {
  return Engine{options, stream, terminal}.run();
}

}  // namespace autograder
