#include "witness/sockets.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>

#include "programs/kit.hpp"
#include "witness/capabilities.hpp"
#include "witness/proc_file.hpp"

namespace witness {
namespace {

constexpr std::uint32_t every_state = 0xffffffff;

std::uint32_t bit(TcpState state) { return 1U << static_cast<unsigned>(state); }

Address make_address(int family, const void* bytes, std::uint16_t port) {
  const auto* raw = static_cast<const std::uint8_t*>(bytes);
  static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (family == AF_INET6 && std::memcmp(raw, mapped.data(), mapped.size()) == 0) {
    family = AF_INET;
    raw += mapped.size();
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, raw, text.data(), text.size());
  return {family, text.data(), port};
}

// ---- sock_diag(7) -----------------------------------------------------------

void send_request(int netlink, const void* body, std::size_t size, std::uint16_t flags) {
  std::array<std::byte, 256> request{};
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(size));
  header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + NLMSG_HDRLEN, body, size);
  kit::check("send(sock_diag)", static_cast<int>(::send(netlink, request.data(), header.nlmsg_len, 0)));
}

// Entrega cada mensaje a `take` hasta el fin de la respuesta. Devuelve el error que dio el núcleo, o 0.
int receive_answers(int netlink, bool many, const std::function<void(const nlmsghdr&)>& take) {
  alignas(nlmsghdr) std::array<char, 32768> block;
  for (;;) {
    const ssize_t count = ::recv(netlink, block.data(), block.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    kit::check("recv(sock_diag)", static_cast<int>(count));
    auto left = static_cast<unsigned>(count);
    for (auto* header = reinterpret_cast<nlmsghdr*>(block.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
        return -*static_cast<const int*>(NLMSG_DATA(header));  // los dos empiezan por el error, negado
      }
      take(*header);
      if (!many) return 0;
    }
  }
}

// Pregunta y entrega cada respuesta a `take`. Devuelve el error que dio el núcleo, o 0. Abrir el socket cuesta más que
// preguntar: se guarda de una vez para otra, salvo que algo falle a medias; un proceso hijo abre el suyo.
int ask(const void* body, std::size_t size, std::uint16_t flags, const std::function<void(const nlmsghdr&)>& take) {
  static kit::Descriptor kept;
  static pid_t owner = 0;
  if (owner != ::getpid()) {
    static_cast<void>(kept.release());  // el número puede ser ya de otra cosa: no es de este proceso cerrarlo
    owner = ::getpid();
  }
  kit::Descriptor netlink = std::move(kept);
  if (!netlink.is_open()) {
    netlink = kit::Descriptor{
        kit::check("socket(NETLINK_SOCK_DIAG)", ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG))};
  }
  send_request(netlink.get(), body, size, flags);
  const int error = receive_answers(netlink.get(), (flags & NLM_F_DUMP) == NLM_F_DUMP, take);
  kept = std::move(netlink);
  return error;
}

const rtattr* find_attribute(const nlmsghdr& header, std::size_t body, unsigned short wanted) {
  auto left = static_cast<unsigned>(header.nlmsg_len - NLMSG_LENGTH(body));
  const auto* attribute =
      reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(&header) + NLMSG_LENGTH(NLMSG_ALIGN(body)));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == wanted) return attribute;
  }
  return nullptr;
}

Socket internet_socket(const nlmsghdr& header, int protocol) {
  const auto* answer = static_cast<const inet_diag_msg*>(NLMSG_DATA(&header));
  Socket socket;
  socket.inode = answer->idiag_inode;
  socket.family = answer->idiag_family;
  socket.type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
  socket.protocol = protocol;
  socket.local = make_address(answer->idiag_family, answer->id.idiag_src, ntohs(answer->id.idiag_sport));
  socket.remote = make_address(answer->idiag_family, answer->id.idiag_dst, ntohs(answer->id.idiag_dport));
  socket.state = static_cast<TcpState>(answer->idiag_state);
  socket.receive_queue = answer->idiag_rqueue;
  if (socket.state == TcpState::listen && protocol == IPPROTO_TCP) {
    socket.backlog = answer->idiag_wqueue;
  } else {
    socket.send_queue = answer->idiag_wqueue;
  }
  const rtattr* info = find_attribute(header, sizeof *answer, INET_DIAG_INFO);
  constexpr std::size_t needed = offsetof(tcp_info, tcpi_bytes_received) + sizeof(std::uint64_t);
  if (info != nullptr && RTA_PAYLOAD(info) >= needed) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, static_cast<const char*>(RTA_DATA(info)) + offsetof(tcp_info, tcpi_bytes_received),
                sizeof bytes);
    socket.bytes_received = bytes;
  }
  return socket;
}

inet_diag_req_v2 internet_request(int family, int protocol, std::uint32_t states) {
  inet_diag_req_v2 request{};
  request.sdiag_family = static_cast<std::uint8_t>(family);
  request.sdiag_protocol = static_cast<std::uint8_t>(protocol);
  request.idiag_states = states;
  return request;
}

// Una ruta acaba en un nulo; un nombre abstracto empieza por él, y se escribe con «@», como en /proc/net/unix.
std::string unix_name(std::string_view bytes) {
  std::string name{bytes.substr(0, bytes.find_last_not_of('\0') + 1)};
  std::replace(name.begin(), name.end(), '\0', '@');
  return name;
}

// Devuelven false si al núcleo le falta ese módulo: queda /proc/net.
bool dump_internet(int family, int protocol, std::uint32_t states, std::vector<Socket>& sockets) {
  const inet_diag_req_v2 request = internet_request(family, protocol, states);
  return ask(&request, sizeof request, NLM_F_DUMP,
             [&](const nlmsghdr& header) { sockets.push_back(internet_socket(header, protocol)); }) == 0;
}

Socket unix_socket(const nlmsghdr& header) {
  const auto* answer = static_cast<const unix_diag_msg*>(NLMSG_DATA(&header));
  Socket socket;
  socket.inode = answer->udiag_ino;
  socket.family = AF_UNIX;
  socket.type = answer->udiag_type;
  socket.state = static_cast<TcpState>(answer->udiag_state);
  socket.local.family = AF_UNIX;
  if (const rtattr* path = find_attribute(header, sizeof *answer, UNIX_DIAG_NAME)) {
    socket.local.host = unix_name({static_cast<const char*>(RTA_DATA(path)), RTA_PAYLOAD(path)});
  }
  if (const rtattr* queues = find_attribute(header, sizeof *answer, UNIX_DIAG_RQLEN)) {
    unix_diag_rqlen lengths{};
    std::memcpy(&lengths, RTA_DATA(queues), sizeof lengths);
    socket.receive_queue = lengths.udiag_rqueue;
    if (socket.state == TcpState::listen) {
      socket.backlog = lengths.udiag_wqueue;
    } else {
      socket.send_queue = lengths.udiag_wqueue;
    }
  }
  return socket;
}

bool dump_unix(std::vector<Socket>& sockets) {
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = every_state;
  request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN;
  return ask(&request, sizeof request, NLM_F_DUMP,
             [&](const nlmsghdr& header) { sockets.push_back(unix_socket(header)); }) == 0;
}

std::optional<Socket> find_by_netlink(const Address& local, const Address& remote) {
  inet_diag_req_v2 request = internet_request(local.family, IPPROTO_TCP, every_state);
  request.idiag_ext = 1U << (INET_DIAG_INFO - 1);
  request.id.idiag_sport = htons(local.port);
  request.id.idiag_dport = htons(remote.port);
  ::inet_pton(local.family, local.host.c_str(), request.id.idiag_src);
  if (remote.port != 0) ::inet_pton(local.family, remote.host.c_str(), request.id.idiag_dst);
  request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = static_cast<std::uint32_t>(INET_DIAG_NOCOOKIE);
  std::optional<Socket> found;
  const int error =
      ask(&request, sizeof request, 0, [&](const nlmsghdr& header) { found = internet_socket(header, IPPROTO_TCP); });
  if (error != 0 && error != ENOENT) throw std::system_error{error, std::generic_category(), "sock_diag"};
  // Sin conexión con esos extremos, el núcleo ofrece el socket que escucha en el puerto: no es el que se pide.
  if (found && remote.port != 0 && found->state == TcpState::listen) return std::nullopt;
  return found;
}

// ---- /proc/net (proc(5)) ----------------------------------------------------

// «0100007F:1F90», «0000…:1F90»: palabras de 32 bits en el orden de esta máquina.
Address hexadecimal_address(const std::string& text, int family) {
  std::array<std::uint32_t, 4> words{};
  const std::size_t count = family == AF_INET ? 1 : 4;
  for (std::size_t i = 0; i < count; ++i) {
    words[i] = static_cast<std::uint32_t>(std::stoul(text.substr(i * 8, 8), nullptr, 16));
  }
  const auto port = static_cast<std::uint16_t>(std::stoul(text.substr(count * 8 + 1), nullptr, 16));
  return make_address(family, words.data(), port);
}

void read_internet_table(const std::string& path, int family, int protocol, std::uint32_t states,
                         std::vector<Socket>& sockets) {
  std::istringstream table{read_file(path).value_or("")};
  std::string line;
  std::getline(table, line);  // la cabecera
  while (std::getline(table, line)) {
    std::istringstream fields{line};
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout;
    Socket socket;
    if (!(fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >>
          socket.inode)) {
      continue;
    }
    socket.family = family;
    socket.type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
    socket.protocol = protocol;
    socket.state = static_cast<TcpState>(std::stoul(state, nullptr, 16));
    if ((bit(socket.state) & states) == 0) continue;
    socket.local = hexadecimal_address(local, family);
    socket.remote = hexadecimal_address(remote, family);
    socket.send_queue = static_cast<std::uint32_t>(std::stoul(queues.substr(0, 8), nullptr, 16));
    socket.receive_queue = static_cast<std::uint32_t>(std::stoul(queues.substr(9), nullptr, 16));
    sockets.push_back(std::move(socket));
  }
}

void read_unix_table(std::vector<Socket>& sockets) {
  std::istringstream table{read_file("/proc/net/unix").value_or("")};
  std::string line;
  std::getline(table, line);  // la cabecera
  while (std::getline(table, line)) {
    std::istringstream fields{line};
    std::string slot, references, protocol, flags, type, state;
    Socket socket;
    if (!(fields >> slot >> references >> protocol >> flags >> type >> state >> socket.inode)) continue;
    std::getline(fields >> std::ws, socket.local.host);
    socket.family = socket.local.family = AF_UNIX;
    socket.type = static_cast<int>(std::stoul(type, nullptr, 16));
    constexpr unsigned long accepts_connections = 0x10000;  // __SO_ACCEPTCON
    const bool listens = (std::stoul(flags, nullptr, 16) & accepts_connections) != 0;
    constexpr unsigned long connected = 3;  // SS_CONNECTED
    const bool is_connected = std::stoul(state, nullptr, 16) == connected;
    socket.state = listens ? TcpState::listen : is_connected ? TcpState::established : TcpState::close;
    sockets.push_back(std::move(socket));
  }
}

void add_internet(int family, int protocol, std::uint32_t states, std::vector<Socket>& sockets) {
  if (available(Capability::sock_diag) && dump_internet(family, protocol, states, sockets)) return;
  const std::string table = protocol == IPPROTO_UDP ? "/proc/net/udp" : "/proc/net/tcp";
  read_internet_table(family == AF_INET6 ? table + '6' : table, family, protocol, states, sockets);
}

std::vector<Socket> tcp_sockets(std::uint32_t states) {
  std::vector<Socket> sockets;
  add_internet(AF_INET, IPPROTO_TCP, states, sockets);
  add_internet(AF_INET6, IPPROTO_TCP, states, sockets);
  return sockets;
}

// Lo leído mientras vive un OneReading, por familia.
struct Kept {
  int readers = 0;
  std::map<int, std::vector<Socket>> tables;
};

Kept& kept_tables() {
  static Kept kept;
  return kept;
}

std::vector<Socket> tcp_table(int family) {
  Kept& kept = kept_tables();
  const auto found = kept.tables.find(family);
  if (found != kept.tables.end()) return found->second;
  std::vector<Socket> sockets;
  add_internet(family, IPPROTO_TCP, every_state, sockets);
  if (kept.readers > 0) kept.tables.emplace(family, sockets);
  return sockets;
}

// Como elige el núcleo: antes el que escucha en esa dirección que el que escucha en todas; los de IPv6 también oyen
// IPv4.
std::optional<Socket> find_in_tables(const Address& local, const Address& remote) {
  const bool listening = remote.port == 0;
  for (const int family : {AF_INET, AF_INET6}) {
    if (family == AF_INET && local.family == AF_INET6) continue;
    const std::vector<Socket> sockets = tcp_table(family);
    const Address everywhere{family, family == AF_INET ? "0.0.0.0" : "::", local.port};
    for (const Address& wanted : {local, listening ? everywhere : local}) {
      const auto found = std::find_if(sockets.begin(), sockets.end(), [&](const Socket& socket) {
        return socket.local == wanted && (listening ? socket.state == TcpState::listen : socket.remote == remote);
      });
      if (found != sockets.end()) return *found;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string Address::text() const {
  if (family == AF_UNIX) return host;
  return (family == AF_INET6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

Address to_address(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    return make_address(AF_INET, &address.sin_addr, ntohs(address.sin_port));
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &storage, sizeof address);
    return make_address(AF_INET6, &address.sin6_addr, ntohs(address.sin6_port));
  }
  if (storage.ss_family == AF_UNIX) {
    sockaddr_un address{};
    std::memcpy(&address, &storage, sizeof address);
    return {AF_UNIX, address.sun_path, 0};
  }
  return {};
}

const char* name(TcpState state) {
  static constexpr std::array names{"desconocido", "ESTABLISHED", "SYN_SENT", "SYN_RECV",   "FIN_WAIT1",
                                    "FIN_WAIT2",   "TIME_WAIT",   "CLOSE",    "CLOSE_WAIT", "LAST_ACK",
                                    "LISTEN",      "CLOSING",     "SYN_RECV"};
  const auto index = static_cast<std::size_t>(state);
  return index < names.size() ? names[index] : names[0];
}

std::optional<Socket> find_tcp(const Address& local, const Address& remote) {
  return available(Capability::sock_diag) ? find_by_netlink(local, remote) : find_in_tables(local, remote);
}

OneReading::OneReading() { ++kept_tables().readers; }

OneReading::~OneReading() {
  Kept& kept = kept_tables();
  if (--kept.readers == 0) kept.tables.clear();
}

std::vector<Socket> listening_tcp() { return tcp_sockets(bit(TcpState::listen)); }

std::vector<Socket> all_sockets() {
  std::vector<Socket> sockets = tcp_sockets(every_state);
  add_internet(AF_INET, IPPROTO_UDP, every_state, sockets);
  add_internet(AF_INET6, IPPROTO_UDP, every_state, sockets);
  if (!available(Capability::sock_diag) || !dump_unix(sockets)) read_unix_table(sockets);
  return sockets;
}

bool packets_pending() {
  // Una línea por procesador, con números de ocho cifras hexadecimales; el duodécimo son los paquetes de su cola.
  constexpr std::size_t column = 99;
  constexpr std::string_view none = "00000000";
  std::istringstream table{read_file("/proc/net/softnet_stat").value_or("")};
  for (std::string line; std::getline(table, line);) {
    if (line.size() >= column + none.size() && line.compare(column, none.size(), none) != 0) return true;
  }
  return false;
}

}  // namespace witness
