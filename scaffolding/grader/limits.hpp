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
inline constexpr std::size_t max_threads = 512;         ///< Hilos vivos a la vez, entre todos sus procesos.
/// Procesos e hilos que caben en una jaula: bastante más de lo que se admite, para que sea el evaluador quien lo diga.
inline constexpr std::uint64_t max_tasks = 1024;
inline constexpr std::uint64_t max_resident = 1ULL << 30;  ///< Memoria residente de todos sus procesos, en bytes.
/// Lo que pueden escribir en archivos, en bytes, sus procesos vivos y los que ya recogió su padre.
inline constexpr std::uint64_t max_written = 512ULL << 20;

/// Procesador que puede gastar sin que cambie nada fuera antes de decir que da vueltas. Es tiempo del propio programa:
/// la carga de la máquina no lo altera.
inline constexpr std::chrono::milliseconds spin_limit{400};

/// Lo mismo, en un programa entero en otro lenguaje (PROGRAM=): una máquina virtual gasta bastante antes de hacer nada.
inline constexpr std::chrono::milliseconds foreign_spin_limit{4000};

/// Cuántas veces menos se le deja gastar o dormir cuando otra prueba ya lo encontró dando vueltas o durmiendo: lo que
/// hace ya se sabe, y una entrega que se cuelga en cada prueba no tiene por qué tardar mucho más que una que pasa.
inline constexpr int impatience = 4;

/// Lo que tiene que crecer mientras da vueltas la memoria que ocupa, o lo que escribe en archivos, en bytes, para decir
/// que es eso lo que hace.
inline constexpr std::uint64_t notable_growth = 64ULL << 20;

/// Veces que puede despertar por el reloj sin que cambie nada fuera antes de decir que sondea.
inline constexpr std::uint64_t wake_limit = 50;

/// Lo que un programa al que se espera puede pedir dormir de una vez. Es lo que pide, que es un dato del núcleo, y no
/// lo que pasa en el reloj de pared: de quien pide una hora se sabe en el acto.
///
/// Qué queda probado: todo lo que se le envió le llegó, no tiene listo nada de lo que espera, y hasta que el reloj
/// despierte a alguno de sus hilos no hará nada por sí solo. No se prueba que no fuera a responder al despertar, y por
/// eso el informe no lo dice: dice cuánto pidió dormir. En estos laboratorios una respuesta sale de lo que llega, nunca
/// del reloj, así que quien hace esperar más que esto no cumple aunque acabe respondiendo. Cabe, en cambio, una pausa
/// corta y razonable: la de quien no puede aceptar (EMFILE) y lo intenta otra vez al cabo de un segundo.
///
/// De alarm(2), setitimer(2) y connect(2) en curso no se ve cuánto falta: ahí solo queda el tiempo límite de seguridad.
inline constexpr std::chrono::seconds sleep_limit{1};

/// Lo que puede pedir dormir en total, contando lo que duerme ahora, cuando ya ha despertado alguna vez sin hacer nada.
inline constexpr std::chrono::milliseconds poll_limit{500};

/// El tiempo límite de seguridad de una espera, en tiempo de reloj: el único, y solo decide cuando nada más puede.
/// @return 10 s dormido sin que cambie nada, o los segundos de la variable SAFETY_NET.
std::chrono::milliseconds safety_net();

inline constexpr int whole_wait = 12;  ///< Lo que dura como mucho una espera entera, en tiempos límite de seguridad.

}  // namespace grader
