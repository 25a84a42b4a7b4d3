// Una clase de excepción propia, hija de std::system_error, y una plantilla que envuelve cualquier llamada.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "lab1.hpp"

namespace {

class SocketError : public std::system_error {
public:
  explicit SocketError(const char* call) : std::system_error{errno, std::generic_category(), call} {}
};

template <class Call, class... Arguments>
int checked(const char* name, Call call, Arguments&&... arguments) {
  const int result = call(std::forward<Arguments>(arguments)...);
  if (result < 0) throw SocketError{name};
  return result;
}

}  // namespace

namespace lab1 {

int create_socket(int domain, int type) { return checked("socket", ::socket, domain, type | SOCK_CLOEXEC, 0); }

void close_socket(int fd) { checked("close", ::close, fd); }

}  // namespace lab1
