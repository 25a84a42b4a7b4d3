// La demostración del laboratorio 7: un proceso por cliente, un hilo por cliente, y los dos frente al servidor
// iterativo.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "demo/race.hpp"
#include "demo/scene.hpp"
#include "grader/compile.hpp"
#include "grader/connection.hpp"
#include "grader/failure.hpp"
#include "protocol/protocol.hpp"
#include "witness/descriptors.hpp"
#include "witness/process.hpp"

namespace {

using demo::Client;
using demo::Stage;
using grader::Program;

// En qué espera un solo hilo de un proceso.
std::string doing(const witness::Process& process, const witness::Thread& thread) {
  witness::Finding finding;
  finding.processes = {process};
  finding.processes.front().threads = {thread};
  return finding.text();
}

// Los procesos del programa y sus hilos, y en qué espera cada uno.
void show_tasks(Stage& stage, const Program& server, const witness::Process& process) {
  const std::string pid = std::to_string(process.pid);
  const std::string who = process.pid == server.pid()
                              ? "proceso " + pid
                              : "↳ proceso " + pid + ", hijo de " + std::to_string(process.parent);
  if (process.zombie) {
    stage.kernel(who + ": zombi, sin recoger");
  } else if (process.threads.size() == 1) {
    stage.kernel(who + ": " + doing(process, process.threads.front()));
  } else {
    stage.kernel(who + ": " + std::to_string(process.threads.size()) + " hilos");
    for (const witness::Thread& thread : process.threads) {
      stage.kernel("  hilo " + std::to_string(thread.tid) + ": " + doing(process, thread));
    }
  }
}

void show_tasks(Stage& stage, const Program& server) {
  for (const witness::Process& process : witness::look_at_program(server.supervisor())) {
    show_tasks(stage, server, process);
  }
}

// Y lo que tiene abierto cada proceso, además de 0, 1 y 2.
void show_tasks_and_descriptors(Stage& stage, Program& server) {
  demo::activity(server);
  for (const witness::Process& process : witness::look_at_program(server.supervisor())) {
    show_tasks(stage, server, process);
    const std::string margin = process.pid == server.pid() ? "  " : "    ";
    for (const witness::OpenDescriptor& descriptor : witness::open_descriptors(process.pid)) {
      if (descriptor.number > STDERR_FILENO) stage.kernel(margin + demo::text_of(server, descriptor));
    }
  }
}

void say_hello(Client& client) { client.connects().says("HELO\n").hears(protocol::ok); }

// Un cliente a medias, y otro que conversa.
void talk(Client& halfway, Client& talker) {
  halfway.says("DATA\nho").is_read();
  talker.says("DATA\n").is_read().says("hola, mundo\n").hears(protocol::received);
  talker.says("saluda\n").hears(protocol::bad_command);
}

void say_goodbye(Client& client) {
  client.says("QUIT\n").hears(protocol::bye).hears_close();
  client.closes();
}

// SIGTERM, con un cliente dentro.
void terminate(Stage& stage, Program& server, Client& inside) {
  demo::activity(server);
  stage.local("orden", "kill -TERM " + std::to_string(server.pid()));
  server.signal(SIGTERM);
  inside.hears_close();
  inside.closes();
  server.ends();
  stage.local("imprime", server.prints_line());
  stage.kernel("el programa " + demo::activity(server) +
               "; procesos que quedan: " + std::to_string(witness::descendants(server.supervisor()).size()));
}

// El hijo que tiene la conexión de un cliente, que no puede tener nadie más.
pid_t child_of(Program& server, Client& client, const std::string& name) {
  const auto far = client.connection().far_end();
  std::vector<pid_t> holders;
  for (const pid_t process : witness::descendants(server.supervisor())) {
    const auto open = witness::open_descriptors(process);
    if (far && std::any_of(open.begin(), open.end(), [&](const auto& each) { return each.socket == far->inode; })) {
      holders.push_back(process);
    }
  }
  if (holders.size() == 1 && holders.front() != server.pid()) return holders.front();
  grader::fail(server, "que la conexión del " + name + " la tenga solo su hijo",
               "procesos que la tienen: " + std::to_string(holders.size()),
               "tras fork() hay dos copias del descriptor, y el padre tiene que cerrar la suya");
}

// Un hijo termina mientras su padre está detenido: se ve el zombi.
void show_zombie(Stage& stage, Program& server, Client& leaver) {
  stage.step("El cliente 2 se despide: su hijo termina, y queda un zombi",
             "Dura muy poco: para verlo, detenemos al padre con SIGSTOP. Del hijo ya no quedan ni descriptores ni "
             "memoria; solo su estado final, que el núcleo guarda para el padre.");
  const pid_t child = child_of(server, leaver, "cliente 2");
  stage.local("orden", "kill -STOP " + std::to_string(server.pid()));
  server.holds(server.pid(), [&] {
    say_goodbye(leaver);
    const grader::Stop stop = server.wait([child] {
      witness::Process seen;
      return !witness::look_at(child, seen) || seen.zombie;
    });
    if (stop.outcome != grader::Outcome::happened) {
      grader::fail(server, "que el hijo termine cuando se va su cliente", stop, "el hijo tiene que acabar con _exit()");
    }
    show_tasks(stage, server);
  });

  stage.step("El padre sigue: llega SIGCHLD, y waitpid() recoge al hijo",
             "poll() vuelve por el descriptor de las señales. Del hijo ya no queda nada; el otro ni se ha enterado.");
  stage.local("orden", "kill -CONT " + std::to_string(server.pid()));
  const grader::Stop stop = server.wait([child] {
    witness::Process seen;
    return !witness::look_at(child, seen);
  });
  if (stop.outcome != grader::Outcome::happened) {
    grader::fail(server, "que el padre recoja al hijo que terminó", "sigue zombi",
                 "waitpid(), cuando llega SIGCHLD, hasta que no quede ninguno");
  }
  demo::activity(server);
  show_tasks(stage, server);
}

void show_processes(Stage& stage, const std::filesystem::path& program) {
  const std::uint16_t port = grader::unassigned_port("0.0.0.0");
  stage.step("Con procesos: el servidor se pone a la escucha",
             "Espera en poll() a dos cosas: un cliente, o una señal (signalfd). El otro descriptor, /dev/null, es de "
             "reserva. Todos los procesos tienen además 0, 1 y 2.");
  Program server = demo::starts(program, {"procesos", std::to_string(port)});
  const witness::Address address = server.listening().front().local;
  show_tasks_and_descriptors(stage, server);

  stage.step(
      "Llegan dos clientes, y entran los dos: un hijo para cada uno",
      "fork() copia el proceso, con sus descriptores. El padre cierra su copia de la conexión; el hijo, la del socket "
      "de escucha. Así, cada conexión es de un solo proceso, que espera en recv().");
  Client halfway{stage, server.begins_connecting(address, "127.0.0.2"), "cliente 1"};
  say_hello(halfway);
  Client talker{stage, server.begins_connecting(address, "127.0.0.3"), "cliente 2"};
  say_hello(talker);
  show_tasks_and_descriptors(stage, server);

  stage.step("El cliente 1 se calla a media línea, y el 2 conversa",
             "En el servidor del laboratorio 6, el 2 estaría aún en la cola. Aquí solo espera el hijo del 1.");
  talk(halfway, talker);
  show_zombie(stage, server, talker);

  stage.step(
      "SIGTERM, con el cliente 1 dentro",
      "Se la enviamos solo al padre. Él se la envía a sus hijos, que no la tienen bloqueada, y los recoge: si no, "
      "seguirían sin él.");
  terminate(stage, server, halfway);
}

void show_threads(Stage& stage, const std::filesystem::path& program) {
  const std::uint16_t port = grader::unassigned_port("0.0.0.0");
  stage.step("Con hilos: dos clientes, y un solo proceso",
             "Los descriptores son del proceso: cualquier hilo puede usar, o cerrar, los de todos. Nada se copia, y "
             "nada se cierra solo: quien atiende a un cliente cierra su conexión.");
  Program server = demo::starts(program, {"hilos", std::to_string(port)});
  const witness::Address address = server.listening().front().local;
  Client halfway{stage, server.begins_connecting(address, "127.0.0.2"), "cliente 1"};
  say_hello(halfway);
  Client talker{stage, server.begins_connecting(address, "127.0.0.3"), "cliente 2"};
  say_hello(talker);
  show_tasks_and_descriptors(stage, server);

  stage.step("El cliente 1 se calla, el 2 conversa y se va",
             "El hilo del 2 cierra la conexión y termina. No hay zombis, pero su pila se conserva hasta que alguien "
             "llame a join().");
  talk(halfway, talker);
  say_goodbye(talker);
  show_tasks_and_descriptors(stage, server);

  stage.step("SIGTERM, otra vez con el cliente 1 dentro",
             "SIGTERM es cosa del proceso entero: con ella no se termina un hilo suelto. A cada hilo lo despierta el "
             "shutdown() de su conexión: recv() devuelve 0, el hilo acaba y join() lo espera.");
  terminate(stage, server, halfway);
}

// Empieza a compilar el servidor iterativo con el que se compara: la solución del laboratorio 6, si está.
std::unique_ptr<grader::Compiling> compile_iterative() {
  try {
    const auto solutions = grader::lab_folder(6).parent_path().parent_path() / "solutions";
    return std::make_unique<grader::Compiling>(grader::find_source(solutions, 6), 6, grader::Watch::memory, false);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

// Todos los clientes, a la vez, contra un servidor recién arrancado.
demo::Race race_against(const std::filesystem::path& program, std::vector<std::string> arguments) {
  const std::uint16_t port = grader::unassigned_port("0.0.0.0");
  arguments.push_back(std::to_string(port));
  Program server = demo::starts(program, arguments);
  const witness::Address address = server.listening().front().local;
  demo::activity(server);
  return demo::race(server, address, demo::usual_visitors());
}

void show_race(Stage& stage, const std::filesystem::path& program, const grader::Compilation& iterative) {
  stage.sides();
  stage.step("Los mismos clientes, con cada servidor: ¿quién espera a quién?",
             "Llegan cinco a la vez, saludan, envían unos datos y se despiden. Entre una línea y otra piensan un poco; "
             "el 2, nada. El servidor iterativo espera también lo que piensan: los tiempos se suman. Con los otros, el "
             "último en irse es el que más piensa. Son tiempos medidos, y la escala es la misma.");
  std::vector<demo::Chart> charts;
  std::string queues;
  const auto add = [&](const std::string& name, const std::string& what, const demo::Race& race) {
    charts.push_back({name + ": " + what, race.visits});
    if (race.waiting_outside) {
      queues += (queues.empty() ? "" : ", ") + name + ' ' + std::to_string(*race.waiting_outside);
    }
  };
  if (iterative.built) {
    add("iterativo", "cada uno, en la cola hasta que se va el anterior", race_against(iterative.program, {}));
  } else {
    stage.local("falta", "el servidor iterativo: no está, o no compila, el laboratorio 6");
  }
  add("procesos", "nadie espera al anterior; cada uno tiene su hijo", race_against(program, {"procesos"}));
  add("hilos", "nadie espera al anterior; cada uno tiene su hilo", race_against(program, {"hilos"}));
  stage.charts(charts);
  if (!queues.empty()) stage.kernel("en la cola, con el 1 dentro: " + queues);
  if (!iterative.built) return;
  const auto total = charts.front().total();
  stage.local("en total", "iterativo = " + demo::ratio(total, charts[1].total()) +
                              " × procesos = " + demo::ratio(total, charts[2].total()) + " × hilos");
}

void play(Stage& stage, const std::filesystem::path& program) {
  const std::unique_ptr<grader::Compiling> iterative = compile_iterative();
  stage.sides("clientes (la demostración)", "servidor (lab7.cpp)");
  show_processes(stage, program);
  show_threads(stage, program);
  show_race(stage, program, iterative ? iterative->finish() : grader::Compilation{});
}

const demo::Script script{7, play};

}  // namespace
