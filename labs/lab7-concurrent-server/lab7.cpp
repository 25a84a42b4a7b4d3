// Laboratorio 7: un servidor concurrente, con un proceso por cliente y con un hilo por cliente.
// La guía es GUIA.md, en esta misma carpeta. Para comprobar lo que llevas: make lab7
#include "lab7.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <list>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "programs/conversation.hpp"
#include "programs/reception.hpp"

namespace lab7 {
namespace {

kit::Descriptor any_descriptor() { return kit::Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)}; }

// Acepta al primer cliente de la cola; si no se puede, no devuelve ninguno. `spare` es un descriptor de reserva.
kit::Descriptor accept_client(int listener, kit::Descriptor& spare) {
  // TODO(1): acepta al cliente, o di en std::cerr por qué no. Sin descriptores (EMFILE, ENFILE), despídelo: cierra el
  // de reserva, acéptalo, ciérralo y abre otra reserva. ¿Qué haría poll() si lo dejaras en la cola?
  return kit::Descriptor{kit::pending(1, listener, spare)};
}

// Lo que hace un hijo: conversa con su cliente y termina. No vuelve: el bucle del servidor es del padre.
[[noreturn]] void be_child(int client, kit::Signals& signals, kit::Descriptor& listener) noexcept {
  // TODO(3): suelta lo que es del padre, las señales y el socket de escucha; conversa, y termina con _exit().
  kit::pending(3, client, signals, listener);
}

// Recoge a los hijos que ya han terminado, y devuelve cuántos eran.
long reap(std::set<pid_t>& children) {
  // TODO(4): llama a waitpid() sin esperar, y quítalos de children, hasta que no quede ninguno. ¿Por qué no basta con
  // una vez por señal?
  return kit::pending(4, children);
}

// Termina a los hijos que quedan, y devuelve cuántos eran.
long end_all(const std::set<pid_t>& children) {
  // TODO(5): envía SIGTERM a cada hijo, y después recógelos a todos.
  return kit::pending(5, children);
}

// Los clientes de run_thread_server(), cada uno con su hilo.
class Threads {
public:
  void join_finished() {
    // TODO(6): olvida a los clientes que han acabado, tras esperar a su hilo. ¿Qué queda de un hilo si nadie lo espera?
    kit::pending(6, clients_, mutex_);
  }

  void start(kit::Descriptor connection) {
    // TODO(7): guarda un cliente nuevo en clients_ y arranca su hilo, que ejecuta serve(). ¿Y si no se puede crear?
    kit::pending(7, connection, &Threads::serve, clients_);
  }

  long end_all() {
    // TODO(9): despierta con shutdown() a los hilos que esperan a su cliente, espéralos a todos y devuelve served_.
    return kit::pending(9, clients_, mutex_, served_);
  }

private:
  struct Client {
    kit::Descriptor connection;
    std::thread thread;
    bool finished = false;
  };

  void serve(Client& client) {
    // TODO(8): conversa; después, cierra la conexión, anótalo en finished y súmalo en served_. ¿Qué necesita mutex_?
    kit::pending(8, client, mutex_, served_);
  }

  std::list<Client> clients_;  // en una lista nadie cambia de sitio cuando llega otro
  long served_ = 0;
  std::mutex mutex_;  // protege lo que usan varios hilos: connection, finished y served_; clients_ es de uno solo
};

}  // namespace

long run_process_server(std::uint16_t port) {
  kit::Signals signals{SIGTERM, SIGCHLD};
  kit::Descriptor listener = kit::open_listener(port);
  kit::Descriptor spare = any_descriptor();
  std::set<pid_t> children;
  long served = 0;
  for (int signal = 0; (signal = signals.wait_with(listener.get())) != SIGTERM;) {
    if (signal == SIGCHLD) served += reap(children);
    if (signal != 0) continue;
    const kit::Descriptor client = accept_client(listener.get(), spare);
    if (!client.is_open()) continue;
    // TODO(2): crea un hijo que ejecute be_child(), y apúntalo en children; si no se puede, dilo en std::cerr. ¿Quién
    // cierra la copia del padre? ¿Y la del cliente que se quedó sin hijo?
    kit::pending(2, be_child, client, signals, listener, children);
  }
  listener.reset();
  return served + end_all(children);
}

long run_thread_server(std::uint16_t port) {
  kit::Signals signals{SIGTERM};
  kit::Descriptor listener = kit::open_listener(port);
  kit::Descriptor spare = any_descriptor();
  Threads threads;
  while (signals.wait_with(listener.get()) != SIGTERM) {
    kit::Descriptor client = accept_client(listener.get(), spare);
    threads.join_finished();
    if (client.is_open()) threads.start(std::move(client));
  }
  listener.reset();
  return threads.end_all();
}

}  // namespace lab7
