#!/usr/bin/env bats
# make run-labN: la demostración, sin nadie delante.
load helpers

@test "la demostración de cada laboratorio termina bien sin terminal, y enseña los cuatro códigos" {
  local lab code
  for lab in $(labs); do
    run python3 tests/end_to_end/leaves_nothing.py make "run-$lab" </dev/null
    succeeds
    hides $'\e'
    ! grep -E '.{81}' <<<"$output" || fails_because 'una línea pasa de 80 columnas'
    for code in '100 OK' '300 DRCV' '400 BCMD' '200 BYE'; do shows "$code"; done
  done
}

@test "la demostración también sirve con la entrega de un estudiante" {
  local lab
  for lab in $(labs); do
    mkdir -p "$tmp/mi entrega"
    cp "$(echo "solutions/$lab"-*)/$lab.cpp" "$tmp/mi entrega"
    run make "run-$lab" SRC="$tmp/mi entrega" </dev/null
    succeeds
  done
}

@test "los servidores concurrentes compiten con el iterativo, en la misma escala" {
  run make run-lab7 </dev/null
  succeeds
  [ "$(grep -c '^ cliente 5 │.* ms$' <<<"$output")" -eq 3 ] || fails_because 'tenía que haber tres diagramas'
  shows 'iterativo = '
}

@test "con una carpeta que no existe, una línea que lo dice" {
  run make run-lab1 SRC="$tmp/no hay nada"
  fails
  shows "$tmp/no hay nada"
  shows_one_line
}
