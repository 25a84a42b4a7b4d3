/// @file
/// Los sockets de la máquina según el núcleo: sock_diag(7), y /proc/net (proc(5)) donde falte.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace witness {

/// Dirección de un extremo, legible.
struct Address {
  int family = AF_UNSPEC;  ///< AF_INET, AF_INET6 o AF_UNIX.
  std::string host;        ///< Dirección IP, o la ruta de un socket AF_UNIX.
  std::uint16_t port = 0;  ///< Puerto, en el orden de esta máquina; 0 en AF_UNIX.

  /// Iguales en todo.
  /// @param other la otra.
  /// @return `true` si lo son.
  bool operator==(const Address& other) const = default;
  /// @return «127.0.0.1:8080», «[::1]:8080» o la ruta.
  [[nodiscard]] std::string text() const;
};

/// Lee una dirección de las que dan getsockname(2) y accept(2). Una IPv4 dentro de IPv6
/// (RFC 4291, §2.5.5.2) queda como IPv4.
/// @param storage la dirección del núcleo.
/// @return la dirección legible; con familia AF_UNSPEC si no es de Internet ni AF_UNIX.
Address to_address(const sockaddr_storage& storage);

/// Estado de un socket TCP, con los números del núcleo (RFC 9293, §3.3.2).
enum class TcpState : std::uint8_t {
  unknown,
  established,
  syn_sent,
  syn_recv,
  fin_wait1,
  fin_wait2,
  time_wait,
  close,
  close_wait,
  last_ack,
  listen,
  closing,
  new_syn_recv
};

/// @param state un estado.
/// @return su nombre: «ESTABLISHED», «TIME_WAIT» …
const char* name(TcpState state);

/// Un socket, tal como lo ve el núcleo.
struct Socket {
  ino_t inode = 0;                     ///< Nodo-i; 0 si ya no, o todavía no, es de ningún proceso.
  int family = AF_UNSPEC;              ///< Dominio.
  int type = SOCK_STREAM;              ///< SOCK_STREAM, SOCK_DGRAM …
  int protocol = 0;                    ///< IPPROTO_TCP o IPPROTO_UDP; 0 en AF_UNIX.
  Address local;                       ///< Dirección local.
  Address remote;                      ///< Dirección remota.
  TcpState state = TcpState::unknown;  ///< Estado (en AF_UNIX y UDP, el equivalente).
  /// En TCP, bytes sin leer, y uno más si ha llegado el FIN y no se ha leído; en LISTEN, conexiones sin aceptar. En
  /// UDP, la memoria que ocupan los datagramas sin leer. En AF_UNIX, sin sock_diag no se sabe y queda a cero.
  std::uint32_t receive_queue = 0;
  /// En TCP, bytes sin acuse de recibo, contando el SYN y el FIN. En los demás, la memoria que ocupa lo que no se ha
  /// leído.
  std::uint32_t send_queue = 0;
  std::optional<std::uint32_t> backlog;         ///< En LISTEN, longitud máxima de la cola, si se puede saber.
  std::optional<std::uint64_t> bytes_received;  ///< Bytes que han llegado a él desde el principio (TCP), si se sabe.
};

/// Busca un socket TCP por sus extremos, sin recorrer los demás cuando hay sock_diag.
/// @param local dirección del lado por el que se pregunta.
/// @param remote la del otro; con puerto 0, se busca el que escucha en `local`.
/// @return el socket, o nada si no existe.
/// @throws std::system_error si el núcleo no responde ni por sock_diag ni por /proc/net.
std::optional<Socket> find_tcp(const Address& local, const Address& remote);

/// Mientras vive, find_tcp() lee /proc/net/tcp una sola vez, donde no hay sock_diag: leerlo cuesta milisegundos, y una
/// mirada pregunta por muchas conexiones. Lo que cambie entretanto no se ve.
class OneReading {
public:
  OneReading();
  OneReading(const OneReading&) = delete;
  OneReading& operator=(const OneReading&) = delete;
  ~OneReading();
};

/// @return todos los sockets TCP que escuchan, IPv4 e IPv6.
std::vector<Socket> listening_tcp();

/// @return todos los sockets TCP, UDP y AF_UNIX de este espacio de red.
std::vector<Socket> all_sockets();

/// Mira si hay paquetes que el núcleo ha recibido y todavía no ha repartido. Por la interfaz de bucle, lo que un
/// proceso envía a otro llega en el acto, salvo con mucho tráfico y poco procesador: entonces espera aquí, y no está en
/// ningún socket.
/// @return `true` si los hay; `false` también si el núcleo no lo cuenta (antes de Linux 5.7).
bool packets_pending();

}  // namespace witness
