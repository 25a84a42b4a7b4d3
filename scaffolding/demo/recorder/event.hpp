/// @file
/// Lo que se graba de una demostración: un suceso por línea, en JSON (NDJSON), ordenados en el tiempo.
///
/// Todos llevan `t` (nanosegundos de CLOCK_MONOTONIC), `actor` («programa», «demostración» o «núcleo») y `kind`:
///
/// | kind    | quién lo cuenta       | qué más lleva | | ------- | --------------------- |
/// --------------------------------------------------------------------------------- | | call    | strace(1) | call,
/// args, pid, ns (cuánto duró), result, error, fd, bytes, local, remote        | | segment | libpcap               |
/// from, to, flags, seq y ack (relativos), len, window, data (el comienzo)           | | state   | how: segmento,
/// núcleo | local, remote, state; si lo dice el núcleo (sock_diag), también recv_q y send_q   | | step, sides, arrow,
/// local, kernel, charts, client, program | la propia demostración | lo que se enseña en la terminal |
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace demo {

/// Un suceso. Los campos van en el orden en que se ponen.
using Event = nlohmann::ordered_json;

/// @return el instante, en nanosegundos de CLOCK_MONOTONIC.
std::int64_t monotonic_now();

/// Cuánto hay que restar a CLOCK_REALTIME, el reloj de libpcap y de strace, para tener CLOCK_MONOTONIC.
/// @return la diferencia en nanosegundos, medida ahora.
std::int64_t realtime_offset();

/// @param time cuándo, en nanosegundos de CLOCK_MONOTONIC.
/// @param actor quién.
/// @param kind qué clase de suceso.
/// @return el suceso, al que le falta lo propio de su clase.
Event make_event(std::int64_t time, const std::string& actor, const std::string& kind);

/// @param event un suceso.
/// @param name un campo de texto.
/// @return su valor; vacío si no lo lleva.
std::string text_in(const Event& event, const char* name);

}  // namespace demo
