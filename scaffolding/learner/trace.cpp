#include "learner/trace.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <regex>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "grader/compile.hpp"
#include "grader/connection.hpp"
#include "grader/lab.hpp"
#include "grader/report.hpp"
#include "grader/rubric.hpp"
#include "grader/text.hpp"

namespace learner {
namespace {

using grader::Connection;
using grader::Program;

// «?»: hay máquinas que no tienen esa llamada.
constexpr const char* traced_calls =
    "trace=%network,?read,?write,?readv,?writev,?sendfile,?close,?fcntl,?poll,?ppoll,?select,?pselect6,?epoll_create1,"
    "?epoll_ctl,?epoll_wait,?epoll_pwait,?fork,?vfork,?clone,?clone3,?wait4,?waitid,?kill,?exit_group";

// Una línea de strace, «PROCESO llamada(3<qué es>, …) = 4<qué es>», como se enseña: sin lo que es cada descriptor. Nada
// si lee un archivo del sistema: es cosa de la biblioteca de C.
std::optional<std::string> readable(const std::string& line, std::string& main_process) {
  static const std::regex parts{R"((\d+) +(.*))"};
  static const std::regex system_file{R"(^\w+\(\d+</(etc|lib|lib64|usr|proc|sys)/)"};
  static const std::regex described{
      R"((\d+)<(/|TCP|UDP|UNIX|NETLINK|socket|pipe|anon_inode|char)([^<>-]|-(?!>)|->)*>)"};
  std::smatch match;
  if (!std::regex_match(line, match, parts)) return std::nullopt;
  const std::string process = match[1];
  if (main_process.empty()) main_process = process;
  if (const std::string call = match[2]; !std::regex_search(call, system_file)) {
    return (process == main_process ? "" : '[' + process + "] ") + std::regex_replace(call, described, "$1");
  }
  return std::nullopt;
}

// El programa bajo strace, y lo que strace ha escrito de él: en memoria, para no dejar nada en el disco.
class Traced {
public:
  Traced(std::vector<std::string> arguments, bool colour)
      : colour_{colour}, log_{kit::check("memfd_create", ::memfd_create("strace", MFD_CLOEXEC))}, program{[&] {
          grader::Launch launch;
          launch.command = {"strace",
                            "-f",
                            "-a1",
                            "-qq",
                            "-yy",
                            "-s",
                            "64",
                            "-e",
                            traced_calls,
                            "-o",
                            "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(log_.get())};
          launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
          return launch;
        }()} {}

  // Espera a que el programa no tenga nada más que hacer y enseña las llamadas nuevas. Antes de esperar algo de él hay
  // que llamarla: strace, que despierta con cada llamada, parece un programa que sondea a quien espera otra cosa.
  void show_calls() {
    program.rest();
    std::array<char, 65536> block{};
    for (ssize_t count = 0; (count = ::pread(log_.get(), block.data(), block.size(), read_)) > 0; read_ += count) {
      text_.append(block.data(), static_cast<std::size_t>(count));
    }
    for (std::size_t end = 0; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
      const auto call = readable(text_.substr(0, end), main_process_);
      if (!call) continue;
      const bool wrong = call->find(" = -1 E") != std::string::npos;
      std::cout << "      " << (wrong && colour_ ? "\x1b[31m" + *call + "\x1b[0m" : *call) << '\n';
    }
    std::cout << std::flush;
  }

  // Enseña algo que no es una llamada: lo que dice cada extremo.
  void show(const std::string& who, const std::string& what) const {
    const std::string line = "  " + who + "  " + what;
    std::cout << (colour_ ? "\x1b[1m" + line + "\x1b[0m" : line) << std::endl;
  }

private:
  bool colour_;
  kit::Descriptor log_;
  off_t read_ = 0;
  std::string text_;
  std::string main_process_;

public:
  Program program;
};

void talk_to_server(Traced& traced) {
  traced.show_calls();
  Connection client = traced.program.connect();
  client.expects_established();
  traced.show("cliente", "conecta desde " + client.local().text());
  traced.show_calls();
  const auto says = [&](std::string_view bytes, std::initializer_list<std::string_view> replies) {
    traced.show("C → S  ", grader::printable(bytes));
    client.sends(bytes);
    traced.show_calls();
    if (replies.size() > 0) client.expects(replies);
    for (const std::string_view reply : replies) traced.show("S → C  ", grader::printable(reply));
  };
  says("HELO\n", {"100 OK"});
  says("DATA\n", {});
  says("hola\n", {"300 DRCV"});
  says("saluda\n", {"400 BCMD", "Command-description: Bad command"});
  says("QUIT\n", {"200 BYE"});
  client.expects_close();
  traced.show("cliente", "ve el cierre del servidor (FIN)");
  client.closes();
  traced.show_calls();
}

void talk_to_client(Traced& traced, grader::ScriptedServer& listener) {
  traced.show_calls();
  Connection server = listener.accepts(traced.program);
  traced.show("servidor", "acepta al cliente, que conecta desde " + server.remote().text());
  const auto types = [&](std::string_view line, std::string_view reply) {
    traced.show("teclado", grader::printable(line));
    traced.program.types(std::string{line} + '\n');
    traced.show_calls();
    server.expects(line);
    if (reply.empty()) return;
    traced.show("S → C  ", grader::printable(reply));
    server.sends(reply);
    traced.show_calls();
  };
  types("HELO", "100 OK\n");
  types("DATA", "");
  types("hola", "300 DRCV\n");
  types("QUIT", "200 BYE\n");
  traced.program.ends();
}

// strace está, y el núcleo le deja trabajar.
void check_strace() {
  grader::Launch launch;
  launch.command = {"strace", "-o", "/dev/null", "true"};
  try {
    Program program{launch};
    if (program.ends() == 0) return;
    const std::string& said = program.errors();
    throw std::runtime_error{"strace no puede mirar programas aquí (" + said.substr(0, said.find('\n')) +
                             "): «make doctor» dice cómo se permite"};
  } catch (const std::system_error& error) {
    if (error.code().value() != ENOENT) throw;
    throw std::runtime_error{"falta strace, que es quien enseña las llamadas: lo instala «make setup»"};
  }
}

void explain(const std::filesystem::path& source, bool is_client) {
  std::cout << "Las llamadas al sistema de " << source.string() << ", en una sesión corta"
            << (is_client ? ": tu programa es el cliente." : ": tu programa es el servidor.") << R"(

  llamada(argumentos) = lo que devolvió el núcleo
      Los primeros argumentos suelen ser descriptores: 0 es la entrada, 1 la salida, 2 los errores, y los demás, los
      que devolvieron socket() o accept(). Un -1 es un error, y detrás va el valor de errno. Las que lleven delante
      [número] son de otro proceso o hilo. La biblioteca de C hace send() con sendto() y recv() con recvfrom().
)"
            << (is_client ? "  teclado: lo que escribe el usuario;  S → C: lo que responde el servidor\n"
                          : "  C → S: lo que envía el cliente;  S → C: lo que le llega\n")
            << std::endl;
}

}  // namespace

int trace(int lab, const std::string& submission) {
  const grader::Rubric rubric = grader::read_rubric(grader::lab_folder(lab) / "rubric.json");
  const std::filesystem::path source = grader::find_source(submission, lab);
  ::setenv("SAFETY_NET", "3", 0);  // bajo strace nada prueba el silencio: no se espera mucho a quien ya descansa
  if (rubric.trace.empty()) {
    throw std::runtime_error{"la rúbrica de lab" + std::to_string(lab) +
                             " no dice cómo arrancar su programa («trace»)"};
  }
  check_strace();
  const bool colour = grader::wants_colour();
  const grader::Compilation compilation = grader::compile(source, lab, colour);
  std::cout << compilation.messages;
  if (!compilation.built) {
    std::cout << source.string() << " no compila: corrige el primer error de los de arriba\n";
    return 1;
  }

  grader::ScriptedServer listener;
  std::vector<std::string> command{compilation.program.string()};
  bool is_client = false;
  for (const std::string& argument : rubric.trace) {
    command.push_back(grader::with_arguments(argument, {"port"}, {std::to_string(listener.address().port)}));
    is_client = is_client || command.back() != argument;
  }
  explain(source, is_client);
  Traced traced{command, colour};
  try {
    if (is_client) {
      talk_to_client(traced, listener);
    } else {
      talk_to_server(traced);
    }
    traced.show_calls();
  } catch (const grader::Failed& failed) {
    traced.show_calls();
    const grader::Failure& failure = failed.failure;
    const std::string why = failure.pending ? "Pendiente: TODO(" + std::to_string(failure.pending->number) + ") en " +
                                                  failure.pending->place
                                            : "Se esperaba " + failure.expected + "; se observó " + failure.observed;
    std::cout << '\n';
    for (const std::string& part : grader::wrapped("La sesión se paró aquí. " + why, grader::terminal_width())) {
      std::cout << part << '\n';
    }
    return 1;
  }
  return 0;
}

}  // namespace learner
