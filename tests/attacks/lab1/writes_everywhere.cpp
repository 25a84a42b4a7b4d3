// Ataque: deja archivos fuera de su carpeta temporal: en la raíz, en el sistema, en HOME y junto al programa.
// Puntos: 100
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

namespace fs = std::filesystem;

// Si consigue dejar alguno, se delata.
const struct Early {
  Early() {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const fs::path& folder : {fs::path{"/"}, fs::path{"/etc"}, fs::path{"/usr/local/bin"}, fs::path{"/var/tmp"},
                                   fs::path{"/root"}, fs::path{"/home"}, fs::current_path(ignored), program}) {
      if (folder != "/tmp" && ::open((folder / "attack-huella").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) != -1)
        std::abort();
    }
  }
} early;

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
