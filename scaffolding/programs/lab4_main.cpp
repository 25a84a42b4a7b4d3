// El programa del laboratorio 4.
//
//   lab4 serve HOST PUERTO            un servidor, de un cliente cada vez, con LineReader y send_all()
//   lab4 lines HOST PUERTO            a cada cliente le devuelve sus líneas, con LineReader y send_all()
//   lab4 blocks HOST PUERTO N         a cada cliente le devuelve lo que envía, de N en N bytes, con receive_exactly() y
//                                     send_all()
//   lab4 send HOST PUERTO ARCHIVO     conecta y envía un archivo, con send_file()
//   lab4 receive HOST PUERTO ARCHIVO  espera a un cliente y guarda lo que envíe, con receive_file()
//
// Detrás puede ir el tamaño del búfer de envío del socket, en bytes (SO_SNDBUF): con uno pequeño, send() toma solo una
// parte de lo que se le da en cuanto el otro extremo deja de leer.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "lab4.hpp"
#include "programs/console.hpp"
#include "programs/kit.hpp"
#include "protocol/protocol.hpp"

namespace {

sockaddr_in address_of(const std::string& host, const std::string& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    throw std::invalid_argument{"no es una dirección IPv4: " + host};
  return address;
}

kit::Descriptor new_socket(int buffer) {
  kit::Descriptor socket{kit::check("socket", ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
  if (buffer > 0) kit::check("setsockopt", ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer));
  return socket;
}

// Los sockets que da accept() heredan el tamaño del búfer.
kit::Descriptor open_listener(const sockaddr_in& address, int buffer) {
  kit::Descriptor listener = new_socket(buffer);
  kit::check("bind", ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  kit::check("listen", ::listen(listener.get(), SOMAXCONN));
  return listener;
}

kit::Descriptor accept_client(const kit::Descriptor& listener) {
  int connection = -1;
  do {
    connection = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
  } while (connection == -1 && errno == EINTR);
  return kit::Descriptor{kit::check("accept", connection)};
}

kit::Descriptor open_file(const std::string& path, int flags) {
  constexpr mode_t usual = 0666;
  return kit::Descriptor{kit::check("open", ::open(path.c_str(), flags | O_CLOEXEC, usual))};
}

void converse(int connection) {
  lab4::LineReader lines{connection};
  protocol::Session session;
  try {
    while (!session.finished()) {
      const std::optional<std::string> line = lines.receive_line();
      if (!line) return;
      lab4::send_all(connection, session.reply_to(*line));
    }
  } catch (const std::length_error&) {
    lab4::send_all(connection, protocol::bad_command);
  }
}

void return_lines(int connection) {
  lab4::LineReader lines{connection};
  while (const std::optional<std::string> line = lines.receive_line()) lab4::send_all(connection, *line + '\n');
}

void return_blocks(int connection, std::size_t size) {
  for (std::string block(size, '\0'); block.size() == size;) {
    block = lab4::receive_exactly(connection, size);
    lab4::send_all(connection, block);
  }
}

// El error de un cliente es el final de su conexión, y de nada más.
int serve(const kit::Descriptor& listener, const std::function<void(int connection)>& attend) {
  for (;;) {
    const kit::Descriptor connection = accept_client(listener);
    try {
      attend(connection.get());
    } catch (const std::exception& error) {
      std::cerr << "conexión perdida: " << error.what() << '\n';
    }
  }
}

int send(const sockaddr_in& address, const std::string& path, int buffer) {
  const kit::Descriptor file = open_file(path, O_RDONLY);
  const kit::Descriptor server = new_socket(buffer);
  kit::check("connect", ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  std::cout << lab4::send_file(server.get(), file.get()) << " bytes enviados" << std::endl;
  return 0;
}

int receive(const sockaddr_in& address, const std::string& path, int buffer) {
  const kit::Descriptor file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  const kit::Descriptor connection = accept_client(open_listener(address, buffer));
  std::cout << lab4::receive_file(connection.get(), file.get()) << " bytes recibidos" << std::endl;
  return 0;
}

// SIGUSR1 no hace nada: solo interrumpe (EINTR) la llamada en la que el programa espere, porque no lleva SA_RESTART.
void let_a_signal_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  kit::check("sigaction", ::sigaction(SIGUSR1, &action, nullptr));
}

int run(const std::vector<std::string>& words) {
  const std::string mode = words.empty() ? "" : words[0];
  const bool takes_one = mode == "send" || mode == "receive" || mode == "blocks";
  const std::size_t usual = takes_one ? 4 : 3;
  const bool known = takes_one || mode == "serve" || mode == "lines";
  if (!known || words.size() < usual || words.size() > usual + 1)
    throw std::invalid_argument{
        "uso: lab4 {serve|lines} HOST PUERTO [BÚFER], lab4 blocks HOST PUERTO N [BÚFER] o "
        "lab4 {send|receive} HOST PUERTO ARCHIVO [BÚFER]"};
  const sockaddr_in address = address_of(words[1], words[2]);
  const int buffer = words.size() > usual ? std::stoi(words[usual]) : 0;
  if (mode == "send") return send(address, words[3], buffer);
  if (mode == "receive") return receive(address, words[3], buffer);
  const kit::Descriptor listener = open_listener(address, buffer);
  if (mode == "serve") return serve(listener, converse);
  if (mode == "lines") return serve(listener, return_lines);
  const std::size_t size = std::stoul(words[3]);
  if (size == 0) throw std::invalid_argument{"los bloques son de un byte como mínimo"};
  return serve(listener, [size](int connection) { return_blocks(connection, size); });
}

}  // namespace

int main(int argc, char** argv) {
  return kit::run_program([&] {
    let_a_signal_interrupt();
    return run({argv + 1, argv + argc});
  });
}
