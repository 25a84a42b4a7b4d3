#!/usr/bin/env bats
# La construcción del kit: callada si va bien, clara si va mal. Sobre copias con un build.ninja de mentira.
load helpers

# ninja_file ORDEN: un build.ninja en el que construir lab1 es ejecutar esa orden.
ninja_file() {
  printf 'rule order\n  command = %s\n  description = paso\nbuild lab1: order\n' "$1" >"$kit/build/build.ninja"
}

@test "la primera vez se dice que el kit se está preparando; después, nada" {
  fake_kit
  printf 'rule order\n  command = touch $out\nbuild lab1: order\n' >"$kit/build/build.ninja"
  run make -C "$kit" --no-print-directory lab1
  succeeds
  [ "$output" = $'Preparando el kit (solo la primera vez)…\nlab1_grader\n--submission=labs' ] || fails_because 'la primera vez'
  run make -C "$kit" --no-print-directory lab1
  succeeds
  [ "$output" = $'lab1_grader\n--submission=labs' ] || fails_because 'la segunda vez'
  rm "$kit/build/lab1"
  run make -C "$kit" --no-print-directory lab1
  shows 'Poniendo el kit al día…'
}

@test "si construir falla se ven los mensajes, sin los pasos, y no se evalúa" {
  fake_kit
  ninja_file 'echo el mensaje del compilador && false'
  run make -C "$kit" --no-print-directory lab1
  fails
  shows 'el mensaje del compilador'
  shows 'make doctor'
  hides '[1/1]'
  hides 'lab1_grader'
}

@test "los avisos de una construcción que va bien no se ven" {
  fake_kit
  ninja_file 'echo un aviso cualquiera'
  run make -C "$kit" --no-print-directory lab1
  succeeds
  hides 'un aviso cualquiera'
}

@test "una carpeta build que viene de otra copia del kit se configura de nuevo" {
  fake_kit
  echo 'CMAKE_HOME_DIRECTORY:INTERNAL=/otra/copia' >"$kit/build/CMakeCache.txt"
  run make -C "$kit" --no-print-directory lab1
  fails
  shows 'CMakeLists.txt'  # la copia de mentira no lo tiene: CMake lo busca
}

@test "si falta ninja, el compilador o GoogleTest: una línea que remite a make setup" {
  fake_kit
  path_without ninja
  PATH=$path run make -C "$kit" --no-print-directory lab1
  fails
  shows 'falta ninja-build: escribe «make setup»'
  shows_one_line

  rm "$kit/build/build.ninja"
  path_without g++ clang++ cmake
  sed -i 's,/usr/include/gtest/gtest.h|[^ ]*,/no/esta/gtest.h,' "$kit/scaffolding/machine/packages.txt"
  PATH=$path run make -C "$kit" --no-print-directory lab1
  fails
  shows 'g++ cmake'
  shows 'libgtest-dev'
  shows_one_line
}

@test "fuera de Linux se dice que hace falta Linux" {
  fake_kit
  rm "$kit/build/build.ninja"
  fake uname <<<'echo Darwin'
  PATH=$tmp/bin:$PATH run make -C "$kit" --no-print-directory lab1
  fails
  shows 'solo funciona en Linux'
  shows_one_line
}

@test "dos órdenes a la vez no construyen a la vez" {
  fake_kit
  # Cada construcción crea una carpeta y la quita: si dos coincidieran, una fallaría.
  ninja_file 'mkdir en-marcha && rmdir en-marcha'
  local order orders=()
  for order in 1 2 3 4 5 6; do
    make -C "$kit" --no-print-directory lab1 >"$tmp/$order.txt" 2>&1 &
    orders+=($!)
  done
  for order in "${orders[@]}"; do wait "$order"; done
}
