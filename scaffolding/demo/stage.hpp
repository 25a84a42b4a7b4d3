/// @file
/// Lo que se ve de una demostración en la terminal: pasos con su título, el cliente a la izquierda, el servidor a la
/// derecha, flechas entre los dos y lo que dice el núcleo. Solo dibuja: no sabe nada de programas ni de sockets.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace demo {

/// El escenario de una demostración: 80 columnas. Cada cosa se ve en cuanto ocurre.
class Stage {
public:
  /// @param out dónde se dibuja.
  /// @param colour con colores de terminal o sin ellos; véase grader::wants_colour().
  Stage(std::ostream& out, bool colour) : out_{out}, colour_{colour} {}

  /// La cabecera de la demostración.
  /// @param text laboratorio y título.
  /// @param detail una línea más, debajo.
  void title(const std::string& text, const std::string& detail);

  /// Desde el paso siguiente hay un cliente a la izquierda y un servidor a la derecha.
  /// @param client quién es el cliente.
  /// @param server quién es el servidor.
  void sides(std::string client, std::string server);

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

  /// El final de la demostración.
  /// @param text qué se ha visto, o qué se puede hacer ahora.
  void end(const std::string& text);

  /// La demostración se para aquí.
  /// @param what qué ha pasado, en una frase.
  /// @param detail qué más se sabe, en otra; puede estar vacía.
  void stop(const std::string& what, const std::string& detail);

private:
  [[nodiscard]] bool has_sides() const { return !client_.empty(); }
  void row(const char* style, const std::string& label, const std::string& inside);
  void arrow(const std::string& who, const std::string& before, const std::string& what, const std::string& after);
  [[nodiscard]] std::string paint(const char* style, const std::string& text) const;

  std::ostream& out_;
  bool colour_;
  std::string client_;
  std::string server_;
  int steps_ = 0;
};

}  // namespace demo
