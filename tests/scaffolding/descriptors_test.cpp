// Los descriptores de otro proceso: cuáles tiene, qué son y qué opciones tienen sus sockets, con pidfd_getfd y sin él.
#include "witness/descriptors.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "child.hpp"
#include "witness/capabilities.hpp"

namespace {

using witness::Capability;
using witness::OpenDescriptor;
using witness::SocketKind;
using witness::Without;

void wait_for_the_end() { ::pause(); }

std::optional<OpenDescriptor> find(const std::vector<OpenDescriptor>& descriptors, int number) {
  const auto found = std::find_if(descriptors.begin(), descriptors.end(),
                                  [&](const OpenDescriptor& descriptor) { return descriptor.number == number; });
  return found == descriptors.end() ? std::nullopt : std::optional{*found};
}

ino_t inode_of(const kit::Descriptor& descriptor) {
  struct stat status {};
  kit::check("fstat", ::fstat(descriptor.get(), &status));
  return status.st_ino;
}

TEST(Descriptors, AreListedWithWhatTheyAre) {
  const Pipe pipe;
  const kit::Descriptor socket = make_socket(AF_INET, SOCK_STREAM);
  const kit::Descriptor inherited{kit::check("dup", ::dup(socket.get()))};  // sin FD_CLOEXEC
  const Child child{wait_for_the_end};
  const auto descriptors = witness::open_descriptors(child.pid());

  const auto by_number = [](const OpenDescriptor& a, const OpenDescriptor& b) { return a.number < b.number; };
  EXPECT_TRUE(std::is_sorted(descriptors.begin(), descriptors.end(), by_number));

  const auto a_pipe = find(descriptors, pipe.read.get());
  ASSERT_TRUE(a_pipe);
  EXPECT_EQ(a_pipe->target, "pipe:[" + std::to_string(inode_of(pipe.read)) + ']');
  EXPECT_FALSE(a_pipe->socket);
  EXPECT_TRUE(a_pipe->close_on_exec);

  const auto a_socket = find(descriptors, socket.get());
  ASSERT_TRUE(a_socket);
  EXPECT_EQ(a_socket->target, "socket:[" + std::to_string(inode_of(socket)) + ']');
  EXPECT_EQ(a_socket->socket, inode_of(socket));
  EXPECT_TRUE(a_socket->close_on_exec);

  const auto a_copy = find(descriptors, inherited.get());
  ASSERT_TRUE(a_copy);
  EXPECT_EQ(a_copy->socket, inode_of(socket));
  EXPECT_FALSE(a_copy->close_on_exec);
}

TEST(Descriptors, AreThoseOfThisMoment) {
  const Pipe orders;
  const int opened_later = ::fcntl(orders.read.get(), F_DUPFD, 100);  // el número que tendrá; aquí se cierra
  ::close(opened_later);
  const Child child{[&] {
    char order = 0;
    if (::read(orders.read.get(), &order, 1) == 1) ::dup2(orders.read.get(), opened_later);
    ::pause();
  }};
  child.settle();
  EXPECT_FALSE(find(witness::open_descriptors(child.pid()), opened_later));
  EXPECT_EQ(witness::descriptor_target(child.pid(), opened_later), "");
  ASSERT_EQ(::write(orders.write.get(), "x", 1), 1);
  child.settle();
  EXPECT_TRUE(find(witness::open_descriptors(child.pid()), opened_later));
  EXPECT_EQ(witness::descriptor_target(child.pid(), opened_later),
            witness::descriptor_target(child.pid(), orders.read.get()));
}

// El archivo /proc/PID/fd es el del hilo principal: cuando termina con otros vivos, se queda vacío.
TEST(Descriptors, AreSeenThoughTheMainThreadHasEnded) {
  const kit::Descriptor socket = make_socket(AF_INET, SOCK_DGRAM);
  const Child child{[] {
    std::thread{wait_for_the_end}.detach();
    end_this_thread();
  }};
  until([&] {
    witness::Process process;
    return witness::look_at(child.pid(), process) && process.threads.size() == 1 &&
           process.threads[0].tid != child.pid();
  });
  EXPECT_TRUE(find(witness::open_descriptors(child.pid()), socket.get()));
  EXPECT_EQ(witness::socket_inode(child.pid(), socket.get()), inode_of(socket));
  EXPECT_NE(witness::descriptor_info(child.pid(), socket.get()), "");
  EXPECT_EQ(witness::socket_kind(child.pid(), socket.get()), (SocketKind{AF_INET, SOCK_DGRAM, IPPROTO_UDP}));
}

TEST(Descriptors, OfAProcessThatIsGoneAreNone) {
  pid_t pid = -1;
  {
    const Child child{wait_for_the_end};
    pid = child.pid();
    EXPECT_FALSE(witness::open_descriptors(pid).empty());
  }
  EXPECT_TRUE(witness::open_descriptors(pid).empty());
  EXPECT_FALSE(witness::socket_inode(pid, 0));
  EXPECT_FALSE(witness::socket_kind(pid, 0));
  EXPECT_FALSE(witness::borrow(pid, 0).is_open());
  EXPECT_EQ(witness::descriptor_info(pid, 0), "");
}

TEST(Descriptors, AreBorrowedWithoutCopyingWhatTheyAre) {
  if (!witness::available(Capability::pidfd_getfd)) GTEST_SKIP() << "aquí no hay pidfd_getfd";
  const Pipe pipe;
  const Child child{wait_for_the_end};
  const kit::Descriptor borrowed = witness::borrow(child.pid(), pipe.write.get());
  ASSERT_TRUE(borrowed.is_open());
  EXPECT_EQ(inode_of(borrowed), inode_of(pipe.write));
  EXPECT_NE(::fcntl(borrowed.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_FALSE(witness::borrow(child.pid(), 999).is_open());
  const Without without{Capability::pidfd_getfd};
  EXPECT_FALSE(witness::borrow(child.pid(), pipe.write.get()).is_open());
}

TEST(Descriptors, TellWhatIsKnownOfATimer) {
  const kit::Descriptor timer{kit::check("timerfd_create", ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC))};
  const Child child{wait_for_the_end};
  EXPECT_EQ(witness::descriptor_target(child.pid(), timer.get()), "anon_inode:[timerfd]");
  EXPECT_NE(witness::descriptor_info(child.pid(), timer.get()).find("it_value: (0, 0)"), std::string::npos);
}

// Los sockets que puede crear aquí un programa, con la respuesta que da el propio núcleo a quien los creó.
TEST(SocketKinds, AreTheSameWithAndWithoutPidfdGetfd) {
  struct Asked {
    SocketKind kind;
    int protocol;
  };
  std::vector<Asked> possible;
  std::vector<kit::Descriptor> sockets;
  for (const auto& [kind, protocol] :
       {Asked{{AF_INET, SOCK_STREAM, IPPROTO_TCP}, 0}, Asked{{AF_INET, SOCK_DGRAM, IPPROTO_UDP}, 0},
        Asked{{AF_INET, SOCK_RAW, IPPROTO_ICMP}, IPPROTO_ICMP},
        Asked{{AF_INET, SOCK_DGRAM, IPPROTO_ICMP}, IPPROTO_ICMP}, Asked{{AF_INET6, SOCK_STREAM, IPPROTO_TCP}, 0},
        Asked{{AF_INET6, SOCK_DGRAM, IPPROTO_UDP}, 0}, Asked{{AF_INET6, SOCK_RAW, IPPROTO_ICMPV6}, IPPROTO_ICMPV6},
        Asked{{AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6}, IPPROTO_ICMPV6}, Asked{{AF_UNIX, SOCK_STREAM, 0}, 0},
        Asked{{AF_UNIX, SOCK_DGRAM, 0}, 0}, Asked{{AF_UNIX, SOCK_SEQPACKET, 0}, 0}}) {
    kit::Descriptor socket{::socket(kind.domain, kind.type | SOCK_CLOEXEC, protocol)};
    if (!socket.is_open()) continue;  // en bruto hace falta ser root; y puede faltar IPv6
    possible.push_back({kind, protocol});
    sockets.push_back(std::move(socket));
  }
  ASSERT_FALSE(possible.empty());
  const Child child{wait_for_the_end};
  for (std::size_t i = 0; i < possible.size(); ++i) {
    const SocketKind& truth = possible[i].kind;
    SCOPED_TRACE("dominio " + std::to_string(truth.domain) + ", tipo " + std::to_string(truth.type));
    if (witness::available(Capability::pidfd_getfd)) {
      EXPECT_EQ(witness::socket_kind(child.pid(), sockets[i].get()), truth);
    }
    const Without without{Capability::pidfd_getfd};
    for (const bool with_sock_diag : {true, false}) {
      std::optional<Without> nor;
      if (!with_sock_diag) nor.emplace(Capability::sock_diag);
      const auto kind = witness::socket_kind(child.pid(), sockets[i].get());
      ASSERT_TRUE(kind);
      EXPECT_EQ(kind->domain, truth.domain);
      EXPECT_EQ(kind->type, truth.type);
      EXPECT_EQ(kind->protocol.has_value(), truth.type != SOCK_RAW);
      EXPECT_EQ(kind->protocol.value_or(*truth.protocol), truth.protocol);
    }
  }
}

TEST(SocketKinds, OfWhatIsNoSocketAreNone) {
  const Pipe pipe;
  const Child child{wait_for_the_end};
  EXPECT_FALSE(witness::socket_kind(child.pid(), pipe.read.get()));
  EXPECT_FALSE(witness::socket_inode(child.pid(), pipe.read.get()));
  EXPECT_FALSE(witness::socket_option(child.pid(), pipe.read.get(), SOL_SOCKET, SO_REUSEADDR));
}

TEST(SocketOptions, AreThoseThatTheProgramHasSet) {
  if (!witness::available(Capability::pidfd_getfd)) GTEST_SKIP() << "aquí no hay pidfd_getfd";
  const kit::Descriptor plain = make_socket(AF_INET, SOCK_STREAM);
  const kit::Descriptor changed = make_socket(AF_INET, SOCK_STREAM);
  const Child child{[&] {
    const int on = 1;
    const int size = 20'000;
    ::setsockopt(changed.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(changed.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    ::setsockopt(changed.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::pause();
  }};
  child.settle();
  const auto option = [&](const kit::Descriptor& socket, int level, int name) {
    return witness::socket_option(child.pid(), socket.get(), level, name);
  };
  EXPECT_EQ(option(changed, SOL_SOCKET, SO_REUSEADDR), 1);
  EXPECT_EQ(option(changed, SOL_SOCKET, SO_RCVBUF), 40'000);  // el núcleo guarda el doble: socket(7)
  EXPECT_EQ(option(changed, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(plain, SOL_SOCKET, SO_REUSEADDR), 0);
  EXPECT_EQ(option(plain, IPPROTO_TCP, TCP_NODELAY), 0);
  const Without without{Capability::pidfd_getfd};
  EXPECT_FALSE(option(changed, SOL_SOCKET, SO_REUSEADDR)) << "sin pidfd_getfd no se sabe";
}

TEST(Backlog, IsTheOneThatTheProgramAskedFor) {
  const kit::Descriptor listener = make_listener(7);
  const Child child{wait_for_the_end};
  const auto seen = [&] {
    for (const witness::Socket& socket : witness::listening_tcp()) {
      if (socket.inode == inode_of(listener)) return witness::backlog(child.pid(), listener.get(), socket);
    }
    ADD_FAILURE() << "no se ve el socket de escucha";
    return std::optional<unsigned>{};
  };
  if (witness::available(Capability::sock_diag)) {
    EXPECT_EQ(seen(), 7U);
  }
  const Without without{Capability::sock_diag};
  if (witness::available(Capability::pidfd_getfd)) {
    EXPECT_EQ(seen(), 7U) << "por TCP_INFO";
  }
  const Without nor{Capability::pidfd_getfd};
  EXPECT_FALSE(seen()) << "entonces no hay forma de saberlo";
}

}  // namespace
