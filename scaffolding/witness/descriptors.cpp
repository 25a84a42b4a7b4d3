#include "witness/descriptors.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "witness/capabilities.hpp"
#include "witness/proc_file.hpp"

namespace witness {
namespace {

std::string link_of(pid_t pid, int descriptor) {
  return "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(descriptor);
}

std::string target_of(const std::string& link) {
  std::array<char, 256> target{};
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  return length < 0 ? std::string{} : std::string{target.data(), static_cast<std::size_t>(length)};
}

std::optional<ino_t> inode_in(std::string_view target) {
  constexpr std::string_view prefix = "socket:[";
  if (target.substr(0, prefix.size()) != prefix) return std::nullopt;
  return to_number(target.substr(prefix.size()));
}

// El núcleo guarda en cada socket el nombre de su protocolo, legible sin tomar prestado el descriptor.
std::optional<SocketKind> kind_by_name(const std::string& link) {
  struct Named {
    std::string_view name;
    SocketKind kind;
  };
  static const std::array known{
      Named{"TCP", {AF_INET, SOCK_STREAM, IPPROTO_TCP}},    Named{"TCPv6", {AF_INET6, SOCK_STREAM, IPPROTO_TCP}},
      Named{"UDP", {AF_INET, SOCK_DGRAM, IPPROTO_UDP}},     Named{"UDPv6", {AF_INET6, SOCK_DGRAM, IPPROTO_UDP}},
      Named{"UNIX-STREAM", {AF_UNIX, SOCK_STREAM, 0}},      Named{"UNIX", {AF_UNIX, SOCK_DGRAM, 0}},
      Named{"RAW", {AF_INET, SOCK_RAW, std::nullopt}},      Named{"RAWv6", {AF_INET6, SOCK_RAW, std::nullopt}},
      Named{"PING", {AF_INET, SOCK_DGRAM, IPPROTO_ICMP}},
  };
  std::array<char, 64> value{};
  const ssize_t length = ::getxattr(link.c_str(), "system.sockprotoname", value.data(), value.size() - 1);
  if (length < 0) return SocketKind{};
  const std::string_view name{value.data()};
  for (const Named& candidate : known) {
    if (candidate.name == name) return candidate.kind;
  }
  return SocketKind{};
}

std::optional<int> integer_option(int fd, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, option, &value, &size) == -1) return std::nullopt;
  return value;
}

}  // namespace

std::vector<OpenDescriptor> open_descriptors(pid_t pid) {
  std::vector<OpenDescriptor> found;
  const std::string directory = "/proc/" + std::to_string(pid);
  for (const int number : numbers_in(directory + "/fd")) {
    OpenDescriptor descriptor;
    descriptor.number = number;
    descriptor.target = target_of(link_of(pid, number));
    if (descriptor.target.empty()) continue;  // se ha cerrado mientras mirábamos
    descriptor.socket = inode_in(descriptor.target);
    const auto info = read_file(directory + "/fdinfo/" + std::to_string(number)).value_or("");
    const std::string flags{field_of(info, "flags:")};
    descriptor.close_on_exec = !flags.empty() && (std::stoul(flags, nullptr, 8) & O_CLOEXEC) != 0;
    found.push_back(std::move(descriptor));
  }
  return found;
}

std::optional<ino_t> socket_inode(pid_t pid, int descriptor) { return inode_in(target_of(link_of(pid, descriptor))); }

kit::Descriptor borrow(pid_t pid, int descriptor) {
  if (!available(Capability::pidfd_getfd)) return kit::Descriptor{};
  const kit::Descriptor process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (!process.is_open()) return kit::Descriptor{};
  return kit::Descriptor{static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), descriptor, 0))};
}

std::optional<SocketKind> socket_kind(pid_t pid, int descriptor) {
  if (!socket_inode(pid, descriptor)) return std::nullopt;
  const kit::Descriptor borrowed = borrow(pid, descriptor);
  if (!borrowed.is_open()) return kind_by_name(link_of(pid, descriptor));
  return SocketKind{integer_option(borrowed.get(), SOL_SOCKET, SO_DOMAIN).value_or(-1),
                    integer_option(borrowed.get(), SOL_SOCKET, SO_TYPE).value_or(-1),
                    integer_option(borrowed.get(), SOL_SOCKET, SO_PROTOCOL)};
}

std::optional<int> socket_option(pid_t pid, int descriptor, int level, int option) {
  const kit::Descriptor borrowed = borrow(pid, descriptor);
  if (!borrowed.is_open()) return std::nullopt;
  return integer_option(borrowed.get(), level, option);
}

std::optional<unsigned> backlog(pid_t pid, int descriptor, const Socket& listener) {
  if (listener.backlog) return listener.backlog;
  const kit::Descriptor borrowed = borrow(pid, descriptor);
  tcp_info info{};
  socklen_t size = sizeof info;
  if (!borrowed.is_open() || ::getsockopt(borrowed.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == -1) return std::nullopt;
  return info.tcpi_sacked;  // en un socket de escucha, la longitud máxima de la cola
}

}  // namespace witness
