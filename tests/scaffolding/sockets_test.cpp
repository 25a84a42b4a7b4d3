// Los sockets según el núcleo: direcciones, estados y colas, con sockets de verdad llevados a cada estado. Lo mismo se
// pide por sock_diag y por /proc/net.
#include "witness/sockets.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "child.hpp"
#include "temp_folder.hpp"
#include "witness/capabilities.hpp"

namespace {

using witness::Address;
using witness::Capability;
using witness::Socket;
using witness::TcpState;
using witness::Without;

enum class Way { sock_diag, proc };

class Sockets : public testing::TestWithParam<Way> {
protected:
  Sockets() {
    if (GetParam() == Way::proc) without_.emplace(Capability::sock_diag);
  }
  void SetUp() override {
    if (GetParam() == Way::sock_diag && !witness::available(Capability::sock_diag)) {
      GTEST_SKIP() << "aquí no hay sock_diag";
    }
  }
  [[nodiscard]] static bool by_sock_diag() { return GetParam() == Way::sock_diag; }

private:
  std::optional<Without> without_;
};
INSTANTIATE_TEST_SUITE_P(By, Sockets, testing::Values(Way::sock_diag, Way::proc),
                         [](const auto& one) { return one.param == Way::proc ? "proc" : "sock_diag"; });

bool has_ipv6() {
  try {
    make_listener(1, AF_INET6);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

sockaddr_storage address_of(int descriptor, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  kit::check("getsockname", ask(descriptor, reinterpret_cast<sockaddr*>(&storage), &size));
  return storage;
}

Address local(const kit::Descriptor& socket) { return witness::to_address(address_of(socket.get(), ::getsockname)); }
Address remote(const kit::Descriptor& socket) { return witness::to_address(address_of(socket.get(), ::getpeername)); }

std::optional<Socket> find(const kit::Descriptor& socket) { return witness::find_tcp(local(socket), remote(socket)); }

ino_t inode_of(const kit::Descriptor& socket) {
  struct stat status {};
  kit::check("fstat", ::fstat(socket.get(), &status));
  return status.st_ino;
}

std::optional<Socket> by_inode(const std::vector<Socket>& sockets, const kit::Descriptor& socket) {
  const auto found =
      std::find_if(sockets.begin(), sockets.end(), [&](const Socket& one) { return one.inode == inode_of(socket); });
  return found == sockets.end() ? std::nullopt : std::optional{*found};
}

void bind_to_path(const kit::Descriptor& socket, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '\0' ? 0 : 1));
  kit::check("bind", ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size));
}

TEST_P(Sockets, ListenWithTheirAddressAndBacklog) {
  for (const int domain : {AF_INET, AF_INET6}) {
    if (domain == AF_INET6 && !has_ipv6()) continue;
    const kit::Descriptor listener = make_listener(5, domain);
    for (const auto& seen : {by_inode(witness::listening_tcp(), listener), by_inode(witness::all_sockets(), listener),
                             witness::find_tcp(local(listener), {domain, {}, 0})}) {
      ASSERT_TRUE(seen);
      EXPECT_EQ(seen->inode, inode_of(listener));
      EXPECT_EQ(seen->family, domain);
      EXPECT_EQ(seen->type, SOCK_STREAM);
      EXPECT_EQ(seen->protocol, IPPROTO_TCP);
      EXPECT_EQ(seen->state, TcpState::listen);
      EXPECT_EQ(seen->local, local(listener));
      EXPECT_EQ(seen->local.host, domain == AF_INET ? "127.0.0.1" : "::1");
      EXPECT_EQ(seen->remote.port, 0);
      EXPECT_EQ(seen->receive_queue, 0U);
      EXPECT_EQ(seen->backlog, by_sock_diag() ? std::optional{5U} : std::nullopt);
    }
  }
}

TEST_P(Sockets, CountTheConnectionsThatNobodyHasAccepted) {
  const kit::Descriptor listener = make_listener(5);
  std::vector<kit::Descriptor> clients;
  for (unsigned count = 1; count <= 3; ++count) {
    clients.push_back(make_socket(AF_INET, SOCK_STREAM));
    kit::check("connect", connect_to(clients.back(), listener));
    until([&] { return witness::find_tcp(local(listener), {AF_INET, {}, 0})->receive_queue == count; });
  }
  const auto queued = witness::find_tcp(remote(clients[0]), local(clients[0]));
  ASSERT_TRUE(queued);
  EXPECT_EQ(queued->state, TcpState::established);
  EXPECT_EQ(queued->inode, 0U) << "todavía no es de ningún proceso";
  const kit::Descriptor accepted = accept_from(listener);
  EXPECT_EQ(find(accepted)->inode, inode_of(accepted));
  EXPECT_EQ(witness::find_tcp(local(listener), {AF_INET, {}, 0})->receive_queue, 2U);
}

TEST_P(Sockets, OfUdpAreSeenWithTheirAddress) {
  for (const int domain : {AF_INET, AF_INET6}) {
    if (domain == AF_INET6 && !has_ipv6()) continue;
    const kit::Descriptor socket = make_socket(domain, SOCK_DGRAM);
    sockaddr_storage any{};
    any.ss_family = static_cast<sa_family_t>(domain);
    const socklen_t size = domain == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    kit::check("bind", ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), size));
    const auto seen = by_inode(witness::all_sockets(), socket);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->family, domain);
    EXPECT_EQ(seen->type, SOCK_DGRAM);
    EXPECT_EQ(seen->protocol, IPPROTO_UDP);
    EXPECT_EQ(seen->local, local(socket));
    EXPECT_EQ(seen->receive_queue, 0U);

    const kit::Descriptor sender = make_socket(domain, SOCK_DGRAM);
    kit::check("connect", connect_to(sender, socket));
    ASSERT_EQ(::send(sender.get(), "hola", 4, 0), 4);
    until([&] { return by_inode(witness::all_sockets(), socket)->receive_queue > 0; });
  }
}

TEST_P(Sockets, OfUnixAreSeenWithTheirNameAndType) {
  const TempFolder folder;
  const std::string path = folder.path() / "con espacio";
  const kit::Descriptor listener = make_socket(AF_UNIX, SOCK_STREAM);
  bind_to_path(listener, path);
  kit::check("listen", ::listen(listener.get(), 4));
  const kit::Descriptor client = make_socket(AF_UNIX, SOCK_STREAM);
  kit::check("connect", connect_to(client, listener));
  const kit::Descriptor datagrams = make_socket(AF_UNIX, SOCK_DGRAM);
  bind_to_path(datagrams, path + "2");
  const kit::Descriptor packets = make_socket(AF_UNIX, SOCK_SEQPACKET);
  const std::string abstract_name = "laboratorio-" + std::to_string(::getpid());
  bind_to_path(packets, '\0' + abstract_name);

  const std::vector<Socket> sockets = witness::all_sockets();
  const auto listening = by_inode(sockets, listener);
  ASSERT_TRUE(listening);
  EXPECT_EQ(listening->family, AF_UNIX);
  EXPECT_EQ(listening->protocol, 0);
  EXPECT_EQ(listening->type, SOCK_STREAM);
  EXPECT_EQ(listening->state, TcpState::listen);
  EXPECT_EQ(listening->local, local(listener));
  EXPECT_EQ(listening->local.text(), path);
  if (by_sock_diag()) {
    EXPECT_EQ(listening->backlog, 4U);
    EXPECT_EQ(listening->receive_queue, 1U);
  }
  EXPECT_EQ(by_inode(sockets, client)->state, TcpState::established);
  EXPECT_EQ(by_inode(sockets, client)->local.host, "");
  EXPECT_EQ(by_inode(sockets, datagrams)->type, SOCK_DGRAM);
  EXPECT_EQ(by_inode(sockets, datagrams)->local.host, path + "2");
  EXPECT_EQ(by_inode(sockets, datagrams)->state, TcpState::close);
  EXPECT_EQ(by_inode(sockets, packets)->type, SOCK_SEQPACKET);
  EXPECT_EQ(by_inode(sockets, packets)->local.host, '@' + abstract_name);
}

TEST_P(Sockets, AreEstablishedOnBothSides) {
  const Connection connection;
  for (const kit::Descriptor* end : {&connection.client, &connection.server}) {
    const auto seen = find(*end);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->state, TcpState::established);
    EXPECT_EQ(seen->inode, inode_of(*end));
    EXPECT_EQ(seen->local, local(*end));
    EXPECT_EQ(seen->remote, remote(*end));
  }
}

TEST_P(Sockets, WaitInSynSentForAFullQueue) {
  const kit::Descriptor listener = make_listener(0);
  const kit::Descriptor queued = make_socket(AF_INET, SOCK_STREAM);
  kit::check("connect", connect_to(queued, listener));
  const kit::Descriptor newcomer = make_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  ASSERT_EQ(connect_to(newcomer, listener), -1);
  ASSERT_EQ(errno, EINPROGRESS);
  const auto seen = witness::find_tcp(local(newcomer), local(listener));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->state, TcpState::syn_sent);
  EXPECT_FALSE(witness::find_tcp(local(listener), local(newcomer))) << "en el otro lado no hay nada: tiraron el SYN";
}

TEST_P(Sockets, GoThroughTheStatesOfAnOrderlyClose) {
  Connection connection;
  const Address client = local(connection.client);
  const Address server = local(connection.server);
  const auto state = [](const Address& here, const Address& there) {
    const auto socket = witness::find_tcp(here, there);
    return socket ? socket->state : TcpState::unknown;
  };

  kit::check("shutdown", ::shutdown(connection.client.get(), SHUT_WR));
  until([&] { return state(client, server) == TcpState::fin_wait2; });
  EXPECT_EQ(state(server, client), TcpState::close_wait);
  EXPECT_EQ(find(connection.server)->receive_queue, 1U) << "el FIN, mientras no se lee, cuenta como un byte";
  std::array<char, 8> buffer{};
  EXPECT_EQ(::recv(connection.server.get(), buffer.data(), buffer.size(), 0), 0);
  EXPECT_EQ(find(connection.server)->receive_queue, 0U);
  EXPECT_EQ(state(server, client), TcpState::close_wait);

  connection.server.reset();
  until([&] { return state(client, server) == TcpState::time_wait; });
  EXPECT_EQ(witness::find_tcp(client, server)->inode, 0U);
  EXPECT_FALSE(witness::find_tcp(server, client));
  connection.client.reset();
  EXPECT_EQ(state(client, server), TcpState::time_wait) << "sigue ahí aunque ya no sea de nadie";
}

TEST_P(Sockets, KeepTheirClosedSideWithoutAnOwner) {
  Connection connection;
  const Address client = local(connection.client);
  const Address server = local(connection.server);
  connection.client.reset();
  until([&] { return witness::find_tcp(client, server)->state == TcpState::fin_wait2; });
  EXPECT_EQ(witness::find_tcp(client, server)->inode, 0U);
  EXPECT_EQ(find(connection.server)->state, TcpState::close_wait);
}

TEST_P(Sockets, AreGoneAfterAReset) {
  Connection connection;
  const Address client = local(connection.client);
  const Address server = local(connection.server);
  const linger immediately{1, 0};
  kit::check("setsockopt",
             ::setsockopt(connection.client.get(), SOL_SOCKET, SO_LINGER, &immediately, sizeof immediately));
  connection.client.reset();
  until([&] { return !witness::find_tcp(server, client); });
  EXPECT_FALSE(witness::find_tcp(client, server));
}

TEST_P(Sockets, CountTheBytesThatNobodyHasRead) {
  const Connection connection;
  const std::string text(1234, 'x');
  ASSERT_EQ(::send(connection.client.get(), text.data(), text.size(), 0), 1234);
  until([&] { return find(connection.server)->receive_queue == 1234; });
  std::array<char, 1000> buffer{};
  ASSERT_EQ(::recv(connection.server.get(), buffer.data(), buffer.size(), 0), 1000);
  const auto seen = find(connection.server);
  EXPECT_EQ(seen->receive_queue, 234U);
  EXPECT_EQ(seen->bytes_received, by_sock_diag() ? std::optional<std::uint64_t>{1234} : std::nullopt);
}

TEST_P(Sockets, CountTheBytesThatNobodyHasAcknowledged) {
  const Connection connection;
  const std::vector<char> block(1 << 16);
  std::size_t sent = 0;
  for (ssize_t count = 0; count >= 0; sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0))) {
    count = ::send(connection.client.get(), block.data(), block.size(), MSG_DONTWAIT);
  }
  ASSERT_EQ(errno, EAGAIN);
  until([&] { return find(connection.client)->send_queue + find(connection.server)->receive_queue == sent; });
  EXPECT_GT(find(connection.client)->send_queue, 0U);
}

// Un socket IPv6 que también oye IPv4: sus conexiones IPv4 se ven como lo que son.
TEST_P(Sockets, OfIpv4InsideIpv6AreSeenAsIpv4) {
  if (!has_ipv6()) GTEST_SKIP() << "aquí no hay IPv6";
  const kit::Descriptor listener = make_socket(AF_INET6, SOCK_STREAM);
  const int off = 0;
  kit::check("setsockopt", ::setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
  kit::check("listen", ::listen(listener.get(), 5));
  const Address everywhere = local(listener);
  EXPECT_EQ(everywhere.host, "::");

  const kit::Descriptor client = make_socket(AF_INET, SOCK_STREAM);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(everywhere.port);
  kit::check("connect", ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  const kit::Descriptor server = accept_from(listener);

  EXPECT_EQ(local(server), (Address{AF_INET, "127.0.0.1", everywhere.port}));
  const auto seen = find(server);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->inode, inode_of(server));
  EXPECT_EQ(seen->family, AF_INET6) << "el socket es IPv6";
  EXPECT_EQ(seen->local, remote(client)) << "y su dirección, IPv4";
  EXPECT_EQ(seen->remote, local(client));
  EXPECT_EQ(by_inode(witness::all_sockets(), server)->local, seen->local);

  EXPECT_EQ(witness::find_tcp(remote(client), {AF_INET, {}, 0})->inode, inode_of(listener));
  EXPECT_EQ(witness::find_tcp({AF_INET6, "::1", everywhere.port}, {AF_INET6, {}, 0})->inode, inode_of(listener));
}

TEST_P(Sockets, AreNotConfusedWithTheOneThatListens) {
  const kit::Descriptor listener = make_socket(AF_INET, SOCK_STREAM);
  kit::check("listen", ::listen(listener.get(), 5));  // en 0.0.0.0
  const Address here{AF_INET, "127.0.0.1", local(listener).port};
  EXPECT_FALSE(witness::find_tcp(here, {AF_INET, "127.0.0.1", 1}));
  EXPECT_EQ(witness::find_tcp(here, {AF_INET, {}, 0})->inode, inode_of(listener));
  EXPECT_FALSE(witness::find_tcp({AF_INET6, "::1", here.port}, {AF_INET6, {}, 0})) << "no oye IPv6";
}

TEST_P(Sockets, DoNotListenWhereOnlyAnotherAddressDoes) {
  const kit::Descriptor listener = make_listener();
  EXPECT_FALSE(witness::find_tcp({AF_INET, "127.0.0.2", local(listener).port}, {AF_INET, {}, 0}));
  const kit::Descriptor bound = make_socket(AF_INET, SOCK_STREAM);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  kit::check("bind", ::bind(bound.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any));
  EXPECT_FALSE(witness::find_tcp(local(bound), {AF_INET, {}, 0})) << "tiene puerto, pero no escucha";
}

// Un proceso hijo pregunta por su cuenta: sus respuestas no se mezclan con las de su padre.
TEST_P(Sockets, AreFoundByTwoProcessesAtOnce) {
  const Connection connection;
  ASSERT_TRUE(find(connection.server));
  const Pipe result;
  const auto all_right = [&](const kit::Descriptor& end) {
    for (int i = 0; i < (by_sock_diag() ? 2000 : 2); ++i) {
      const auto seen = find(end);
      if (!seen || seen->inode != inode_of(end)) return false;
    }
    return true;
  };
  const Child child{[&] {
    const char answer = all_right(connection.client) ? 'y' : 'n';
    [[maybe_unused]] const ssize_t written = ::write(result.write.get(), &answer, 1);
  }};
  EXPECT_TRUE(all_right(connection.server));
  char answer = 0;
  ASSERT_EQ(::read(result.read.get(), &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
}

TEST(Packets, AreDeliveredInTheEnd) {
  const Connection connection;
  ASSERT_EQ(::send(connection.client.get(), "x", 1, 0), 1);
  until([] { return !witness::packets_pending(); });
}

TEST(Address, IsReadAsPeopleWriteIt) {
  EXPECT_EQ((Address{AF_INET, "127.0.0.1", 8080}.text()), "127.0.0.1:8080");
  EXPECT_EQ((Address{AF_INET6, "::1", 80}.text()), "[::1]:80");
  EXPECT_EQ((Address{AF_UNIX, "/tmp/socket", 0}.text()), "/tmp/socket");
  EXPECT_EQ(witness::to_address(sockaddr_storage{}).family, AF_UNSPEC);
}

TEST(TcpStates, HaveTheirNames) {
  EXPECT_STREQ(witness::name(TcpState::established), "ESTABLISHED");
  EXPECT_STREQ(witness::name(TcpState::time_wait), "TIME_WAIT");
  EXPECT_STREQ(witness::name(TcpState::listen), "LISTEN");
  EXPECT_STREQ(witness::name(TcpState::new_syn_recv), "SYN_RECV");
  EXPECT_STREQ(witness::name(static_cast<TcpState>(200)), "desconocido");
  // Los números de TcpState son los de tcp_info(7).
  EXPECT_EQ(static_cast<int>(TcpState::time_wait), TCP_TIME_WAIT);
  EXPECT_EQ(static_cast<int>(TcpState::listen), TCP_LISTEN);
  EXPECT_EQ(static_cast<int>(TcpState::closing), TCP_CLOSING);
}

}  // namespace
