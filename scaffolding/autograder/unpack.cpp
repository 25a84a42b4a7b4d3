#include "autograder/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "autograder/intake.hpp"

namespace autograder {
namespace {

class Descriptor {
public:
  explicit Descriptor(int fd) : fd_{fd} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

private:
  int fd_;
};

// Los nombres que hay en una carpeta, en orden.
std::vector<std::string> names_in(int folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(::dup(folder)), ::closedir};
  if (!stream) throw Damaged{"no se puede leer"};
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe): la carpeta es solo nuestra
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Kind kind_of(const struct stat& status) {
  if (S_ISDIR(status.st_mode)) return Kind::folder;
  if (S_ISLNK(status.st_mode)) return Kind::symbolic_link;
  if (!S_ISREG(status.st_mode)) return Kind::special;
  return status.st_nlink > 1 ? Kind::hard_link : Kind::file;
}

// Entre que se mira un archivo y se abre puede cambiar: se vuelve a mirar ya abierto.
std::string read_file_in(int folder, const std::string& name, std::size_t limit) {
  const Descriptor file{::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) throw Damaged{"no se puede leer: el sistema no lo permite"};
  if (kind_of(status) != Kind::file) throw Damaged{"cambió mientras se leía"};
  std::string bytes(std::min<std::size_t>(limit, static_cast<std::size_t>(status.st_size)), '\0');
  std::size_t count = 0;
  while (count < bytes.size()) {
    const ssize_t read = ::read(file.get(), bytes.data() + count, bytes.size() - count);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) throw Damaged{"no se puede leer: el disco da un error"};
    if (read == 0) break;
    count += static_cast<std::size_t>(read);
  }
  bytes.resize(count);
  return bytes;
}

// NOLINTNEXTLINE(misc-no-recursion): limits::depth la acota
void walk_open_folder(int folder, const std::string& prefix, int depth, const Visit& visit) {
  for (const std::string& name : names_in(folder)) {
    struct stat status {};
    Item item{prefix + name, Kind::unreadable, 0, nullptr};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      item.kind = kind_of(status);
      item.size = static_cast<std::uintmax_t>(status.st_size);
    }
    if (item.kind == Kind::file) {
      item.read = [folder, &name](std::size_t limit) { return read_file_in(folder, name, limit); };
    }
    if (item.kind != Kind::folder) {
      visit(item);
      continue;
    }
    const Descriptor child{::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (depth >= limits::depth) item.kind = Kind::too_deep;
    if (child.get() < 0) item.kind = Kind::unreadable;
    visit(item);
    if (item.kind == Kind::folder) walk_open_folder(child.get(), item.path + '/', depth + 1, visit);
  }
}

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

Archive new_archive() {
  Archive reader{::archive_read_new(), ::archive_read_free};
  // Solo el que lee primero el índice: sin él no se sabe el tamaño de lo que hay, y saltárselo obliga a inflarlo.
  ::archive_read_support_format_zip_seekable(reader.get());
  ::archive_read_support_format_tar(reader.get());
  ::archive_read_support_filter_gzip(reader.get());
  return reader;
}

// La ruta de algo dentro de un comprimido, limpia, y si se puede aceptar. Las barras de Windows también separan.
std::pair<std::string, Kind> clean_path(std::string raw) {
  std::replace(raw.begin(), raw.end(), '\\', '/');
  Kind kind = raw.empty() ? Kind::unreadable : Kind::file;
  if (raw.starts_with('/') || (raw.size() > 2 && raw[1] == ':' && raw[2] == '/')) kind = Kind::outside;
  std::string path;
  int depth = 0;
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t end = std::min(raw.find('/', at), raw.size());
    const std::string part = raw.substr(at, end - at);
    at = end + 1;
    if (part == "..") kind = Kind::outside;
    if (part.empty() || part == "." || part == "..") continue;
    if (!path.empty()) path += '/';
    path += part;
    if (++depth > limits::depth) return {path, Kind::too_deep};
  }
  return {path, kind};
}

Kind kind_of(archive_entry* entry) {
  if (::archive_entry_hardlink(entry) != nullptr) return Kind::hard_link;
  switch (::archive_entry_filetype(entry)) {
    case AE_IFREG:
      return ::archive_entry_is_encrypted(entry) != 0 ? Kind::encrypted : Kind::file;
    case AE_IFDIR:
      return Kind::folder;
    case AE_IFLNK:
      return Kind::symbolic_link;
    default:
      return Kind::special;
  }
}

std::string read_data(archive* reader, std::size_t limit) {
  constexpr std::size_t block = 64 * 1024;
  std::string bytes;
  while (bytes.size() < limit) {
    const std::size_t before = bytes.size();
    bytes.resize(std::min(before + block, limit));
    const la_ssize_t count = ::archive_read_data(reader, bytes.data() + before, bytes.size() - before);
    if (count < 0) throw Damaged{"está dañado dentro del comprimido"};
    bytes.resize(before + static_cast<std::size_t>(count));
    if (count == 0) break;
  }
  return bytes;
}

constexpr const char* not_an_archive = "no es un zip, un tar ni un tar.gz, o está dañado";

void walk_opened(archive* reader, const Visit& visit) {
  archive_entry* entry = nullptr;
  for (bool first = true;; first = false) {
    const int result = ::archive_read_next_header(reader, &entry);
    if (result == ARCHIVE_EOF) return;
    if (result == ARCHIVE_FATAL) throw Damaged{first ? not_an_archive : "está dañado o incompleto"};
    const char* name = ::archive_entry_pathname(entry);
    auto [path, kind] = clean_path(name == nullptr ? "" : name);
    if (kind == Kind::file) kind = kind_of(entry);
    Item item{std::move(path), kind, static_cast<std::uintmax_t>(std::max<la_int64_t>(0, ::archive_entry_size(entry))),
              nullptr};
    if (kind == Kind::file) item.read = [reader](std::size_t limit) { return read_data(reader, limit); };
    visit(item);
  }
}

}  // namespace

void walk_folder(const std::filesystem::path& folder, const Visit& visit) {
  const Descriptor root{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (root.get() < 0) throw Damaged{"no se puede leer"};
  walk_open_folder(root.get(), "", 1, visit);
}

void walk_archive_file(const std::filesystem::path& file, const Visit& visit) {
  const Archive reader = new_archive();
  constexpr std::size_t block = 64 * 1024;
  if (::archive_read_open_filename(reader.get(), file.c_str(), block) != ARCHIVE_OK) throw Damaged{not_an_archive};
  walk_opened(reader.get(), visit);
}

void walk_archive(std::string_view bytes, const Visit& visit) {
  const Archive reader = new_archive();
  if (::archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) throw Damaged{not_an_archive};
  walk_opened(reader.get(), visit);
}

}  // namespace autograder
