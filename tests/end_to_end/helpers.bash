# shellcheck shell=bash
# Lo que comparten las pruebas de extremo a extremo: cada una escribe una orden como lo haría una persona y mira lo que ve.

setup() {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  cd "$root" || return
  # Como en una terminal recién abierta, aunque estas pruebas las haya lanzado otro make.
  unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS SRC TEST REPORT PROGRAM FORCE SOLUTIONS help
  unset SUBMISSIONS LABS JOBS OUT FORMATS POLICY SEED REGRADE WORKSHEET ISOLATION N DECK
  unset RECORD HTML SVG SCENE STEP SLOW BACKLOG CLIENTS
  unset NO_COLOR CXX CXXFLAGS LDFLAGS
  export LC_ALL=C.UTF-8
  tmp=$(mktemp -d)
  export PROGRESS_FOLDER=$tmp/progress  # el de quien hace las pruebas no se toca
}

teardown() {
  rm -rf "$tmp"
}

# fails_because TEXTO…: lo que se comprueba no se cumplió; enseña lo que se vio.
fails_because() {
  printf '%s\n' "$@" "--- estado ${status:-}; se vio:" "${output:-}"
  return 1
}

succeeds() { [ "$status" -eq 0 ] || fails_because 'tenía que terminar con estado 0'; }
fails() { [ "$status" -ne 0 ] || fails_because 'tenía que terminar con un estado distinto de 0'; }
shows() { [[ $output == *"$1"* ]] || fails_because "tenía que aparecer: $1"; }
hides() { [[ $output != *"$1"* ]] || fails_because "no tenía que aparecer: $1"; }

# Como shows, aunque el informe haya partido la frase en varias líneas.
shows_across_lines() {
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"$1"* ]] || fails_because "tenía que aparecer: $1"
}

# Sin contar el aviso de make («make: *** […] Error 2»), todo lo que se vio es una línea.
shows_one_line() {
  local said
  said=$(grep -vc '^make: \*\*\* ' <<<"$output")
  [ "$said" -eq 1 ] || fails_because "tenía que ser una sola línea, y son $said"
}

# Los laboratorios que hay: lab1 lab2…
labs() {
  local folder
  for folder in labs/lab*-*; do
    folder=${folder#labs/}
    echo "${folder%%-*}"
  done
}

# Todos los puntos que se pueden obtener en esta máquina.
shows_full_marks() {
  [[ $output =~ Puntos:\ ([0-9]+)/([0-9]+) ]] || fails_because 'tenían que aparecer los puntos'
  [ "${BASH_REMATCH[1]}" -gt 0 ] && [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ] || fails_because 'tenían que ser todos los puntos'
  [ "${BASH_REMATCH[2]}" -eq 100 ] || shows 'no se puede hacer aquí'
}

# Una copia del kit ya construida, con evaluadores de mentira que escriben sus argumentos, uno en cada línea. En $kit.
fake_kit() {
  kit="$tmp/kit"
  mkdir -p "$kit"/{scaffolding,{labs,solutions}/{lab1-socket,lab2-bind-listen-accept},tests,build/bin}
  touch "$kit/tests/CMakeLists.txt"
  cp Makefile "$kit"
  cp -r scaffolding/machine "$kit/scaffolding"
  printf 'CMAKE_HOME_DIRECTORY:INTERNAL=%s\n' "$kit" >"$kit/build/CMakeCache.txt"
  printf 'build lab1: phony\nbuild lab2: phony\nbuild demo: phony\nbuild learner: phony\n' >"$kit/build/build.ninja"
  local program
  for program in lab1_grader lab2_grader demo learner; do
    printf '#!/bin/sh\nprintf "%%s\\n" %s "$@"\nexit "${FAKE_STATUS:-0}"\n' "$program" >"$kit/build/bin/$program"
    chmod +x "$kit/build/bin/$program"
  done
}

# path_without ORDEN…: deja en $path un PATH en el que esas órdenes no están. Lo que se ponga en $tmp/bin sí estará.
path_without() {
  mkdir -p "$tmp/bin"
  ln -sf /usr/local/bin/* /usr/sbin/* /sbin/* /bin/* /usr/bin/* "$tmp/bin"
  local command
  for command in "$@"; do rm -f "$tmp/bin/$command"; done
  export path=$tmp/bin
}

# fake ORDEN: una orden de mentira en $tmp/bin, con el guion que llega por la entrada.
fake() {
  mkdir -p "$tmp/bin"
  rm -f "$tmp/bin/$1"
  { echo '#!/bin/bash'; cat; } >"$tmp/bin/$1"
  chmod +x "$tmp/bin/$1"
}
