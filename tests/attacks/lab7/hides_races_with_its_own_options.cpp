// Ataque: apaga ThreadSanitizer con sus propias funciones de configuración, para que no vea una carrera.
// Puntos: 0
// Se ve: multiple definition of
#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "lab7.hpp"
#include "programs/conversation.hpp"
#include "programs/reception.hpp"

extern "C" const char* __tsan_default_suppressions() { return "race:*"; }

extern "C" const char* __tsan_default_options() { return "report_bugs=0:exitcode=0"; }

namespace lab7 {
namespace {

struct Client {
  kit::Descriptor connection;
  std::thread thread;
  bool finished = false;
};

kit::Descriptor spare_one() { return kit::Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)}; }

}  // namespace

long run_process_server(std::uint16_t) { return 0; }

long run_thread_server(std::uint16_t port) {
  kit::Signals signals{SIGTERM};
  kit::Descriptor listener = kit::open_listener(port);
  kit::Descriptor spare = spare_one();
  std::list<Client> clients;
  std::mutex mutex;
  long served = 0;
  while (signals.wait_with(listener.get()) != SIGTERM) {
    kit::Descriptor connection{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!connection.is_open()) {
      spare.reset();
      kit::Descriptor{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)}.reset();
      spare = spare_one();
      continue;
    }
    {
      const std::lock_guard lock{mutex};
      clients.remove_if([](Client& client) {
        if (client.finished) client.thread.join();
        return client.finished;
      });
    }
    Client& client = clients.emplace_back();
    client.connection = std::move(connection);
    try {
      client.thread = std::thread{[&client, &mutex, &served] {
        kit::serve_client(client.connection.get());
        ++served;  // la carrera
        const std::lock_guard lock{mutex};
        client.connection.reset();
        client.finished = true;
      }};
    } catch (const std::system_error&) {
      clients.pop_back();
    }
  }
  listener.reset();
  {
    const std::lock_guard lock{mutex};
    for (const Client& client : clients) ::shutdown(client.connection.get(), SHUT_RDWR);
  }
  for (Client& client : clients) client.thread.join();
  return served;
}

}  // namespace lab7
