// Las funciones con las que un programa configura a sus sanitizers. Son del kit, que deja su configuración para las
// variables de entorno: quien las defina en su archivo no apaga nada, porque no se puede enlazar.

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): los nombres los pone el compilador
const char* __asan_default_options();
const char* __asan_default_suppressions();
void __asan_on_error();
const char* __lsan_default_options();
const char* __lsan_default_suppressions();
int __lsan_is_turned_off();
const char* __tsan_default_options();
const char* __tsan_default_suppressions();
void __tsan_on_report(void* report);
const char* __ubsan_default_options();

const char* __asan_default_options() { return ""; }
const char* __asan_default_suppressions() { return ""; }
void __asan_on_error() {}
const char* __lsan_default_options() { return ""; }
const char* __lsan_default_suppressions() { return ""; }
int __lsan_is_turned_off() { return 0; }
const char* __tsan_default_options() { return ""; }
const char* __tsan_default_suppressions() { return ""; }
void __tsan_on_report(void* /*report*/) {}
const char* __ubsan_default_options() { return ""; }
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
}
