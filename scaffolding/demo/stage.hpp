/// @file
/// Lo que se ve de una demostración en la terminal: pasos con su título, el cliente a la izquierda, el servidor a la
/// derecha, flechas entre los dos y lo que dice el núcleo. Solo dibuja: no sabe nada de programas ni de sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// La visita de un cliente a un servidor. Los tiempos se cuentan desde el mismo instante para todos.
struct Visit {
  std::string name;                       ///< Quién es el cliente.
  std::chrono::microseconds arrives{0};   ///< Cuándo llama a connect().
  std::chrono::microseconds answered{0};  ///< Cuándo recibe la primera respuesta.
  std::chrono::microseconds leaves{0};    ///< Cuándo acaba la conexión.
};

/// Las visitas que ha recibido un servidor.
struct Chart {
  std::string heading;        ///< Qué servidor, y qué se ve en él.
  std::vector<Visit> visits;  ///< Las visitas, en el orden en que se dibujan.

  /// @return cuándo se va el último cliente.
  [[nodiscard]] std::chrono::microseconds total() const;
};

/// Un tiempo como se lee en una demostración: «486 ms», «12,3 s».
/// @param time el tiempo.
/// @return hasta 7 columnas, si no pasa de un día.
std::string text_of(std::chrono::microseconds time);

/// A qué paso va una demostración.
struct Pace {
  bool asks = false;  ///< Antes de cada paso pregunta qué va a pasar, y espera a que se pulse Intro.
  std::chrono::milliseconds between_rows{0};  ///< Cuánto espera detrás de cada cosa que enseña.
};

/// El escenario de una demostración: 80 columnas. Cada cosa se ve en cuanto ocurre.
class Stage {
public:
  /// @param out dónde se dibuja.
  /// @param colour con colores de terminal o sin ellos; véase grader::wants_colour().
  Stage(std::ostream& out, bool colour) : out_{out}, colour_{colour} {}

  /// Desde ahora va al paso de quien mira.
  /// @param pace el paso.
  void follows(const Pace& pace) { pace_ = pace; }

  /// La cabecera de la demostración.
  /// @param text laboratorio y título.
  /// @param detail una línea más, debajo.
  void title(const std::string& text, const std::string& detail);

  /// Desde el paso siguiente hay un cliente a la izquierda y un servidor a la derecha; si no se dice quién es el
  /// cliente, ya no hay lados.
  /// @param client quién es el cliente.
  /// @param server quién es el servidor.
  void sides(std::string client = {}, std::string server = {});

  /// Empieza un paso.
  /// @param heading qué va a ocurrir.
  /// @param why por qué, en una o dos frases.
  void step(const std::string& heading, const std::string& why);

  /// Algo que va del cliente al servidor.
  /// @param what los bytes, ya legibles, o lo que ocurre.
  /// @param who de qué cliente se trata, si hay varios.
  void to_server(const std::string& what, const std::string& who = {});

  /// Algo que va del servidor al cliente.
  /// @param what los bytes, ya legibles, o lo que ocurre.
  /// @param who de qué cliente se trata, si hay varios.
  void to_client(const std::string& what, const std::string& who = {});

  /// Algo que sale del cliente y no llega a ningún programa.
  /// @param what lo que ocurre.
  /// @param who de qué cliente se trata, si hay varios.
  void lost(const std::string& what, const std::string& who = {});

  /// Algo que pasa en uno de los programas y no viaja: lo que se le ordena, lo que teclea el usuario, lo que imprime.
  /// @param label qué es, en una palabra: «teclado», «pantalla»…
  /// @param text el texto, tal cual.
  void local(const std::string& label, const std::string& text);

  /// Lo que dice el núcleo.
  /// @param text el texto.
  void kernel(const std::string& text);

  /// Lo que dice el núcleo de cada extremo de una conexión, cada uno en su lado.
  /// @param client lo que dice del cliente.
  /// @param server lo que dice del servidor.
  void kernel(const std::string& client, const std::string& server);

  /// Diagramas de Gantt de varios servidores, uno debajo de otro, con el mismo eje de tiempo y la misma escala. Cada
  /// cliente es una fila: cuánto espera su primera respuesta y cuánto conversa. El paso no tiene que tener lados.
  /// @param charts los servidores.
  void charts(const std::vector<Chart>& charts);

  /// El final de la demostración.
  /// @param text qué se ha visto, o qué se puede hacer ahora.
  void end(const std::string& text);

  /// La demostración se para aquí.
  /// @param what qué ha pasado, en una frase.
  /// @param detail qué más se sabe, en otra; puede estar vacía.
  void stop(const std::string& what, const std::string& detail);

private:
  void rest() const;
  void ask();
  [[nodiscard]] bool has_sides() const { return !client_.empty(); }
  void kernel_rows(const std::string& text);
  void row(const char* style, const std::string& label, const std::string& inside);
  void bar(const Visit& visit, std::chrono::microseconds axis);
  void arrow(const std::string& who, const std::string& before, const std::string& what, const std::string& after);
  [[nodiscard]] std::string paint(const char* style, const std::string& text) const;

  std::ostream& out_;
  bool colour_;
  Pace pace_;
  std::string client_;
  std::string server_;
  int steps_ = 0;
};

}  // namespace demo
