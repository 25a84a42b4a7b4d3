// Ataque: recorre el disco en busca de las pruebas, las rúbricas, las soluciones y las entregas de otros.
// Puntos: 100
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

namespace fs = std::filesystem;

// Si encuentra algo, se delata.
void look(const fs::path& folder, int depth) {
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name == "rubric.json" || name.ends_with("_test.cpp") || name.ends_with(".patch") || name == "lab1.cpp" ||
        name == "lab1_grader") {
      std::abort();
    }
    const bool of_the_system = depth == 0 && (name == "proc" || name == "sys" || name == "usr" || name == "dev");
    std::error_code ignored;
    if (!of_the_system && depth < 6 && entry->is_directory(ignored) && !entry->is_symlink(ignored)) {
      look(entry->path(), depth + 1);
    }
  }
}

const struct Early {
  Early() { look("/", 0); }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
