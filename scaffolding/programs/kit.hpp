/// @file
/// Lo que el kit presta al código de cada laboratorio: el dueño de un descriptor, la comprobación de las llamadas
/// al sistema y el aviso de paso pendiente.
#pragma once

namespace kit {

/// Dueño único de un descriptor de archivo: lo cierra al destruirse. Se mueve, pero no se copia.
class Descriptor {
public:
  /// Todavía sin descriptor.
  Descriptor() noexcept = default;
  /// Toma posesión de un descriptor.
  /// @param fd descriptor abierto, o -1 si no hay ninguno.
  explicit Descriptor(int fd) noexcept : fd_{fd} {}
  /// Se queda con el descriptor de otro dueño.
  /// @param other el otro, que deja de tenerlo.
  Descriptor(Descriptor&& other) noexcept : fd_{other.release()} {}
  /// Cierra el suyo, si lo tiene, y se queda con el de otro dueño.
  /// @param other el otro, que deja de tenerlo.
  /// @return este dueño.
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  /// @return el número del descriptor, o -1 si no hay ninguno. Sigue siendo de este objeto.
  [[nodiscard]] int get() const noexcept { return fd_; }

  /// @return `true` si hay un descriptor. El 0 es un descriptor válido.
  [[nodiscard]] bool is_open() const noexcept { return fd_ != -1; }

  /// Entrega el descriptor sin cerrarlo: desde ahora lo cierra quien lo recibe.
  /// @return el descriptor, o -1 si no había ninguno.
  [[nodiscard]] int release() noexcept;

  /// Cierra el descriptor, si lo hay, y deja `errno` como estaba. Véase close(2).
  void reset() noexcept;

private:
  int fd_ = -1;
};

/// Comprueba el resultado de una llamada al sistema: `check("listen", %listen(fd, backlog))`.
/// @param call nombre de la llamada, para el mensaje de error.
/// @param result lo que devolvió la llamada.
/// @return `result`, si no es -1.
/// @throws std::system_error con `errno` y el nombre de la llamada, si `result` es -1. Véase errno(3).
int check(const char* call, int result);

/// Un paso de la guía y el lugar del código en el que está pendiente.
struct Step {
  /// Basta con el número: el compilador pone el lugar de quien llama.
  /// @param step número del paso.
  /// @param source archivo.
  /// @param source_line línea, desde 1.
  // NOLINTNEXTLINE(google-explicit-constructor): pending(1) tiene que anotar la línea de quien llama.
  Step(int step, const char* source = __builtin_FILE(), int source_line = __builtin_LINE()) noexcept
      : number{step}, file{source}, line{source_line} {}

  int number;        ///< Número del paso: el de TODO(n) y el de la guía.
  const char* file;  ///< Archivo en el que está pendiente.
  int line;          ///< Línea, desde 1.
};

/// Estado de salida de un programa al que le falta un paso (EX_CONFIG de sysexits.h).
inline constexpr int pending_status = 78;

/// Anuncia en la salida de errores «pendiente: TODO(n) en archivo:línea» y termina el programa con `pending_status`.
/// @param step paso que falta; basta con escribir su número.
[[noreturn]] void report_pending(const Step& step);

/// Ocupa el lugar de un paso que falta: `const int fd = kit::pending(1, domain, type);`.
/// @param step paso que falta; basta con escribir su número.
/// @param unused lo que el paso usará, para que el compilador no avise de que sobra.
/// @return nada: no vuelve. El tipo `int` permite escribirla donde irá una llamada al sistema.
template <class... Unused>
[[noreturn]] int pending(const Step& step, [[maybe_unused]] const Unused&... unused) {
  report_pending(step);
}

}  // namespace kit
