// La demostración del laboratorio 4: TCP es un flujo de bytes. Una orden en dos trozos, varias en uno, y un send() que
// se queda a medias.
#include <string>

#include "demo/scene.hpp"
#include "grader/failure.hpp"
#include "grader/long_data.hpp"
#include "protocol/protocol.hpp"

namespace {

using demo::Client;
using demo::Stage;
using grader::Program;

void cut_and_joined(Stage& stage, const std::filesystem::path& program) {
  stage.step("Una orden cortada: el servidor no responde hasta que llega el LF",
             "El servidor ha leído dos bytes y ha vuelto a esperar en recv(). Si creyera que un recv() es un mensaje, "
             "habría respondido 400 a «HE».");
  Program server = demo::starts(program, {"serve", "127.0.0.1", "0"});
  Client client{stage, server.begins_connecting(server.listening().front().local)};
  client.connects();
  client.says("HE").is_read().shows_ends();
  client.says("LO\n").hears(protocol::ok);

  stage.step("Varias órdenes en un segmento, y la última sin terminar",
             "Un solo recv() trae tres líneas y media. Cada línea completa recibe su respuesta; la media espera en el "
             "búfer de receive_line(), no en el del núcleo: la cola de recepción está vacía.");
  client.says("DATA\nhola\nsaluda\nQU").hears(protocol::received).hears(protocol::bad_command);
  client.is_read().shows_ends();

  stage.step("Llega el resto", "Con el LF, la línea que estaba a medias es QUIT. El servidor se despide y cierra.");
  client.says("IT\n").hears(protocol::bye).hears_close();
  client.closes();
}

std::string queues(const grader::Connection& connection) {
  const auto server = connection.far_end();
  return "en el búfer de envío del servidor hay " + std::to_string(server ? server->send_queue : 0) +
         " bytes sin acuse de recibo";
}

void short_send(Stage& stage, const std::filesystem::path& program) {
  const std::string block = grader::unrepeated_text(std::size_t{256} << 10);
  stage.step("Un cliente que no lee: send() espera",
             "Ahora el programa devuelve a cada cliente lo que envía, en bloques de 256 KiB, y su búfer de envío es "
             "pequeño. El cliente envía uno y no lee la respuesta: el búfer se llena.");
  Program server = demo::starts(program, {"blocks", "127.0.0.1", "0", std::to_string(block.size()), "4096"});
  grader::Connection client = server.connect();
  client.stops_reading().sends(block);
  stage.to_server(grader::printable(block, 16));
  stage.kernel("el programa " + demo::activity(server));
  stage.kernel(queues(client));

  stage.step("Una señal interrumpe send(): devuelve que ha tomado solo una parte",
             "SIGSTOP y SIGCONT, de verdad y desde fuera. send_all() ve que faltan bytes, llama otra vez a send() con "
             "el resto y vuelve a esperar.");
  server.interrupts_send();
  stage.kernel("el programa " + demo::activity(server));

  stage.step("El cliente vuelve a leer: llegan todos los bytes, una vez cada uno",
             "Si send_all() no enviara el resto, faltarían bytes. Si empezara de nuevo, algunos llegarían dos veces.");
  client.reads_again().expects_exactly(block, "send() tomó solo una parte: el resto hay que enviarlo después");
  stage.to_client(grader::printable(block, 16));
  client.half_closes().expects_close();
  stage.kernel("el programa " + demo::activity(server));
}

void play(Stage& stage, const std::filesystem::path& program) {
  stage.sides("cliente (la demostración)", "servidor (lab4.cpp)");
  cut_and_joined(stage, program);
  short_send(stage, program);
}

const demo::Script script{4, play};

}  // namespace
