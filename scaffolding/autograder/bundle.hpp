/// @file
/// Lo que hay en una entrega: qué se toma, qué se rechaza y por qué.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "autograder/intake.hpp"
#include "autograder/unpack.hpp"

namespace autograder {

/// ¿Está en una carpeta de las que no son de la entrega (empieza por un punto, o es la que añade macOS)?
/// @param path la ruta.
bool is_hidden(std::string_view path);

/// Reúne lo que hay en una entrega y, al final, elige. Las reglas son las de take_in().
class Bundle {
public:
  /// @param labs los laboratorios que se evalúan; tiene que vivir más que este objeto.
  explicit Bundle(const std::set<int>& labs) : labs_{&labs} {}

  /// Algo que está dentro. @param item qué es. @param path su ruta dentro de la entrega.
  void take(const Item& item, const std::string& path) { take_from(item, path, true); }

  /// Algo que es la entrega entera: su comprimido, o lo que haya en su lugar.
  /// @param item qué es. @param name su nombre.
  void take_whole(const Item& item, const std::string& name);

  /// Cuenta lo que ocupa algo que está en un comprimido. @param bytes lo que ocupa.
  void charge(std::uintmax_t bytes);

  /// Copia lo elegido y dice qué pasó con lo demás.
  /// @param submission donde se apuntan files, refused y notes.
  /// @param folder carpeta para las copias; solo se crea si hay alguna.
  /// @throws std::runtime_error si no se puede escribir.
  void finish(Submission& submission, const std::filesystem::path& folder) const;

private:
  struct Source {
    int lab;
    std::string path;
    std::string bytes;
  };
  struct Refusal {
    int lab;          // 0 si no es un labN.cpp
    bool hides_labs;  // ¿podía haber labN.cpp dentro?
    std::string text;
  };

  void take_from(const Item& item, const std::string& path, bool may_open);
  void take_source(const Item& item, const std::string& path, int lab);
  void open(const Item& item, const std::string& name, const std::string& prefix, bool may_open);
  void refuse(int lab, bool hides_labs, const std::string& path, const std::string& why);
  void stop(const std::string& why);
  [[nodiscard]] const Source* choose(int lab, std::vector<std::string>& notes) const;

  const std::set<int>* labs_;
  std::vector<Source> sources_;
  std::vector<Refusal> refusals_;
  std::vector<std::string> extras_;
  std::string stopped_;  // por qué se rechazó entera
  int entries_ = 0;
  std::uintmax_t unpacked_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace autograder
