// Ataque: un cálculo constexpr que el compilador repite sin fin: cada vuelta queda bajo su límite.
// Puntos: 0
#include <sys/socket.h>
#include <unistd.h>

#include <type_traits>
#include <utility>

#include "lab1.hpp"
#include "programs/kit.hpp"

namespace {

template <int N>
constexpr int turns() {
  int sum = N;
  for (int i = 0; i < 200'000; ++i) sum = (sum * 31 + i) % 65'537;
  return sum;
}

template <int... N>
constexpr int all(std::integer_sequence<int, N...>) {
  return (turns<N>() ^ ...);
}

template <int... N>
constexpr int sums = (std::integral_constant<int, turns<N>()>::value ^ ...);

template <int... N>
constexpr int of(std::integer_sequence<int, N...>) {
  return sums<N...>;
}

static_assert(of(std::make_integer_sequence<int, 4000>{}) != -1);

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return kit::check("socket", ::socket(domain, type | SOCK_CLOEXEC, 0)); }

void close_socket(int fd) { kit::check("close", ::close(fd)); }

}  // namespace lab1
