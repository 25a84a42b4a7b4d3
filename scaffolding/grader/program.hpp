/// @file
/// Un programa del estudiante en marcha: se le espera mirando al núcleo, nunca al reloj.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grader/supervisor.hpp"
#include "witness/descriptors.hpp"
#include "witness/quiescence.hpp"
#include "witness/sockets.hpp"

namespace grader {

class Connection;
class Wire;
class ScriptedServer;

/// Por qué acabó una espera.
enum class Outcome {
  happened,  ///< Llegó lo que se esperaba.
  ended,     ///< El programa terminó antes.
  silent,    ///< Probado: nadie más que el evaluador puede despertar al programa.
  pausing,  ///< Todos sus hilos duermen, pero a alguno lo despertará el reloj, o no se ve en qué: de momento no hará
            ///< nada.
  sleeping,  ///< Duerme, o espera con un límite, más de lo que se admite a quien tiene que responder (sleep_limit).
  polling,   ///< Despierta una y otra vez por el reloj sin hacer nada.
  spinning,  ///< Gasta procesador sin hacer nada.
  flooding,  ///< Imprime, envía o escribe en archivos sin fin.
  multiplying,  ///< Crea procesos o hilos sin fin.
  swelling,     ///< Ocupa demasiada memoria.
  net,          ///< Saltó el tiempo límite de seguridad: no prueba nada.
};

/// El final de una espera y lo que el núcleo contaba entonces.
struct Stop {
  Outcome outcome = Outcome::happened;  ///< Por qué acabó.
  std::string program;                  ///< Qué hacía el programa, en una frase: «espera en recv(4)».

  /// @return qué hacía, en una frase entera: «el programa espera en recv(4)».
  [[nodiscard]] std::string sentence() const {
    return program.starts_with("el proceso") ? program : "el programa " + program;
  }

  /// @return `true` si el programa sigue vivo y descansa.
  [[nodiscard]] bool at_rest() const { return outcome == Outcome::silent || outcome == Outcome::pausing; }
};

/// Un paso pendiente que el programa anunció (kit::pending).
struct PendingStep {
  int number = 0;     ///< Número del TODO.
  std::string place;  ///< «archivo:línea».
};

/// Un programa en marcha, con todos sus procesos. Al destruirse no queda nada de él.
class Program {
public:
  /// Arranca un programa.
  /// @param launch cómo.
  /// @throws std::system_error si no se puede arrancar.
  explicit Program(const Launch& launch);
  /// Se queda con un programa en marcha que aún no tiene conexiones.
  /// @param other quien lo tenía.
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) = delete;
  ~Program();

  /// @return el identificador del proceso principal.
  [[nodiscard]] pid_t pid() const;
  /// @return el proceso del que desciende todo el programa: para el testigo.
  [[nodiscard]] pid_t supervisor() const;
  /// @return lo que ha escrito en la salida estándar, hasta `kept_output` bytes.
  [[nodiscard]] const std::string& output() const;
  /// @return lo que ha escrito en la salida de errores, hasta `kept_output` bytes.
  [[nodiscard]] const std::string& errors() const;
  /// @return el estado final, como el de waitpid(2), o nada si sigue vivo.
  [[nodiscard]] std::optional<int> status();
  /// @return el paso pendiente que anunció, si lo hizo.
  [[nodiscard]] std::optional<PendingStep> pending_step();
  /// @return el primer error que contó un vigilante del compilador (AddressSanitizer, ThreadSanitizer …), con su lugar
  /// en el archivo del estudiante.
  [[nodiscard]] std::optional<std::string> sanitizer_report();
  /// @return cómo terminó, en una frase: «terminó con estado 1», «AddressSanitizer: heap-buffer-overflow en
  /// lab2.cpp:30».
  [[nodiscard]] std::string how_it_ended();

  /// Espera a que ocurra algo o a que se pruebe que no ocurrirá.
  /// @param happened se pregunta cada vez que algo cambia; `true` acaba la espera.
  /// @return por qué acabó; nunca Outcome::pausing.
  Stop wait(const std::function<bool()>& happened) { return wait(happened, false); }

  /// Espera a que ocurra algo o a que el programa descanse, aunque luego lo despierte el reloj. Basta cuando lo que
  /// llegue después se verá de todos modos.
  /// @param happened se pregunta cada vez que algo cambia; `true` acaba la espera.
  /// @return por qué acabó: Outcome::silent u Outcome::pausing si llegó a descansar.
  Stop wait_or_rest(const std::function<bool()>& happened) { return wait(happened, true); }

  /// Espera a que el programa descanse o termine.
  /// @return por qué acabó: Outcome::silent u Outcome::pausing si llegó a descansar.
  Stop rest();

  /// Espera a que escuche, según el núcleo.
  /// @return los sockets de escucha TCP de todo el programa, en cuanto hay alguno.
  /// @throws lo que fail(), si termina o descansa sin escuchar.
  std::vector<witness::Socket> listening();

  /// Conecta con donde escuche (su primer socket de escucha).
  /// @param from dirección IPv4 local desde la que se conecta, o vacía para que elija el núcleo.
  Connection connect(const std::string& from = {});

  /// Conecta con una dirección.
  /// @param to dirección del servidor.
  /// @param from dirección IPv4 local desde la que se conecta, o vacía para que elija el núcleo.
  Connection connect_to(const witness::Address& to, const std::string& from = {});

  /// Empieza a conectar, sin esperar a que el núcleo del otro lado lo admita.
  /// @param to dirección del servidor.
  /// @param from dirección IPv4 local desde la que se conecta, o vacía para que elija el núcleo.
  Connection begins_connecting(const witness::Address& to, const std::string& from = {});

  /// Escribe en su entrada estándar.
  /// @param text los bytes.
  void types(std::string_view text);

  /// Cierra su entrada estándar: para él, fin de la entrada.
  void closes_input();

  /// Escribe una línea en su entrada estándar y espera una línea en su salida: así se le dan órdenes a una consola.
  /// @param line la orden, sin el fin de línea.
  /// @param cause causa probable de que no responda; vacía si no se sabe.
  /// @return la respuesta, sin el fin de línea.
  /// @throws lo que fail(), si no responde.
  std::string order(std::string_view line, const std::string& cause = {});

  /// Espera una línea más en la salida estándar.
  /// @param cause causa probable de que no llegue; vacía si no se sabe.
  /// @return la línea, sin el fin de línea.
  /// @throws lo que fail(), si no llega.
  std::string prints_line(const std::string& cause = {});

  /// Espera este texto en la salida estándar, justo después de lo último que se esperó.
  /// @param text el texto.
  /// @param cause causa probable de que no llegue o llegue otro; vacía si no se sabe.
  /// @throws lo que fail(), si no llega o llega otro.
  void prints(std::string_view text, const std::string& cause = {});

  /// Espera a que termine.
  /// @param cause causa probable de que no termine; vacía si no se sabe.
  /// @return el estado, como el de waitpid(2).
  /// @throws lo que fail(), si no termina.
  int ends(const std::string& cause = {});

  /// @return los descriptores abiertos en su proceso principal.
  [[nodiscard]] std::vector<witness::OpenDescriptor> descriptors() const;
  /// @return los sockets abiertos en cualquiera de sus procesos; uno que comparten varios, una sola vez.
  [[nodiscard]] std::vector<witness::OpenDescriptor> sockets() const;

  /// Espera a que descanse y no le deja abrir ni un descriptor más: el límite pasa a ser su primer número libre.
  /// @param process a qué proceso; si es 0, al principal.
  /// @return el límite que tenía, para devolvérselo con limit_descriptors().
  rlim_t exhaust_descriptors(pid_t process = 0);

  /// Limita los descriptores que puede tener un proceso, ya en marcha (prlimit(2), RLIMIT_NOFILE).
  /// @param count el límite.
  /// @param process a qué proceso; si es 0, al principal.
  /// @return el que tenía.
  rlim_t limit_descriptors(rlim_t count, pid_t process = 0);

  /// Espera a que descanse y le impide, o le vuelve a permitir, crear procesos e hilos: fork(2) y pthread_create(3)
  /// fallan con EAGAIN. Tiene que haberse arrancado con Launch::gated.
  /// @param refused `true` para impedírselo.
  void refuses_tasks(bool refused);

  /// Envía una señal a su proceso principal.
  /// @param number la señal.
  void signal(int number);

  /// Envía una señal a todos sus procesos: al servidor también cuando quien lo arrancó fue un shell (PROGRAM=).
  /// @param number la señal.
  void signal_all(int number);

  /// @return cuántos descriptores tienen abiertos entre todos sus procesos.
  [[nodiscard]] std::size_t descriptor_count() const;

  /// Detiene un proceso del programa (SIGSTOP), sigue un guion y lo reanuda.
  /// @param process el proceso.
  /// @param script el guion.
  void holds(pid_t process, const std::function<void()>& script);

  /// Detiene el programa (SIGSTOP), sigue un guion y, cuando todo lo enviado está ya en sus sockets, lo reanuda: al
  /// despertar se lo encuentra todo junto.
  /// @param script el guion; lo que envíe tiene que caber en las colas del núcleo.
  void queues(const std::function<void()>& script);

  /// Espera a que el programa duerma en send(2), o en otra llamada que espere sitio para enviar, y lo interrumpe con
  /// SIGSTOP y SIGCONT: el núcleo le devuelve la cuenta de lo que ya había tomado, que es solo una parte.
  /// @param cause causa probable de que no llegue a dormir ahí; vacía si no se sabe.
  /// @throws lo que fail(), si descansa en otra parte o termina.
  void interrupts_send(const std::string& cause = {});

private:
  friend class Wire;
  friend class ScriptedServer;
  struct State;
  void stop_processes(pid_t only = 0);
  void resume_processes();
  Stop wait(const std::function<bool()>& happened, bool or_rest);

  std::unique_ptr<State> state_;
};

/// Frase para un final de espera en el que no llegó lo esperado: qué se observó en lugar de ello.
/// @param outcome el final.
/// @return «nada: …».
std::string observed_text(Outcome outcome);

}  // namespace grader
