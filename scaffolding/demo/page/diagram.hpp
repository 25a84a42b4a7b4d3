/// @file
/// Los dibujos de un paso: el diagrama de secuencia, la regla de bytes, los sockets que quedan y el diagrama de Gantt.
#pragma once

#include <string>
#include <vector>

#include "demo/page/page.hpp"

namespace demo {

/// Para qué ancho se dibuja.
enum class Width {
  wide,    ///< Una pantalla, o una diapositiva.
  narrow,  ///< Un teléfono.
};

/// Un dibujo, sin la etiqueta `<svg>`: su contenido y lo que mide.
struct Drawing {
  std::string body;   ///< Los elementos SVG. Cada fila es `<g class="row" data-row="N">`, con su `<title>` en palabras.
  double width = 0;   ///< Ancho, en píxeles.
  double height = 0;  ///< Alto; cero si no hay nada que dibujar.
};

/// @param text un texto cualquiera.
/// @return el mismo, para HTML o SVG.
std::string escaped(std::string text);

/// El diagrama de secuencia de un paso: los dos programas, los dos lados del núcleo y lo que va de uno a otro.
/// @param story la demostración.
/// @param scene el paso.
/// @param width para qué ancho.
/// @return el dibujo.
Drawing sequence(const Story& story, const Scene& scene, Width width);

/// Las reglas de bytes de un paso: qué trozos se enviaron, en qué segmentos viajaron y en qué trozos se recibieron.
/// @param story la demostración.
/// @param scene el paso.
/// @param width para qué ancho.
/// @return el dibujo.
Drawing byte_rulers(const Story& story, const Scene& scene, Width width);

/// Los diagramas de Gantt de un paso, si los tiene.
/// @param scene el paso.
/// @param width para qué ancho.
/// @return el dibujo.
Drawing gantt(const Scene& scene, Width width);

/// Un socket al acabar un paso, según el núcleo.
struct SocketRow {
  std::string state;    ///< Estado, con lo que le queda si es TIME_WAIT.
  std::string receive;  ///< Recv-Q.
  std::string send;     ///< Send-Q; en LISTEN, el backlog, como en ss(8).
  std::string local;    ///< Dirección local.
  std::string remote;   ///< Dirección remota.
};

/// Los sockets que hay al acabar un paso.
/// @param story la demostración.
/// @param scene el paso.
/// @return los sockets, como los enseña ss(8).
std::vector<SocketRow> sockets_after(const Story& story, const Scene& scene);

}  // namespace demo
