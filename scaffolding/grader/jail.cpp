#include "grader/jail.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

#include "grader/limits.hpp"
#include "programs/kit.hpp"
#include "witness/capabilities.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

// Lo que un programa necesita del sistema. De /etc, solo lo que es igual en todas partes.
constexpr std::array system_folders{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt"};
constexpr std::array system_settings{"/etc/alternatives", "/etc/gai.conf",  "/etc/ld.so.cache",
                                     "/etc/localtime",    "/etc/protocols", "/etc/services"};
// Quién es quién en la red: cada jaula puede tener los suyos.
constexpr std::array name_settings{"/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf"};
constexpr std::array devices{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

// Los argumentos comunes a todas las jaulas no cambian mientras vive el proceso.
std::vector<std::string> common_arguments() {
  std::vector<std::string> words{"--die-with-parent",
                                 "--unshare-user",
                                 "--unshare-pid",
                                 "--unshare-ipc",
                                 "--unshare-uts",
                                 "--hostname",
                                 "localhost",
                                 "--cap-drop",
                                 "ALL",
                                 "--uid",
                                 "65534",
                                 "--gid",
                                 "65534"};
  const auto add = [&words](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  std::error_code missing;
  for (const fs::path folder : system_folders) {
    if (fs::is_symlink(folder, missing)) {
      add({"--symlink", fs::read_symlink(folder).string(), folder.string()});
    } else if (fs::is_directory(folder, missing) && !fs::is_empty(folder, missing)) {
      add({"--ro-bind", folder.string(), folder.string()});
    }
  }
  for (const char* file : system_settings) {
    if (fs::exists(file, missing)) add({"--ro-bind", file, file});
  }
  for (const char* device : devices) add({"--dev-bind-try", device, device});
  add({"--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/tmp", "/dev/shm"});
  return words;
}

int memory_file(std::string_view text) {
  const int file = kit::check("memfd_create", ::memfd_create("jaula", 0));
  if (::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) kit::check("write", -1);
  kit::check("lseek", static_cast<int>(::lseek(file, 0, SEEK_SET)));
  return file;
}

// Una jaula con red propia y, dentro, otra.
[[noreturn]] void try_jails() {
  try {
    drop_root();
    const kit::Descriptor nothing{kit::check("open", ::open("/dev/null", O_RDWR | O_CLOEXEC))};
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), standard);
    Bubblewrap{}
        .with({"--unshare-net", "--proc", "/proc", "--dir", "/tmp"})
        .become({"bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"});
  } catch (const std::system_error&) {
    ::_exit(127);
  }
}

// Landlock (landlock(7)), con lo que las cabeceras de este sistema pueden no tener aún.
constexpr std::uint64_t may_refer = 1ULL << 13;        // desde la versión 2
constexpr std::uint64_t may_truncate = 1ULL << 14;     // desde la 3
constexpr std::uint64_t may_use_devices = 1ULL << 15;  // desde la 5
constexpr std::uint64_t abstract_sockets = 1ULL << 0;  // desde la 6
constexpr std::uint64_t signals = 1ULL << 1;           // desde la 6
constexpr std::uint64_t may_read =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t may_touch_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                          LANDLOCK_ACCESS_FS_READ_FILE | may_truncate | may_use_devices;

struct Restrictions {
  std::uint64_t files = may_refer - 1;  // todo lo que hay en la versión 1
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

void allow(int rules, const fs::path& path, std::uint64_t access) {
  const kit::Descriptor place{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  if (!place.is_open()) return;  // lo que no está no se puede leer
  struct stat facts {};
  kit::check("fstat", ::fstat(place.get(), &facts));
  landlock_path_beneath_attr rule{};
  rule.allowed_access = S_ISDIR(facts.st_mode) ? access : access & may_touch_files;
  rule.parent_fd = place.get();
  kit::check("landlock_add_rule",
             static_cast<int>(::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0)));
}

}  // namespace

Bubblewrap::Bubblewrap() {
  static const std::vector<std::string> common = common_arguments();
  arguments_ = common;
}

Bubblewrap& Bubblewrap::with(std::initializer_list<std::string_view> words) {
  arguments_.insert(arguments_.end(), words.begin(), words.end());
  return *this;
}

Bubblewrap& Bubblewrap::shows(const fs::path& path, const fs::path& inside) {
  return with({"--ro-bind", path.native(), inside.empty() ? path.native() : inside.native()});
}

Bubblewrap& Bubblewrap::lends(const fs::path& path, const fs::path& inside) {
  return with({"--bind", path.native(), inside.empty() ? path.native() : inside.native()});
}

Bubblewrap& Bubblewrap::knows_names(const std::optional<std::string>& hosts) {
  if (hosts) {
    // Los nombres salen solo de ese archivo: nadie pregunta a la red.
    return writes(*hosts, name_settings[0]).writes(only_files, name_settings[1]).writes("multi on\n", name_settings[2]);
  }
  for (const char* file : name_settings) with({"--ro-bind-try", file, file});
  return *this;
}

Bubblewrap& Bubblewrap::writes(std::string_view text, const fs::path& inside) {
  // Un archivo de verdad: sobre los de --ro-bind-data no se puede montar en otra jaula.
  return with({"--file", std::to_string(memory_file(text)), inside.native()});
}

void Bubblewrap::become(const std::vector<std::string>& command) {
  with({"--remount-ro", "/"});
  std::string options;
  for (const std::string& word : arguments_) options.append(word).append(1, '\0');
  const std::string file = std::to_string(memory_file(options));
  std::vector<const char*> words{"bwrap", "--args", file.c_str(), "--"};
  for (const std::string& word : command) words.push_back(word.c_str());
  words.push_back(nullptr);
  char* const no_environment = nullptr;  // dentro se ve el de este proceso: /proc/1/environ
  ::execvpe("bwrap", const_cast<char**>(words.data()), const_cast<char**>(&no_environment));
  throw std::system_error{errno, std::generic_category(), "bwrap"};
}

bool can_jail() {
  if (!witness::available(witness::Capability::user_namespaces)) return false;
  static const bool can = [] {
    const pid_t child = kit::check("fork", ::fork());
    if (child == 0) try_jails();
    int status = 0;
    while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    return status == 0;
  }();
  return can;
}

bool ran_inside(const kit::Descriptor& status) {
  std::array<char, 512> text{};
  const ssize_t count = ::pread(status.get(), text.data(), text.size(), 0);
  return std::string_view{text.data(), count > 0 ? static_cast<std::size_t>(count) : 0}.find("exit-code") !=
         std::string_view::npos;
}

int landlock_version() {
  if (!witness::available(witness::Capability::landlock)) return 0;
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

void confine(const std::vector<fs::path>& readable, const std::vector<fs::path>& writable) {
  kit::check("prctl", ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  // Lo que ejecute tampoco tendrá las capacidades de root; quien no lo es no las tiene, ni puede renunciar a ellas.
  for (unsigned long each = 0; each <= CAP_LAST_CAP; ++each) ::prctl(PR_CAPBSET_DROP, each, 0, 0, 0);
  const int version = landlock_version();
  if (version == 0) return;
  Restrictions all;
  if (version >= 2) all.files |= may_refer;
  if (version >= 3) all.files |= may_truncate;
  if (version >= 5) all.files |= may_use_devices;
  if (version >= landlock_with_signals) all.scoped = abstract_sockets | signals;
  // Un núcleo anterior solo admite los campos que conoce.
  const std::size_t size = version >= landlock_with_signals ? sizeof all
                           : version >= 4                   ? 2 * sizeof(std::uint64_t)
                                                            : sizeof(std::uint64_t);
  const kit::Descriptor rules{
      kit::check("landlock_create_ruleset", static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, size, 0)))};
  for (const char* folder : system_folders) allow(rules.get(), folder, may_read);
  for (const char* file : system_settings) allow(rules.get(), file, may_read);
  for (const char* file : name_settings) allow(rules.get(), file, may_read);
  allow(rules.get(), "/proc", may_read);
  allow(rules.get(), "/", LANDLOCK_ACCESS_FS_READ_DIR);  // que abrir una carpeta falle donde falla sin jaula
  for (const char* device : devices) allow(rules.get(), device, may_touch_files & all.files);
  for (const fs::path& path : readable) allow(rules.get(), path, may_read);
  for (const fs::path& path : writable) allow(rules.get(), path, all.files);
  kit::check("landlock_restrict_self", static_cast<int>(::syscall(SYS_landlock_restrict_self, rules.get(), 0)));
}

void drop_root() {
  if (::geteuid() != 0) return;
  int last_will = 0;  // la señal que llega al morir su padre: al cambiar de usuario se olvida
  kit::check("prctl", ::prctl(PR_GET_PDEATHSIG, &last_will));
  kit::check("setgroups", ::setgroups(0, nullptr));
  kit::check("setresgid", ::setresgid(nobody, nobody, nobody));
  kit::check("setresuid", ::setresuid(nobody, nobody, nobody));
  kit::check("prctl", ::prctl(PR_SET_PDEATHSIG, last_will));
}

}  // namespace grader
