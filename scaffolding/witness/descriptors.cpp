#include "witness/descriptors.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "witness/capabilities.hpp"
#include "witness/proc_file.hpp"

namespace witness {
namespace {

// Pregunta por los descriptores de un proceso. Si su hilo principal ha terminado con otros vivos, /proc/PID/fd está
// vacío, y se ven por cualquiera de los otros.
template <class Query>
auto ask_some_thread(pid_t pid, const Query& query) {
  const std::string process = "/proc/" + std::to_string(pid);
  auto answer = query(process);
  if (!answer.empty()) return answer;
  for (const int tid : numbers_in(process + "/task")) {
    if (tid == pid) continue;
    answer = query(process + "/task/" + std::to_string(tid));
    if (!answer.empty()) break;
  }
  return answer;
}

std::optional<ino_t> inode_in(std::string_view target) {
  constexpr std::string_view prefix = "socket:[";
  if (target.substr(0, prefix.size()) != prefix) return std::nullopt;
  return to_number(target.substr(prefix.size()));
}

// AF_UNIX: todos sus tipos comparten nombre, pero la tabla de sockets los distingue.
SocketKind unix_kind(ino_t inode) {
  for (const Socket& socket : all_sockets()) {
    if (socket.family == AF_UNIX && socket.inode == inode) return {AF_UNIX, socket.type, 0};
  }
  return {AF_UNIX, -1, 0};
}

// El núcleo guarda en cada socket el nombre de su protocolo, legible sin tomar prestado el descriptor.
SocketKind kind_by_name(pid_t pid, int descriptor, ino_t inode) {
  struct Named {
    std::string_view name;
    SocketKind kind;
  };
  static const std::array known{
      Named{"TCP", {AF_INET, SOCK_STREAM, IPPROTO_TCP}},  Named{"TCPv6", {AF_INET6, SOCK_STREAM, IPPROTO_TCP}},
      Named{"UDP", {AF_INET, SOCK_DGRAM, IPPROTO_UDP}},   Named{"UDPv6", {AF_INET6, SOCK_DGRAM, IPPROTO_UDP}},
      Named{"RAW", {AF_INET, SOCK_RAW, std::nullopt}},    Named{"RAWv6", {AF_INET6, SOCK_RAW, std::nullopt}},
      Named{"PING", {AF_INET, SOCK_DGRAM, IPPROTO_ICMP}}, Named{"PINGv6", {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6}},
  };
  const std::string name = ask_some_thread(pid, [&](const std::string& directory) {
    const std::string link = directory + "/fd/" + std::to_string(descriptor);
    std::array<char, 64> value{};
    ::getxattr(link.c_str(), "system.sockprotoname", value.data(), value.size() - 1);
    return std::string{value.data()};
  });
  if (name == "UNIX" || name == "UNIX-STREAM") return unix_kind(inode);
  const auto* found =
      std::find_if(known.begin(), known.end(), [&](const Named& candidate) { return candidate.name == name; });
  return found == known.end() ? SocketKind{} : found->kind;
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
  for (const int number :
       ask_some_thread(pid, [](const std::string& directory) { return numbers_in(directory + "/fd"); })) {
    OpenDescriptor descriptor;
    descriptor.number = number;
    descriptor.target = descriptor_target(pid, number);
    if (descriptor.target.empty()) continue;  // se ha cerrado mientras mirábamos
    descriptor.socket = inode_in(descriptor.target);
    const std::string info = descriptor_info(pid, number);
    const std::string flags{field_of(info, "flags:")};
    const unsigned long bits = flags.empty() ? 0 : std::stoul(flags, nullptr, 8);
    descriptor.close_on_exec = (bits & O_CLOEXEC) != 0;
    descriptor.nonblocking = (bits & O_NONBLOCK) != 0;
    found.push_back(std::move(descriptor));
  }
  return found;
}

std::string descriptor_target(pid_t pid, int descriptor) {
  return ask_some_thread(pid, [descriptor](const std::string& directory) {
    std::array<char, 256> target{};
    const ssize_t length =
        ::readlink((directory + "/fd/" + std::to_string(descriptor)).c_str(), target.data(), target.size());
    return length < 0 ? std::string{} : std::string{target.data(), static_cast<std::size_t>(length)};
  });
}

std::string descriptor_info(pid_t pid, int descriptor) {
  return ask_some_thread(pid, [descriptor](const std::string& directory) {
    return read_file(directory + "/fdinfo/" + std::to_string(descriptor)).value_or("");
  });
}

std::optional<ino_t> socket_inode(pid_t pid, int descriptor) { return inode_in(descriptor_target(pid, descriptor)); }

kit::Descriptor borrow(pid_t pid, int descriptor) {
  if (!available(Capability::pidfd_getfd)) return kit::Descriptor{};
  const kit::Descriptor process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (!process.is_open()) return kit::Descriptor{};
  return kit::Descriptor{static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), descriptor, 0))};
}

std::optional<SocketKind> socket_kind(pid_t pid, int descriptor) {
  const auto inode = socket_inode(pid, descriptor);
  if (!inode) return std::nullopt;
  const kit::Descriptor borrowed = borrow(pid, descriptor);
  if (!borrowed.is_open()) return kind_by_name(pid, descriptor, *inode);
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
  if (!borrowed.is_open() || ::getsockopt(borrowed.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == -1)
    return std::nullopt;
  return info.tcpi_sacked;  // en un socket de escucha, la longitud máxima de la cola
}

}  // namespace witness
