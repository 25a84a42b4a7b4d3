/// @file
/// Lo que el evaluador sabe de un programa por quienes lo arrancan: el supervisor y, en una jaula, su proceso inicial.
/// Viaja en mensajes de un socket AF_UNIX; el núcleo añade a cada uno quién lo envía, con el identificador que ese
/// proceso tiene para quien lo lee (unix(7), SO_PASSCRED), aunque esté en otro espacio de nombres.
#pragma once

#include <sys/socket.h>

#include <cstring>
#include <string>
#include <system_error>

#include "programs/kit.hpp"

namespace grader {

/// Un mensaje.
struct Message {
  /// Qué cuenta.
  enum Kind : int {
    rooted,       ///< Quien lo envía adoptará a todos los procesos del programa.
    started,      ///< Quien lo envía está a punto de ser el programa.
    not_started,  ///< No se pudo arrancar.
    ended,        ///< El programa terminó.
  };
  Kind kind;      ///< Qué cuenta.
  int value;      ///< Con not_started, errno; con ended, el estado de waitpid(2).
  char call[24];  ///< Con not_started, la llamada que falló.
};

/// Envía un mensaje. Si el evaluador ya no está, se pierde.
/// @param channel por dónde.
/// @param kind qué cuenta.
/// @param value el valor que lo acompaña.
/// @param call la llamada que falló, si es eso lo que cuenta.
inline void tell(int channel, Message::Kind kind, int value = 0, const char* call = "") {
  Message message{kind, value, {}};
  std::strncpy(message.call, call, sizeof message.call - 1);
  ::send(channel, &message, sizeof message, MSG_NOSIGNAL);
}

/// Cuenta que el programa no arrancó. kit::check() pone delante del mensaje la llamada que falló.
/// @param channel por dónde.
/// @param error el error.
inline void tell_failure(int channel, const std::system_error& error) {
  const std::string what = error.what();
  tell(channel, Message::not_started, error.code().value(), what.substr(0, what.find(':')).c_str());
}

/// Un descriptor viaja a otro proceso como control de un mensaje: unix(7), SCM_RIGHTS.
union DescriptorMessage {
  cmsghdr header;                       ///< La cabecera del control.
  char space[CMSG_SPACE(sizeof(int))];  ///< Y su sitio.
};

/// Envía un descriptor a otro proceso.
/// @param channel por dónde.
/// @param descriptor cuál.
/// @throws std::system_error si no se puede.
inline void send_descriptor(int channel, int descriptor) {
  char byte = 0;
  iovec data{&byte, 1};
  DescriptorMessage control{};
  control.header = {CMSG_LEN(sizeof descriptor), SOL_SOCKET, SCM_RIGHTS};
  std::memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
  const msghdr message{nullptr, 0, &data, 1, &control, sizeof control, 0};
  kit::check("sendmsg", static_cast<int>(::sendmsg(channel, &message, MSG_NOSIGNAL)));
}

}  // namespace grader
