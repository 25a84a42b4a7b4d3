# En el código del kit los avisos son errores; en el del estudiante son avisos.
set(kit_warnings -Wall -Wextra -Wpedantic -Wshadow -Wconversion)

add_library(kit_code INTERFACE)
target_compile_options(kit_code INTERFACE ${kit_warnings} -Werror)
target_include_directories(kit_code INTERFACE ${CMAKE_SOURCE_DIR}/scaffolding)
