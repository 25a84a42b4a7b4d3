// Evaluador del laboratorio 1: un socket del dominio y tipo pedidos, sus errores y su cierre.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "grader/lab.hpp"
#include "witness/descriptors.hpp"

namespace {

using grader::fail;
using grader::Mismatch;
using grader::printable;
using grader::Program;
using Lab1 = grader::Lab;

// Pide un socket a la consola y devuelve el número de descriptor que dio create_socket().
int created(Program& console, const std::string& domain, const std::string& type) {
  const std::string answer = console.order("create " + domain + ' ' + type);
  const std::string prefix = "descriptor ";
  if (answer.rfind(prefix, 0) != 0) {
    const auto says = [&](int error) { return answer.find("errno " + std::to_string(error)) != std::string::npos; };
    std::string cause;
    if (says(EPROTONOSUPPORT) || says(EINVAL))
      cause = "el tercer argumento de socket() tiene que ser 0: el protocolo por defecto";
    if (says(EAFNOSUPPORT))
      cause =
          "el primer argumento de socket() no es un dominio: ¿van domain y type en su orden, y SOCK_CLOEXEC en type?";
    fail(console, "que create_socket(" + domain + ", " + type + ") dé un socket", printable(answer), cause);
  }
  const int number = std::stoi(answer.substr(prefix.size()));
  if (number < 0) {
    fail(console, "un descriptor o una excepción", printable(answer),
         "el resultado de socket() se devuelve sin comprobar que no sea -1");
  }
  return number;
}

// Un error que tiene que llegar con el nombre de su llamada y con el errno que dio el núcleo.
void expect_error(Program& console, const std::string& order, const std::string& call, int error) {
  const std::string answer = console.order(
      order, "ante un error ni se termina el programa ni se insiste: se lanza una excepción, y quien llama decide");
  const std::string code = "errno " + std::to_string(error);
  const std::string expected = grader::error_text(call, error);
  if (answer == expected) return;
  std::string cause = "el mensaje tiene que nombrar la llamada que falló: " + printable(call);
  if (answer.rfind("error: ", 0) != 0) {
    cause = "no compruebas el valor devuelto por " + call + "(), o no lanzas nada: -1 significa que ha fallado";
  } else if (answer.find("errno ") == std::string::npos) {
    cause = "la excepción tiene que ser std::system_error: lleva errno, además del texto";
  } else if (answer.find("errno -1)") != std::string::npos || answer.find("errno 1)") != std::string::npos) {
    cause = "el código del error está en errno: el -1 que devuelve " + call + "() solo dice que ha fallado";
  } else if (answer.find(code) == std::string::npos) {
    cause = "errno ya no es el que dejó " + call + "(): otra llamada lo cambió antes de que lo guardaras";
  }
  fail(console, Mismatch{expected, answer}, cause);
}

std::string text_of(int domain, int type) {
  const std::string domains = domain == AF_INET    ? "AF_INET"
                              : domain == AF_INET6 ? "AF_INET6"
                              : domain == AF_UNIX  ? "AF_UNIX"
                                                   : "otro dominio";
  return domains + ", " + (type == SOCK_STREAM ? "SOCK_STREAM" : type == SOCK_DGRAM ? "SOCK_DGRAM" : "otro tipo");
}

// Idea equivocada: «da igual lo que pida, socket() siempre hace un socket TCP» o «lo que devuelve mi función no
// importa».
TEST_F(Lab1, CreatesTheAskedSocket) {
  struct Case {
    const char* domain;
    const char* type;
    witness::SocketKind kind;
  };
  const std::array cases{Case{"AF_INET", "SOCK_STREAM", {AF_INET, SOCK_STREAM, IPPROTO_TCP}},
                         Case{"AF_INET", "SOCK_DGRAM", {AF_INET, SOCK_DGRAM, IPPROTO_UDP}},
                         Case{"AF_INET6", "SOCK_STREAM", {AF_INET6, SOCK_STREAM, IPPROTO_TCP}},
                         Case{"AF_INET6", "SOCK_DGRAM", {AF_INET6, SOCK_DGRAM, IPPROTO_UDP}},
                         Case{"AF_UNIX", "SOCK_STREAM", {AF_UNIX, SOCK_STREAM, 0}},
                         Case{"AF_UNIX", "SOCK_DGRAM", {AF_UNIX, SOCK_DGRAM, 0}}};
  Program console = starts();
  std::size_t expected_sockets = 0;
  for (const Case& one : cases) {
    const kit::Descriptor possible{::socket(one.kind.domain, one.kind.type | SOCK_CLOEXEC, 0)};
    if (!possible.is_open()) continue;  // a esta máquina le falta ese dominio (por ejemplo, IPv6)
    const int number = created(console, one.domain, one.type);
    const auto kind = witness::socket_kind(console.pid(), number);
    const std::string expected = "un socket " + text_of(one.kind.domain, one.kind.type);
    if (!kind) {
      std::string cause = "ese descriptor no es un socket";
      for (const auto& socket : console.sockets()) {
        cause = "socket() dio el descriptor " + std::to_string(socket.number) + " y tu función devolvió " +
                std::to_string(number) +
                ": ¿dónde se pierde? En «(fd = socket(…) < 0)» se guarda la comparación, no el descriptor";
      }
      fail(console, expected, "el descriptor " + std::to_string(number) + ", que no es un socket", cause);
    }
    if (kind->domain != one.kind.domain || kind->type != one.kind.type) {
      const bool same_domain = kind->domain == one.kind.domain;
      fail(console, expected, "un socket " + text_of(kind->domain, kind->type),
           same_domain ? "el segundo argumento de socket() no es el tipo pedido"
                       : "el primer argumento de socket() no es el dominio pedido");
    }
    if (kind->protocol && kind->protocol != one.kind.protocol) {
      fail(console, expected + " con el protocolo por defecto (" + std::to_string(*one.kind.protocol) + ')',
           "protocolo " + std::to_string(*kind->protocol), "el tercer argumento de socket() tiene que ser 0");
    }
    if (console.sockets().back().nonblocking) {
      fail(console, expected + " que espera cuando hay que esperar", "es no bloqueante (O_NONBLOCK)",
           "nadie ha pedido SOCK_NONBLOCK: con él, accept() y recv() fallan en vez de esperar");
    }
    ++expected_sockets;
    if (console.sockets().size() != expected_sockets) {
      fail(console, "un socket por cada create_socket(): " + std::to_string(expected_sockets),
           std::to_string(console.sockets().size()) + " sockets abiertos",
           "en cada llamada se crea o se cierra un socket de más");
    }
  }
}

// Idea equivocada: «los descriptores son solo de mi proceso»: los heredan los programas que ejecute, salvo con
// SOCK_CLOEXEC.
TEST_F(Lab1, IsNotInheritedByOtherPrograms) {
  Program console = starts();
  created(console, "AF_INET", "SOCK_STREAM");
  grader::expect_nothing_inherited(console);
}

// Idea equivocada: «errno sigue ahí cuando lo necesite»: cualquier llamada puede cambiarlo.
TEST_F(Lab1, ReportsUnsupportedDomain) {
  constexpr int unknown_domain = 999;  // muy por encima de los que hay
  const kit::Descriptor truth{::socket(unknown_domain, SOCK_STREAM, 0)};
  const int error = errno;
  Program console = starts();
  expect_error(console, "create " + std::to_string(unknown_domain) + " SOCK_STREAM", "socket", error);
  if (!console.sockets().empty()) {
    fail(console, "ningún socket abierto tras el error", "queda un socket abierto",
         "al lanzar la excepción se queda abierto otro socket, que nadie podrá cerrar");
  }
}

// Idea equivocada: «socket() no falla nunca»: falla cuando el proceso no puede tener más descriptores.
TEST_F(Lab1, ReportsExhaustedDescriptors) {
  Program console = starts();
  const rlim_t usual = console.exhaust_descriptors();
  const std::size_t before = console.descriptors().size();
  expect_error(console, "create AF_INET SOCK_STREAM", "socket", EMFILE);
  console.limit_descriptors(usual);
  grader::narrate("núcleo  ahora puede volver a abrirlos");
  created(console, "AF_INET", "SOCK_STREAM");
  if (console.descriptors().size() != before + 1) {
    fail(console, "un solo descriptor nuevo: el del socket que se pudo crear",
         std::to_string(console.descriptors().size() - before) + " descriptores nuevos",
         "el intento fallido dejó algo abierto");
  }
}

// Idea equivocada: «los descriptores son mayores que 0, y 0 es un error»: el 0 es válido si la entrada está cerrada.
TEST_F(Lab1, AcceptsDescriptorZero) {
  grader::Launch without_input = launch({"serve", "127.0.0.1", "0"});
  without_input.with_input = false;
  grader::narrate("inicio  el programa arranca con la entrada estándar cerrada: el descriptor 0 está libre");
  Program server{without_input};
  const grader::Stop stop = server.wait([&] { return server.output().find('\n') != std::string::npos; });
  const std::string cause = "0 es un descriptor válido: el único valor que indica error es -1";
  const std::string answer = server.output().substr(0, server.output().find('\n'));
  if (stop.outcome != grader::Outcome::happened) fail(server, "un socket en el descriptor 0", stop, cause);
  if (answer != "descriptor 0") fail(server, Mismatch{"descriptor 0", answer}, cause);
  server.connect().sends("HELO\n").expects("100 OK");
}

// Idea equivocada: «al terminar el programa ya se cerrará»: un servidor no termina, y cada descriptor perdido es para
// siempre.
TEST_F(Lab1, ClosesWhatItOpened) {
  Program console = starts();
  const int first = created(console, "AF_INET", "SOCK_STREAM");
  const int second = created(console, "AF_INET", "SOCK_DGRAM");
  for (const int number : {first, second}) {
    const std::string answer = console.order("close " + std::to_string(number));
    const bool connected = answer.find("errno " + std::to_string(ENOTCONN)) != std::string::npos;
    if (answer != "cerrado") {
      fail(console, Mismatch{"cerrado", answer},
           connected ? "shutdown() acaba una conexión, pero no cierra el descriptor: eso lo hace close()"
                     : "close_socket() debe cerrar ese descriptor, y cerrarlo una vez");
    }
    for (const auto& socket : console.sockets()) {
      if (socket.number == number) {
        fail(console, "que el descriptor " + std::to_string(number) + " quede cerrado", "sigue abierto",
             "close_socket() no llama a close() con su descriptor");
      }
    }
    if (number == first && console.sockets().size() != 1) {
      fail(console, "que solo se cierre el descriptor " + std::to_string(first),
           "se ha cerrado también el " + std::to_string(second),
           "close() recibe un descriptor que no es el de close_socket(), o se la llama con más de uno");
    }
  }
}

// Idea equivocada: «close() no puede fallar, no hace falta mirarlo».
TEST_F(Lab1, ReportsCloseError) {
  Program console = starts();
  expect_error(console, "close 99", "close", EBADF);
}

// Idea equivocada: «un socket sin más ya es una conexión»: hace falta todo lo demás, que en este laboratorio pone el
// kit.
TEST_F(Lab1, SessionRunsOnTheSocket) {
  Program server = starts({"serve", grader::private_loopback(), "0"});
  for (int i = 0; i < 2; ++i) {
    auto client = server.connect();
    grader::whole_conversation(client);
  }
}

}  // namespace
