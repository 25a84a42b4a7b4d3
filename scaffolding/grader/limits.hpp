/// @file
/// Los límites de un programa evaluado, y el tiempo límite de seguridad.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace grader {

inline constexpr std::uint64_t max_file_size =
    64ULL << 20;  ///< Lo que puede escribir en un archivo, en bytes (RLIMIT_FSIZE).
inline constexpr std::uint64_t max_descriptors = 1024;  ///< Descriptores que puede abrir (RLIMIT_NOFILE).
inline constexpr std::size_t max_output = 4U << 20;     ///< Lo que puede imprimir antes de que se le detenga, en bytes.
inline constexpr std::size_t kept_output = 64U << 10;   ///< Lo que se guarda de lo que imprime, en bytes.
inline constexpr std::size_t max_received = 16U << 20;  ///< Lo que puede enviar sin que se le espere, en bytes.
inline constexpr std::size_t max_processes = 64;        ///< Procesos vivos a la vez.
inline constexpr std::uint64_t max_resident = 1ULL << 30;  ///< Memoria residente de todos sus procesos, en bytes.

/// Procesador que puede gastar sin que cambie nada fuera antes de decir que da vueltas. Es tiempo del propio programa:
/// la carga de la máquina no lo altera.
inline constexpr std::chrono::milliseconds spin_limit{400};

/// Memoria que tiene que crecer mientras da vueltas, en bytes, para decir que lo que hace es ocuparla.
inline constexpr std::uint64_t notable_growth = 64ULL << 20;

/// Veces que puede despertar por el reloj sin que cambie nada fuera antes de decir que sondea.
inline constexpr std::uint64_t wake_limit = 50;

inline constexpr std::chrono::milliseconds long_pause{200};  ///< Una pausa tan larga o más es una pausa larga.
inline constexpr std::uint64_t long_wake_limit = 3;          ///< Como wake_limit, para las pausas largas.

/// El tiempo límite de seguridad de una espera, en tiempo de reloj: el único, y solo decide cuando nada más puede.
/// @return 10 s dormido sin que cambie nada, o los segundos de la variable SAFETY_NET.
std::chrono::milliseconds safety_net();

inline constexpr int whole_wait = 12;  ///< Lo que dura como mucho una espera entera, en tiempos límite de seguridad.

}  // namespace grader
