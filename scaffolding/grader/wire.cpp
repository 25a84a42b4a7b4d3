#include "grader/wire.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "grader/failure.hpp"

namespace grader {
namespace {

witness::Address own_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  kit::check("getsockname", ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size));
  return witness::to_address(storage);
}

void set_option(int descriptor, int level, int option, int value) {
  kit::check("setsockopt", ::setsockopt(descriptor, level, option, &value, sizeof value));
}

int queue_length(int descriptor, unsigned long request) {
  int bytes = 0;
  return ::ioctl(descriptor, request, &bytes) == -1 ? 0 : bytes;
}

tcp_info own_info(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  kit::check("getsockopt", ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size));
  return info;
}

// Lo enviado no le cabe a quien lo recibe, y no llegará hasta que lea lo que ya tiene: no va de camino. O no ha salido
// de aquí, porque la ventana está cerrada, o ha salido y allí no se ha podido guardar: se intenta otra vez.
bool has_no_room(int descriptor) {
  const int unsent = queue_length(descriptor, SIOCOUTQNSD);
  if (unsent > 0 && unsent == queue_length(descriptor, SIOCOUTQ)) return true;
  const tcp_info info = own_info(descriptor);
  return info.tcpi_retransmits > 0 || info.tcpi_probes > 0 || info.tcpi_backoff > 0;
}

}  // namespace

Wire::Wire(Program& program_, kit::Descriptor descriptor_, witness::Address remote_, std::string name_)
    : program{program_},
      descriptor{std::move(descriptor_)},
      local{own_address(descriptor.get())},
      remote{std::move(remote_)},
      name{std::move(name_)} {
  set_option(descriptor.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  program.state_->wires.push_back(this);
  // El núcleo puede dar otra vez el puerto de una conexión que ya acabó: lo que ahora se vea ahí es esta.
  std::erase(program.state_->departing, std::pair{remote, local});
}

Wire::~Wire() { close(false); }

void Wire::receive() {
  std::array<char, 65536> block;
  // Un poco de cada vez: quien envía sin parar no retiene al evaluador.
  for (int blocks = 0; ending == Ending::open && blocks < 16; ++blocks) {
    const ssize_t count = ::recv(descriptor.get(), block.data(), block.size(), MSG_DONTWAIT);
    if (count > 0) {
      received.append(block.data(), static_cast<std::size_t>(count));
      received_count_ += static_cast<std::uint64_t>(count);
      // Acuse de recibo inmediato: el segundo send() de una respuesta no tiene que esperar al acuse retrasado (40 ms).
      set_option(descriptor.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
    } else if (count == 0) {
      ending = Ending::fin;
    } else if (errno == ECONNRESET || errno == EPIPE || errno == ETIMEDOUT) {
      ending = Ending::reset;
    } else {
      return;  // EAGAIN, o ENOTCONN mientras se conecta
    }
  }
}

void Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      sent_ += static_cast<std::uint64_t>(count);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      needs_room = true;
      const Stop stop = program.wait([this] {
        pollfd entry{descriptor.get(), POLLOUT, 0};
        return ::poll(&entry, 1, 0) > 0;
      });
      needs_room = false;
      if (stop.outcome != Outcome::happened) fail(program, "que el programa lea lo que se le envía", stop);
    } else {
      receive();
      if (ending == Ending::open) ending = Ending::reset;
      return;  // lo contará quien espere la respuesta
    }
  }
}

std::optional<witness::Socket> Wire::far_end() const { return witness::find_tcp(remote, local); }

bool Wire::settled() {
  using witness::TcpState;
  if (ending == Ending::reset) return true;
  const auto far = far_end();
  if (!far) {
    // El otro extremo ya no existe: o su FIN o RST está llegando, o ya llegó y aquí no se lee, o esta conexión no ha
    // llegado a admitirse.
    const int own_state = own_info(descriptor.get()).tcpi_state;
    return ending == Ending::fin || own_state == TCP_SYN_SENT || (!reading && own_state != TCP_ESTABLISHED);
  }
  if (far->state == TcpState::syn_recv || far->state == TcpState::new_syn_recv) return false;
  // El acuse de su FIN, cuando le llega, despierta un instante a quien espere en esa conexión. A quien no lee puede no
  // caberle ni el FIN.
  if (far->state == TcpState::fin_wait1 && reading) return false;
  if (write_shut_ && (far->state == TcpState::established || far->state == TcpState::fin_wait2)) return false;
  if (ending == Ending::fin) return true;
  const bool missing =
      far->bytes_received ? *far->bytes_received < sent_ : queue_length(descriptor.get(), SIOCOUTQ) > 0;
  if (missing && !(far->receive_queue > 0 && has_no_room(descriptor.get()))) return false;
  if (far->send_queue > 0 && reading) {
    set_option(descriptor.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
    return false;
  }
  return true;
}

std::uint64_t Wire::progress() const {
  const auto far = far_end();
  if (!far) return received_count_;
  // Lo consumido crece y lo pendiente mengua: su diferencia cambia con cada lectura del programa.
  return received_count_ + (sent_ - std::min<std::uint64_t>(sent_, far->receive_queue)) +
         static_cast<std::uint64_t>(far->state);
}

void Wire::narrate_sent(const std::string& what) const { narrate((name == "S" ? "S → C   " : "C → S   ") + what); }

void Wire::narrate_received(const std::string& what) const { narrate((name == "S" ? "C → S   " : "S → C   ") + what); }

void Wire::shut_write() {
  if (write_shut_) return;
  write_shut_ = true;
  if (::shutdown(descriptor.get(), SHUT_WR) == -1 && errno != ENOTCONN) kit::check("shutdown", -1);
}

void Wire::close(bool abort) {
  if (!descriptor.is_open()) return;
  if (abort) {
    const linger immediately{1, 0};
    kit::check("setsockopt", ::setsockopt(descriptor.get(), SOL_SOCKET, SO_LINGER, &immediately, sizeof immediately));
  }
  descriptor.reset();
  if (program.state_ == nullptr) return;
  auto& state = *program.state_;
  std::erase(state.wires, this);
  state.departing.emplace_back(remote, local);
}

}  // namespace grader
