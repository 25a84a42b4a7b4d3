#include "autograder/likeness.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <system_error>

#include "autograder/digest.hpp"
#include "grader/compile.hpp"
#include "programs/kit.hpp"

namespace autograder {

namespace {

namespace fs = std::filesystem;

// Los programas correctos de estos laboratorios se parecen: escritos por separado llegan a compartir un 75 %. Una copia
// con otros nombres, otro formato y algún cambio no baja de 80. De lo que ocupa menos de least_bytes no se dice nada.
constexpr int suspicious_percent = 80;
constexpr const char* shortest_run = "20";  // en símbolos del lenguaje
constexpr std::size_t least_bytes = 200;

// Una línea sin lo que no cambia su significado.
std::string squeezed(const std::string& line) {
  std::string kept;
  std::copy_if(line.begin(), line.end(), std::back_inserter(kept),
               [](unsigned char byte) { return std::isspace(byte) == 0; });
  return kept;
}

std::set<std::string> starter_lines(int lab) {
  std::istringstream starter{read_file(grader::lab_folder(lab) / ("lab" + std::to_string(lab) + ".cpp"))};
  std::set<std::string> lines;
  for (std::string line; std::getline(starter, line);) lines.insert(squeezed(line));
  return lines;
}

// Deja en `to` lo que en `from` no es del esqueleto ni un comentario de línea. Dice cuánto es, sin espacios.
std::size_t write_own_lines(const fs::path& from, const std::set<std::string>& starter, const fs::path& to) {
  std::istringstream source{read_file(from)};
  std::ofstream own{to, std::ios::binary};
  std::size_t bytes = 0;
  for (std::string line; std::getline(source, line);) {
    const std::string bare = squeezed(line);
    if (bare.rfind("//", 0) == 0 || starter.contains(bare)) continue;
    own << line << '\n';
    bytes += bare.size();
  }
  return bytes;
}

// Ejecuta sim_c++ en una carpeta y devuelve lo que escribe; nada si no está.
std::string compare(const fs::path& folder, const std::string& names) {
  const fs::path list = folder / "lista";
  std::ofstream{list} << names;
  std::array<int, 2> ends{};
  kit::check("pipe2", ::pipe2(ends.data(), O_CLOEXEC));
  const kit::Descriptor reader{ends[0]};
  kit::Descriptor writer{ends[1]};
  const kit::Descriptor input{::open(list.c_str(), O_RDONLY | O_CLOEXEC)};
  const pid_t child = kit::check("fork", ::fork());
  if (child == 0) {
    ::dup2(input.get(), STDIN_FILENO);
    ::dup2(writer.get(), STDOUT_FILENO);
    const kit::Descriptor nothing{::open("/dev/null", O_WRONLY)};
    ::dup2(nothing.get(), STDERR_FILENO);
    const std::string threshold = std::to_string(suspicious_percent);
    if (::chdir(folder.c_str()) == 0) {
      ::execlp("sim_c++", "sim_c++", "-a", "-e", "-p", "-T", "-r", shortest_run, "-t", threshold.c_str(), "-i",
               static_cast<char*>(nullptr));
    }
    ::_exit(127);
  }
  writer.reset();
  std::string said;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t count = ::read(reader.get(), block.data(), block.size());
    if (count == -1 && errno == EINTR) continue;
    if (count <= 0) break;
    said.append(block.data(), static_cast<std::size_t>(count));
  }
  while (::waitpid(child, nullptr, 0) == -1 && errno == EINTR) {
  }
  return said;
}

// Una carpeta que se borra al salir.
class Folder {
public:
  Folder() : path_{fs::temp_directory_path() / "autograder-XXXXXX"} {
    std::string name = path_.string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), name};
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

}  // namespace

std::vector<Likeness> find_alike(int lab, const std::vector<std::pair<std::string, fs::path>>& files) {
  const Folder folder;
  const std::set<std::string> starter = starter_lines(lab);
  std::string names;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string name = std::to_string(i) + ".cpp";
    if (write_own_lines(files[i].second, starter, folder.path() / name) >= least_bytes) names += name + '\n';
  }
  const std::string said = compare(folder.path(), names);

  // De cada pareja se dice en los dos sentidos; cuenta el mayor.
  static const std::regex form{R"((\d+)\.cpp consists for (\d+) % of (\d+)\.cpp material)"};
  std::map<std::pair<std::size_t, std::size_t>, int> percents;
  for (std::sregex_iterator found{said.begin(), said.end(), form}, end; found != end; ++found) {
    const std::pair<std::size_t, std::size_t> pair = std::minmax({std::stoul((*found)[1]), std::stoul((*found)[3])});
    int& percent = percents[pair];
    percent = std::max(percent, std::stoi((*found)[2]));
  }
  std::vector<Likeness> alike;
  alike.reserve(percents.size());
  for (const auto& [pair, percent] : percents) {
    const std::string& first = files[pair.first].first;
    const std::string& second = files[pair.second].first;
    if (first != second) alike.push_back({lab, first, second, percent});
  }
  std::stable_sort(alike.begin(), alike.end(),
                   [](const Likeness& one, const Likeness& other) { return one.percent > other.percent; });
  return alike;
}

}  // namespace autograder
