#include "autograder/intake.hpp"

#include <algorithm>
#include <clocale>
#include <map>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

#include "autograder/bundle.hpp"
#include "autograder/gradescope.hpp"
#include "autograder/names.hpp"
#include "autograder/unpack.hpp"

namespace autograder {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view metadata_name = "submission_metadata.yml";

std::string shown(const fs::path& path) { return "«" + readable(path.string()) + "»"; }

// libarchive da los nombres en la codificación del hilo: mientras se reciben las entregas, UTF-8.
class Utf8Names {
public:
  Utf8Names() : ours_{::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)} {
    if (ours_ != nullptr) before_ = ::uselocale(ours_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (ours_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(ours_);
  }

private:
  locale_t ours_;
  locale_t before_ = nullptr;
};

// Recorre las entregas, estén en una carpeta o en un comprimido.
void walk(const fs::path& submissions, const Visit& visit) {
  int entries = 0;
  const Visit counted = [&](const Item& item) {
    if (++entries > limits::class_entries) throw Damaged{"tiene demasiados archivos para ser una clase"};
    visit(item);
  };
  try {
    if (fs::is_directory(submissions)) {
      walk_folder(submissions, counted);
    } else {
      walk_archive_file(submissions, counted);
    }
  } catch (const Damaged& error) {
    throw std::runtime_error{shown(submissions) + ' ' + error.what() +
                             ": se esperaba una carpeta con una entrega por estudiante, o un zip con lo mismo dentro"};
  }
}

// Cómo están repartidas las entregas.
struct Layout {
  std::string prefix;           // dónde está la raíz; vacío, o acabado en «/»
  bool is_one_student = false;  // la raíz entera es una entrega
};

class LayoutFinder {
public:
  explicit LayoutFinder(const fs::path& submissions) {
    walk(submissions, [this](const Item& item) {
      if (item.kind != Kind::outside && !is_hidden(item.path)) seen_.emplace_back(item.path, item.kind == Kind::folder);
    });
  }

  [[nodiscard]] Layout find() const {
    Layout layout{"", is_one_student("")};
    while (!layout.is_one_student) {
      const auto children = children_of(layout.prefix);
      if (children.size() != 1) break;
      const auto& [name, is_folder] = *children.begin();
      const std::string inside = layout.prefix + name + '/';
      const bool names_a_student = owner_of(name).id != readable(name);
      if (!is_folder || names_a_student || is_one_student(inside)) break;
      const auto grandchildren = children_of(inside);
      const auto submissions = std::count_if(grandchildren.begin(), grandchildren.end(), [](const auto& child) {
        return child.second || packing_of(child.first) == Packing::opened;
      });
      if (submissions < 2 && !grandchildren.contains(std::string{metadata_name})) break;
      layout.prefix = inside;
    }
    return layout;
  }

private:
  // ¿Hay un labN.cpp al que se llega solo por carpetas del kit?
  [[nodiscard]] bool is_one_student(const std::string& prefix) const {
    return std::any_of(seen_.begin(), seen_.end(), [&prefix](const auto& seen) {
      const auto& [path, is_folder] = seen;
      if (is_folder || !path.starts_with(prefix)) return false;
      std::string_view rest = std::string_view{path}.substr(prefix.size());
      for (std::size_t slash = 0; (slash = rest.find('/')) != std::string_view::npos; rest.remove_prefix(slash + 1)) {
        const std::string_view folder = rest.substr(0, slash);
        const int lab = lab_of_file(rest.substr(rest.rfind('/') + 1));
        if (folder != "labs" && !is_folder_of_lab(folder, lab)) return false;
      }
      return lab_of_file(rest) != 0;
    });
  }

  // Lo que hay directamente en una carpeta, y si es otra carpeta.
  [[nodiscard]] std::map<std::string, bool> children_of(const std::string& prefix) const {
    std::map<std::string, bool> children;
    for (const auto& [path, is_folder] : seen_) {
      if (!path.starts_with(prefix) || path.size() == prefix.size()) continue;
      const std::size_t slash = path.find('/', prefix.size());
      const bool has_more = slash != std::string::npos;
      bool& child = children[path.substr(prefix.size(), has_more ? slash - prefix.size() : slash)];
      child = child || is_folder || has_more;
    }
    return children;
  }

  std::vector<std::pair<std::string, bool>> seen_;
};

// Una entrega, todavía sin decidir de quién.
struct Found {
  std::string child;  // cómo se llama en la raíz
  Owner owner;
  Bundle bundle;
};

// Reparte lo que se encuentra entre las entregas de la raíz.
class Collector {
public:
  Collector(Layout layout, const std::set<int>& labs, bool is_packed, std::string whole_name)
      : layout_{std::move(layout)}, labs_{&labs}, is_packed_{is_packed}, whole_name_{std::move(whole_name)} {}

  void take(const Item& item) {
    const std::string_view path = item.path;
    if (path.size() <= layout_.prefix.size() || !path.starts_with(layout_.prefix)) return;
    const std::string rest{path.substr(layout_.prefix.size())};
    if (layout_.is_one_student) {
      give(found("", whole_name_, whole_name_), item, rest);
      return;
    }
    const std::size_t slash = rest.find('/');
    const std::string child = rest.substr(0, slash);
    if (is_hidden(child)) return;
    if (slash != std::string::npos || item.kind == Kind::folder) {
      if (Found& student = found("/", child, child); slash != std::string::npos) {
        give(student, item, rest.substr(slash + 1));
      }
      return;
    }
    if (child == metadata_name && item.kind == Kind::file) {
      metadata = read_metadata(item);
      return;
    }
    if (Owner owner = owner_of(child); !owner.file.empty()) {
      give(found("/", child, child), item, owner.file);
      return;
    }
    const std::string stem{stem_of(child)};
    if (stem == child && item.kind == Kind::file) return;  // ni comprimido ni programa: no es de nadie
    found("", child, stem).bundle.take_whole(item, child);
  }

  std::map<std::string, Found> all;
  std::map<std::string, Metadata> metadata;

private:
  // Una carpeta y un archivo con el mismo nombre son dos entregas; las cosas de un mismo estudiante en Moodle, una.
  Found& found(const std::string& kind, const std::string& child, const std::string& stem) {
    Owner owner = owner_of(stem);
    const std::string key = owner.is_moodle ? "moodle/" + owner.key : child + kind;
    return all.try_emplace(key, Found{child, std::move(owner), Bundle{*labs_}}).first->second;
  }

  void give(Found& student, const Item& item, const std::string& path) const {
    if (is_packed_) student.bundle.charge(item.size);
    student.bundle.take(item, path);
  }

  static std::map<std::string, Metadata> read_metadata(const Item& item) {
    const std::string yaml = item.read(limits::metadata + 1);
    if (yaml.size() > limits::metadata) throw Damaged{"tiene un submission_metadata.yml demasiado grande"};
    return read_gradescope_metadata(yaml);
  }

  Layout layout_;
  const std::set<int>* labs_;
  bool is_packed_;
  std::string whole_name_;
};

// Da a cada estudiante un identificador que no tiene otro.
class Roster {
public:
  // Apunta de quién es una entrega.
  void sign(Submission& submission, Owner owner) {
    while (!attempts_.insert({owner.key, owner.attempt}).second) owner.key += '\0';
    std::string& id = ids_[owner.key];
    if (id.empty()) {
      id = owner.id;
      for (int n = 2; !taken_.insert(id).second; ++n) id = owner.id + '~' + std::to_string(n);
    }
    if (id != owner.id) {
      submission.notes.push_back("Hay otra entrega de «" + owner.id + "»: esta se evalúa aparte, como «" + id + "».");
    }
    submission.student = id;
    submission.name = owner.name;
    submission.attempt = owner.attempt;
  }

private:
  std::set<std::pair<std::string, int>> attempts_;
  std::map<std::string, std::string> ids_;
  std::set<std::string> taken_;
};

// Las entregas de un grupo son de cada uno de los que lo forman.
std::vector<Submission> by_submitter(const Submission& submission, const std::string& child, const Metadata& metadata,
                                     Roster& roster) {
  std::vector<Submission> result;
  for (const Submitter& who : metadata.submitters) {
    Submission own = submission;
    const std::string& unique = !who.email.empty() ? who.email : who.sid;
    const std::string& id = !who.sid.empty() ? who.sid : who.email;
    roster.sign(own, {unique.empty() ? child : unique,
                      readable(id.empty() ? child : id),
                      readable(who.name.empty() ? child : who.name),
                      metadata.previous_attempts + 1,
                      false,
                      {}});
    own.email = readable(who.email);
    own.submitted_at = metadata.created_at;
    if (metadata.submitters.size() > 1) {
      own.notes.push_back("Entrega de un grupo de " + std::to_string(metadata.submitters.size()) + '.');
    }
    result.push_back(std::move(own));
  }
  return result;
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

void prepare(const fs::path& work, const fs::path& submissions) {
  const fs::path target = fs::weakly_canonical(work);
  const fs::path source = fs::canonical(submissions);
  if (is_inside(source, target) || is_inside(target, source)) {
    throw std::runtime_error{"la carpeta de trabajo " + shown(work) + " y las entregas " + shown(submissions) +
                             " están una dentro de otra: elige otra carpeta, porque la de trabajo se vacía"};
  }
  std::error_code error;
  fs::remove_all(work, error);
  if (!error) fs::create_directories(work, error);
  if (error) throw std::runtime_error{"no se puede escribir en la carpeta de trabajo " + shown(work)};
}

}  // namespace

std::vector<Submission> take_in(const fs::path& submissions, const fs::path& work, const std::set<int>& labs) {
  std::error_code error;
  if (!fs::exists(submissions, error)) {
    throw std::runtime_error{"no existe " + shown(submissions) + ": se esperaba la carpeta, o el zip, de las entregas"};
  }
  const bool is_packed = !fs::is_directory(submissions);
  if (is_packed && !fs::is_regular_file(submissions)) {
    throw std::runtime_error{shown(submissions) + " no es una carpeta ni un archivo: se esperaba la de las entregas"};
  }
  const Utf8Names utf8;
  prepare(work, submissions);

  const std::string name = fs::canonical(submissions).filename().string();
  Collector collector{LayoutFinder{submissions}.find(), labs, is_packed, is_packed ? std::string{stem_of(name)} : name};
  walk(submissions, [&collector](const Item& item) { collector.take(item); });

  std::vector<Submission> result;
  Roster roster;
  int number = 0;
  for (const auto& [key, found] : collector.all) {
    Submission submission;
    found.bundle.finish(submission, work / std::to_string(++number));
    auto metadata = collector.metadata.find(found.child);
    if (metadata == collector.metadata.end()) metadata = collector.metadata.find(std::string{stem_of(found.child)});
    if (metadata != collector.metadata.end() && !metadata->second.submitters.empty()) {
      std::ranges::move(by_submitter(submission, found.child, metadata->second, roster), std::back_inserter(result));
      continue;
    }
    if (!collector.metadata.empty()) {
      submission.notes.push_back("No se sabe de quién es: no está en " + std::string{metadata_name} + '.');
    }
    roster.sign(submission, found.owner);
    result.push_back(std::move(submission));
  }
  if (result.empty()) {
    throw std::runtime_error{"en " + shown(submissions) +
                             " no hay ninguna entrega: se esperaba una carpeta, un zip o un tar.gz por estudiante"};
  }
  std::ranges::sort(result, {}, [](const Submission& one) { return std::tie(one.student, one.attempt); });
  return result;
}

}  // namespace autograder
