/// @file
/// Una carpeta para los archivos de una prueba.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

/// Una carpeta nueva y vacía, que se borra con todo lo que tenga al destruirse.
class TempFolder {
public:
  /// @throws std::system_error si no se puede crear.
  TempFolder() {
    std::string name = testing::TempDir() + "/kit-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), "mkdtemp"};
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  /// @return su ruta.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Escribe un archivo.
  /// @param name su nombre dentro de la carpeta; sus carpetas se crean.
  /// @param text lo que contiene.
  /// @return su ruta.
  [[nodiscard]] std::filesystem::path write(const std::filesystem::path& name, std::string_view text) const {
    std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << text;
    return file;
  }

private:
  std::filesystem::path path_;
};
