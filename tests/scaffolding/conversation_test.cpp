// Lo que los primeros laboratorios toman prestado para conversar, con sockets de verdad: envíos a trozos, líneas
// cortadas por donde sea, y el otro extremo que se va de todas las maneras.
#include "programs/conversation.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "programs/kit.hpp"
#include "protocol/protocol.hpp"
#include "witness/process.hpp"

namespace {

using std::string_literals::operator""s;  // NOLINT(misc-unused-using-decls): es la de "…"s

const std::string ok = "100 OK\r\n";
const std::string bye = "200 BYE\r\n";
const std::string received = "300 DRCV\r\n";
const std::string bad_command = "400 BCMD\r\nCommand-description: Bad command\r\n";

struct Pair {
  kit::Descriptor here, there;
};

Pair socket_pair(int type = SOCK_STREAM) {
  std::array<int, 2> ends{};
  kit::check("socketpair", ::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()));
  return {kit::Descriptor{ends[0]}, kit::Descriptor{ends[1]}};
}

Pair tcp_pair() {
  const kit::Descriptor listener{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  kit::check("bind", ::bind(listener.get(), name, length));
  kit::check("listen", ::listen(listener.get(), 1));
  kit::check("getsockname", ::getsockname(listener.get(), name, &length));
  kit::Descriptor client{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  kit::check("connect", ::connect(client.get(), name, length));
  return {std::move(client),
          kit::Descriptor{kit::check("accept", ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))}};
}

// Corta la conexión con un RST y espera a que el núcleo lo haya entregado.
void reset(Pair& pair) {
  const linger at_once{1, 0};
  kit::check("setsockopt", ::setsockopt(pair.there.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
  pair.there.reset();
  pollfd broken{pair.here.get(), 0, 0};
  kit::check("poll", ::poll(&broken, 1, -1));
}

void end_of_output(const kit::Descriptor& socket) { kit::check("shutdown", ::shutdown(socket.get(), SHUT_WR)); }

// Todo lo que llega hasta el fin de la conexión.
std::string receive_all(const kit::Descriptor& socket) {
  std::string bytes;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t count = ::recv(socket.get(), block.data(), block.size(), 0);
    if (count == -1) throw std::system_error{errno, std::generic_category(), "recv"};
    if (count == 0) return bytes;
    bytes.append(block.data(), static_cast<std::size_t>(count));
  }
}

// Un hilo que hace algo que espera, y las señales que se le envían mientras. La señal interrumpe la llamada en la que
// está.
class Waiter {
public:
  explicit Waiter(const std::function<void()>& work) {
    struct sigaction action {};
    action.sa_handler = [](int) {
      ++interruptions;
    };  // sin SA_RESTART: la llamada interrumpida acaba con EINTR, o a medias
    kit::check("sigaction", ::sigaction(SIGUSR1, &action, &previous_));
    std::promise<pid_t> started;
    std::future<pid_t> thread = started.get_future();
    end_ = std::async(std::launch::async, [&started, work] {
      started.set_value(::gettid());
      work();
    });
    thread_ = thread.get();
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (end_.valid()) end_.wait();
    ::sigaction(SIGUSR1, &previous_, nullptr);
  }

  // Espera a que duerma en esa llamada.
  void is_in(const std::string& call) {
    while (!finished() && !sleeps_in(call)) ::sched_yield();
    ASSERT_FALSE(finished()) << "tenía que seguir en " << call;
  }

  // Interrumpe esa llamada y espera a que el hilo vuelva a dormir en ella.
  void is_interrupted_in(const std::string& call) {
    ASSERT_NO_FATAL_FAILURE(is_in(call));
    const int before = interruptions;
    kit::check("tgkill", ::tgkill(::getpid(), thread_, SIGUSR1));
    while (interruptions == before) ::sched_yield();
    is_in(call);
  }

  // Espera a que acabe; lanza lo que él haya lanzado.
  void ends() { end_.get(); }

private:
  [[nodiscard]] bool finished() const { return end_.wait_for(std::chrono::seconds{0}) == std::future_status::ready; }

  [[nodiscard]] bool sleeps_in(const std::string& call) const {
    witness::Process process;
    witness::look_at(::getpid(), process);
    return std::any_of(process.threads.begin(), process.threads.end(), [&](const witness::Thread& thread) {
      return thread.tid == thread_ && thread.state == 'S' && thread.blocked.call == call;
    });
  }

  inline static std::atomic<int> interruptions = 0;
  struct sigaction previous_ {};
  pid_t thread_ = -1;
  std::future<void> end_;
};

// Bytes que no se parecen a los de al lado: si faltan, sobran o cambian de lugar, se nota.
std::string pattern(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += std::to_string(i) + '\n';
  bytes.resize(size);
  return bytes;
}

template <class Work>
std::error_code error_of(const Work& work, const std::string& call) {
  try {
    work();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.what(), call + ": " + error.code().message());
    return error.code();
  }
  return {};
}

// send(2) toma lo que cabe; interrumpida, dice cuánto tomó, o EINTR si no tomó nada. send_all() sigue donde iba.
TEST(SendAll, SendsEverythingThroughShortSendsAndInterruptions) {
  Pair pair = socket_pair();
  const int small = 1;  // el núcleo lo sube a su mínimo
  kit::check("setsockopt", ::setsockopt(pair.here.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small));
  const std::string bytes = pattern(300'000);
  Waiter sender{[&] {
    kit::send_all(pair.here.get(), bytes);
    end_of_output(pair.here);
  }};
  sender.is_interrupted_in("send");  // a medias
  sender.is_interrupted_in("send");  // sin haber tomado nada
  EXPECT_TRUE(receive_all(pair.there) == bytes);
  sender.ends();
}

TEST(SendAll, SendsEveryByteAndNothingElse) {
  Pair pair = tcp_pair();
  const std::string bytes = "a\0\xff\r\n"s;
  kit::send_all(pair.here.get(), bytes);
  kit::send_all(pair.here.get(), "");
  kit::send_all(pair.here.get(), "fin");
  end_of_output(pair.here);
  EXPECT_EQ(receive_all(pair.there), bytes + "fin");
}

// Sin MSG_NOSIGNAL, SIGPIPE acabaría con el programa.
TEST(SendAll, ThrowsInsteadOfDyingWhenNobodyReads) {
  Pair pair = socket_pair();
  pair.there.reset();
  ::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(error_of([&] { kit::send_all(pair.here.get(), "HELO\n"); }, "send"), std::errc::broken_pipe);
}

TEST(SendAll, ThrowsWhenTheConnectionWasReset) {
  Pair pair = tcp_pair();
  reset(pair);
  EXPECT_EQ(error_of([&] { kit::send_all(pair.here.get(), "HELO\n"); }, "send"), std::errc::connection_reset);
}

// Un SOCK_SEQPACKET conserva los cortes: cada recv(2) recibe uno de estos trozos.
Pair received_in(const std::vector<std::string>& pieces) {
  Pair pair = socket_pair(SOCK_SEQPACKET);
  for (const std::string& piece : pieces) {
    if (!piece.empty()) kit::send_all(pair.there.get(), piece);
  }
  end_of_output(pair.there);
  return pair;
}

std::vector<std::string> lines_of(const Pair& pair) {
  kit::LineReader reader{pair.here.get()};
  std::vector<std::string> lines;
  while (const auto line = reader.receive_line()) lines.push_back(*line);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, JoinsAndCutsLinesWhereverTheBytesAreCut) {
  const std::string bytes = "100 OK\r\n\n\r\na\rb\r\r\nx\0\xff\nfin\r\n"s;
  const Lines lines{"100 OK", "", "", "a\rb\r", "x\0\xff"s, "fin"};
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(lines_of(received_in({bytes.substr(0, cut), bytes.substr(cut)})), lines) << "cortado en " << cut;
  }
  std::vector<std::string> each_byte;
  for (const char byte : bytes) each_byte.emplace_back(1, byte);
  EXPECT_EQ(lines_of(received_in(each_byte)), lines);
}

TEST(LineReader, FindsNoLineWhenItIsNotFinished) {
  EXPECT_EQ(lines_of(received_in({})), Lines{});
  EXPECT_EQ(lines_of(received_in({"100 O"})), Lines{});
  EXPECT_EQ(lines_of(received_in({"100 OK\r\n", "200 BYE\r"})), Lines{"100 OK"});
}

TEST(LineReader, ReceivesLinesLongerThanAnyBuffer) {
  Pair pair = tcp_pair();
  const std::string longest(protocol::max_line, 'x');
  const auto sender = std::async(std::launch::async, [&] { kit::send_all(pair.there.get(), longest + "\r\nHELO\n"); });
  kit::LineReader reader{pair.here.get()};
  const auto line = reader.receive_line();
  ASSERT_TRUE(line);
  EXPECT_TRUE(*line == longest);
  EXPECT_EQ(reader.receive_line(), "HELO");
}

TEST(LineReader, GoesOnAfterAnInterruption) {
  Pair pair = socket_pair();
  std::optional<std::string> line;
  Waiter receiver{[&] { line = kit::LineReader{pair.here.get()}.receive_line(); }};
  receiver.is_interrupted_in("recv");
  kit::send_all(pair.there.get(), "100 OK\n");
  receiver.ends();
  EXPECT_EQ(line, "100 OK");
}

TEST(LineReader, ThrowsWhenTheConnectionWasReset) {
  Pair pair = tcp_pair();
  kit::LineReader reader{pair.here.get()};
  reset(pair);
  EXPECT_EQ(error_of([&] { reader.receive_line(); }, "recv"), std::errc::connection_reset);
}

// Lo que se responde a un cliente que lo ha enviado todo en estos trozos y ya no enviará más. Al acabar, la conexión
// sigue siendo de quien llamó.
std::string served_replies(const std::vector<std::string>& pieces) {
  Pair pair = received_in(pieces);
  testing::internal::CaptureStderr();
  kit::serve_client(pair.here.get());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  end_of_output(pair.here);
  return receive_all(pair.there);
}

TEST(ServeClient, HoldsTheSameConversationWhereverTheBytesAreCut) {
  const std::string bytes = "HELO\nDATA\r\nQUIT\r\nnada\nDATA\n\nQUIT\n";
  const std::string replies = ok + received + bad_command + received + bye;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(served_replies({bytes.substr(0, cut), bytes.substr(cut)}), replies) << "cortado en " << cut;
  }
  std::vector<std::string> each_byte;
  for (const char byte : bytes) each_byte.emplace_back(1, byte);
  EXPECT_EQ(served_replies(each_byte), replies);
}

// El cliente que se despide espera que cierre el servidor: si el servidor espera a su vez, no acaban nunca.
TEST(ServeClient, ReturnsAfterQuitWithoutWaitingForTheClient) {
  Pair pair = tcp_pair();
  kit::send_all(pair.there.get(), "HELO\nQUIT\nHELO\n");
  kit::serve_client(pair.here.get());
  end_of_output(pair.here);
  EXPECT_EQ(receive_all(pair.there), ok + bye);
}

TEST(ServeClient, AnswersEveryCompleteLineAfterAHalfClose) { EXPECT_EQ(served_replies({"HELO\nHELO\nQU"}), ok + ok); }

TEST(ServeClient, SaysNothingToWhoLeavesInTheMiddle) {
  EXPECT_EQ(served_replies({}), "");
  EXPECT_EQ(served_replies({"HEL"}), "");
  EXPECT_EQ(served_replies({"DATA\n"}), "");
  EXPECT_EQ(served_replies({"DATA\n", "hol"}), "");
}

TEST(ServeClient, ReturnsAfterALineThatIsTooLong) {
  Pair pair = tcp_pair();
  auto sender = std::async(std::launch::async,
                           [&] { kit::send_all(pair.there.get(), std::string(protocol::max_line + 1, 'x')); });
  kit::serve_client(pair.here.get());
  sender.get();
  end_of_output(pair.here);
  EXPECT_EQ(receive_all(pair.there), bad_command);
}

// Un cliente que se pierde no acaba con el servidor: se dice, y se vuelve.
std::string complaint_about(const Pair& pair) {
  testing::internal::CaptureStderr();
  kit::serve_client(pair.here.get());
  return testing::internal::GetCapturedStderr();
}

TEST(ServeClient, SurvivesAResetWhileItWaits) {
  Pair pair = tcp_pair();
  reset(pair);
  const std::string reason = std::generic_category().message(ECONNRESET);
  EXPECT_EQ(complaint_about(pair), "conexión perdida: recv: " + reason + '\n');
}

TEST(ServeClient, SurvivesAResetInTheMiddleOfALine) {
  Pair pair = tcp_pair();
  kit::send_all(pair.there.get(), "HELO\nDATA\nhol");
  reset(pair);
  EXPECT_NE(complaint_about(pair).find("conexión perdida: "), std::string::npos);
}

TEST(ServeClient, SurvivesAClientThatDoesNotWaitForItsReplies) {
  Pair pair = socket_pair();
  kit::send_all(pair.there.get(), "HELO\n");
  pair.there.reset();
  ::signal(SIGPIPE, SIG_DFL);
  const std::string reason = std::generic_category().message(EPIPE);
  EXPECT_EQ(complaint_about(pair), "conexión perdida: send: " + reason + '\n');
}

}  // namespace
