#include "autograder/bundle.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <tuple>

#include "autograder/names.hpp"
#include "grader/text.hpp"

namespace autograder {
namespace {

constexpr std::size_t most_listed = 5;  // cuántas cosas se nombran antes de limitarse a contarlas
constexpr std::uintmax_t mebibyte = 1 << 20;

// Se lanza a través de walk_archive() para no seguir con lo que ya se ha rechazado.
struct Stopped {};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Una ruta, entre comillas. De las muy largas se muestra el final, donde está el nombre.
std::string shown(std::string_view path) {
  constexpr std::size_t longest = 120;
  if (path.empty()) return "Algo sin nombre";
  if (path.size() <= longest) return "«" + readable(path) + "»";
  while (path.size() > longest) path.remove_prefix(1);
  while (!path.empty() && (static_cast<unsigned char>(path.front()) & 0xC0) == 0x80) path.remove_prefix(1);
  return "«…" + readable(path) + "»";
}

// «a», «b» y 3 más.
std::string listed(const std::vector<std::string>& paths) {
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), most_listed); ++i) {
    if (i > 0) text += i + 1 == paths.size() ? " y " : ", ";
    text += shown(paths[i]);
  }
  if (paths.size() > most_listed) text += " y " + std::to_string(paths.size() - most_listed) + " más";
  return text;
}

std::string reason_for(Kind kind) {
  switch (kind) {
    case Kind::symbolic_link:
      return "es un enlace simbólico: se esperaba el propio archivo";
    case Kind::hard_link:
      return "es un enlace duro a otro archivo: se esperaba una copia";
    case Kind::special:
      return "es un dispositivo, una tubería o algo parecido: se esperaba un archivo corriente";
    case Kind::encrypted:
      return "está cifrado: se esperaba sin contraseña";
    case Kind::outside:
      return "tiene una ruta absoluta o con «..», que sale de la entrega: se esperaba una dentro de ella";
    case Kind::too_deep:
      return "está dentro de demasiadas carpetas: el máximo es " + std::to_string(limits::depth);
    case Kind::file:
    case Kind::folder:
    case Kind::unreadable:
      break;
  }
  return "no se puede leer";
}

}  // namespace

bool is_hidden(std::string_view path) {
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part.starts_with('.') || part == "__MACOSX") return true;
    at = end + 1;
  }
  return false;
}

void Bundle::refuse(int lab, bool hides_labs, const std::string& path, const std::string& why) {
  refusals_.push_back({lab, hides_labs, shown(path) + ' ' + why + '.'});
}

void Bundle::stop(const std::string& why) {
  if (stopped_.empty()) stopped_ = "La entrega " + why + ": se rechaza entera.";
  sources_.clear();
}

void Bundle::charge(std::uintmax_t bytes) {
  if (bytes > limits::unpacked - unpacked_) {
    stop("ocupa, descomprimida, más de " + std::to_string(limits::unpacked / mebibyte) + " MiB");
  } else {
    unpacked_ += bytes;
  }
}

void Bundle::take_from(const Item& item, const std::string& path, bool may_open) {
  if (!stopped_.empty()) return;
  if (++entries_ > limits::entries) {
    stop("tiene más de " + grader::grouped(limits::entries) + " archivos y carpetas");
    return;
  }
  const int lab = lab_of_file(base_name(path));
  if ((item.kind == Kind::folder) || is_hidden(path) || (lab != 0 && !labs_->contains(lab))) return;
  const Packing packing = packing_of(base_name(path));
  if (item.kind != Kind::file) {
    refuse(lab, packing != Packing::none, path, reason_for(item.kind));
  } else if (lab != 0) {
    take_source(item, path, lab);
  } else if (packing == Packing::none) {
    extras_.push_back(path);
  } else if (may_open) {
    open(item, path, path + '/', false);
  } else {
    refuse(0, true, path, "es un comprimido que está dentro de otro que ya lo estaba: se esperaba una sola capa");
  }
}

void Bundle::take_whole(const Item& item, const std::string& name) {
  if (item.kind != Kind::file) {
    refuse(0, true, name, reason_for(item.kind));
  } else if (packing_of(name) == Packing::none) {
    refuse(0, true, name, "está suelto: se esperaba dentro de la carpeta o del zip de un estudiante");
  } else {
    open(item, name, "", true);
  }
}

void Bundle::take_source(const Item& item, const std::string& path, int lab) {
  std::string bytes;
  try {
    bytes = item.read(limits::source + 1);
  } catch (const Damaged& error) {
    refuse(lab, false, path, error.what());
    return;
  }
  if (bytes.size() > limits::source) {
    refuse(lab, false, path,
           "ocupa más de " + std::to_string(limits::source / mebibyte) + " MiB: se esperaba un programa");
  } else if (bytes.empty()) {
    refuse(lab, false, path, "está vacío: se esperaba un programa");
  } else if (bytes.find('\0') != std::string::npos) {
    const bool is_utf16 = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
    refuse(
        lab, false, path,
        is_utf16 ? "está en UTF-16: se esperaba en UTF-8" : "tiene bytes nulos: se esperaba un programa, que es texto");
  } else if (kept_ += bytes.size(); kept_ > limits::sources) {
    stop("tiene más de " + std::to_string(limits::sources / mebibyte) + " MiB de archivos labN.cpp");
  } else {
    std::erase_if(sources_, [&path](const Source& source) { return source.path == path; });
    sources_.push_back({lab, path, std::move(bytes)});
  }
}

void Bundle::open(const Item& item, const std::string& name, const std::string& prefix, bool may_open) {
  if (packing_of(name) == Packing::other) {
    refuse(0, true, name, "es un comprimido de otra clase: se esperaba zip o tar.gz");
    return;
  }
  try {
    const std::string bytes = item.read(limits::packed + 1);
    if (bytes.size() > limits::packed) {
      refuse(0, true, name, "ocupa más de " + std::to_string(limits::packed / mebibyte) + " MiB");
      return;
    }
    std::uintmax_t unpacked = 0;
    walk_archive(bytes, [&](const Item& inner) {
      charge(inner.size);
      unpacked += std::min(inner.size, limits::unpacked);
      if (unpacked > limits::small && unpacked / bytes.size() > limits::ratio) {
        stop("se infla al descomprimirla más de " + std::to_string(limits::ratio) + " veces");
      }
      take_from(inner, prefix + inner.path, may_open);
      if (!stopped_.empty()) throw Stopped{};
    });
  } catch (const Stopped&) {  // el motivo está en stopped_
  } catch (const Damaged& error) {
    refuse(0, true, name, error.what());
  }
}

const Bundle::Source* Bundle::choose(int lab, std::vector<std::string>& notes) const {
  const auto rank = [](const Source& source) {
    const std::string_view path = source.path;
    const std::size_t slash = path.rfind('/');
    const std::string_view folder = slash == std::string_view::npos ? "" : base_name(path.substr(0, slash));
    return std::tuple{!is_folder_of_lab(folder, source.lab), std::count(path.begin(), path.end(), '/'), path};
  };
  const Source* chosen = nullptr;
  for (const Source& source : sources_) {
    if (source.lab == lab && (chosen == nullptr || rank(source) < rank(*chosen))) chosen = &source;
  }
  if (chosen == nullptr) return nullptr;

  std::vector<std::string> others;
  for (const Source& source : sources_) {
    if (source.lab == lab && source.bytes != chosen->bytes) others.push_back(source.path);
  }
  std::sort(others.begin(), others.end());
  const std::string expected = "lab" + std::to_string(lab) + ".cpp";
  if (!others.empty()) {
    notes.push_back("Hay varios " + expected + " distintos: se evalúa " + shown(chosen->path) + " y no " +
                    listed(others) + '.');
  }
  if (base_name(chosen->path) != expected) {
    notes.push_back(shown(chosen->path) + " se evalúa aunque no se llame exactamente " + expected + '.');
  }
  if (chosen->bytes.starts_with("\xEF\xBB\xBF")) notes.push_back(expected + " empieza por un BOM: se evalúa tal cual.");
  if (chosen->bytes.find("\r\n") != std::string::npos) {
    notes.push_back(expected + " tiene fines de línea de Windows (CRLF): se evalúa tal cual.");
  }
  if (!is_utf8(chosen->bytes)) notes.push_back(expected + " no está en UTF-8: se evalúa tal cual.");
  return chosen;
}

void Bundle::finish(Submission& submission, const std::filesystem::path& folder) const {
  std::set<const Refusal*> told;
  for (const int lab : *labs_) {
    if (!stopped_.empty()) {
      submission.refused[lab] = stopped_;
      continue;
    }
    if (const Source* source = choose(lab, submission.notes)) {
      const std::filesystem::path copy = folder / ("lab" + std::to_string(lab) + ".cpp");
      std::error_code error;
      std::filesystem::create_directories(folder, error);
      std::ofstream stream{copy, std::ios::binary};
      if (!(stream << source->bytes).flush()) throw std::runtime_error{"no se puede escribir «" + copy.string() + "»"};
      submission.files[lab] = copy;
      continue;
    }
    for (const bool hides_labs : {false, true}) {
      const auto refusal = std::find_if(refusals_.begin(), refusals_.end(), [&](const Refusal& candidate) {
        return hides_labs ? candidate.hides_labs : candidate.lab == lab;
      });
      if (refusal == refusals_.end()) continue;
      submission.refused[lab] = refusal->text;
      told.insert(&*refusal);
      break;
    }
  }
  if (submission.files.empty() && submission.refused.empty()) {
    submission.notes.emplace_back("No hay ningún labN.cpp de los que se evalúan.");
  }
  std::size_t untold = 0;
  for (const Refusal& refusal : refusals_) {
    if (!told.contains(&refusal) && ++untold <= most_listed) submission.notes.push_back(refusal.text);
  }
  if (untold > most_listed) {
    submission.notes.push_back("Se rechazaron " + std::to_string(untold - most_listed) + " archivos más.");
  }
  if (!extras_.empty()) {
    // Delante, los que quizá querían ser un labN.cpp.
    std::vector<std::string> extras = extras_;
    std::sort(extras.begin(), extras.end());
    std::stable_partition(extras.begin(), extras.end(), [](const std::string& path) {
      const std::string_view name = base_name(path);
      return name.starts_with("lab") || name.starts_with("Lab") || name.starts_with("LAB");
    });
    submission.notes.push_back((extras.size() == 1 ? "Sobra " : "Sobran ") + listed(extras) + ": no se usa" +
                               (extras.size() == 1 ? "." : "n."));
  }
}

}  // namespace autograder
