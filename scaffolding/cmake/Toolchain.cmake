# Cómo se construye el programa de un estudiante. Lo usan CMake, para la parte del kit que se enlaza con él, y los
# evaluadores, que compilan su archivo: lo leen de grader/toolchain.hpp.

# -O1 -g: los informes de los sanitizers señalan la línea. Una variable automática sin inicializar vale siempre lo mismo,
# y nunca cero: el error se ve en la primera ejecución.
# Sin la comprobación «vptr»: abre tuberías, y con los descriptores agotados, que es algo que se prueba, da errores falsos.
set(student_sanitizers -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined)
set(common_flags -std=c++20 -O1 -g ${kit_warnings} -fno-omit-frame-pointer)

include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-ftrivial-auto-var-init=pattern compiler_fills_variables)
if(compiler_fills_variables)
  list(APPEND common_flags -ftrivial-auto-var-init=pattern)
endif()

# Si el compilador acaba por las malas, clang lo repite todo para quien lo mantiene.
check_cxx_compiler_flag(-fno-crash-diagnostics compiler_repeats_crashes)
if(compiler_repeats_crashes)
  list(APPEND common_flags -fno-crash-diagnostics)
endif()

set(memory_flags ${common_flags} ${student_sanitizers})
set(race_flags ${common_flags} -fsanitize=thread)

find_library(nss_wrapper_library NAMES nss_wrapper libnss_wrapper.so.0)
if(NOT nss_wrapper_library)
  set(nss_wrapper_library "")
endif()

set(student_include_flags -I${CMAKE_SOURCE_DIR}/scaffolding/programs -I${CMAKE_SOURCE_DIR}/scaffolding)
list(JOIN memory_flags "\", \"" quoted_memory_flags)
list(JOIN race_flags "\", \"" quoted_race_flags)
list(JOIN student_include_flags "\", \"" quoted_include_flags)
configure_file(${CMAKE_CURRENT_LIST_DIR}/toolchain.hpp.in ${CMAKE_BINARY_DIR}/generated/grader/toolchain.hpp @ONLY)
