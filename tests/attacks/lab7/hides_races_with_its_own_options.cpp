// Ataque: apaga ThreadSanitizer con sus propias opciones, e imita su silencio.
// Puntos: 0
#include "lab7.hpp"

extern "C" const char* __tsan_default_suppressions() { return "race:*"; }

extern "C" const char* __tsan_default_options() { return "report_bugs=0:exitcode=0"; }

namespace lab7 {

long run_process_server(std::uint16_t) { return 0; }

long run_thread_server(std::uint16_t) { return 0; }

}  // namespace lab7
