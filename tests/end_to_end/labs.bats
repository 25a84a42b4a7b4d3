#!/usr/bin/env bats
# Cada laboratorio, de principio a fin, tal como lo usa una persona: el esqueleto, la solución y las variables.
# Sus veredictos, uno a uno, los comprueba tests/grade_graders.py.
load helpers

@test "cada esqueleto falla y dice qué TODO está pendiente y en qué línea" {
  local lab file mark
  for lab in $(labs); do
    run make "$lab"
    fails
    [[ $output =~ pendiente\ +(TODO\([0-9]+\))\ en\ (labs/$lab-[a-z-]+/$lab\.cpp):([0-9]+) ]] || fails_because 'tenía que decir qué falta'
    mark=${BASH_REMATCH[1]} file=${BASH_REMATCH[2]}
    sed -n "$((BASH_REMATCH[3] - 2)),${BASH_REMATCH[3]}p" "$file" | grep -qF "$mark" || fails_because "en esa línea no está $mark"
    [[ $output =~ Puntos:\ [0-9]+/100\ ·\ siguiente\ paso:\ TODO\([0-9]+\)\ en\ labs/ ]] || fails_because 'tenía que decir por dónde seguir'
    hides 'warning:'
    hides 'make: *** [Makefile:0'
  done
}

@test "sirve una carpeta cualquiera con solo labN.cpp" {
  local lab folder="$tmp/entrega de Ana d'Arc"
  mkdir "$folder"
  for lab in $(labs); do
    cp "$(echo "solutions/$lab"-*)/$lab.cpp" "$folder"
    run make "$lab" SRC="$folder"
    succeeds
    shows_full_marks
  done
}

@test "TEST=n hace esa prueba y ninguna otra" {
  local lab
  for lab in $(labs); do
    run make "$lab" SRC=solutions TEST=1
    succeeds
    [ "$(grep -c '✓' <<<"$output")" -eq 1 ] || fails_because 'tenía que haber una sola prueba'
    shows '✓ 1 '
  done
}

@test "TEST=n con una prueba que no existe: una línea que dice cuáles hay" {
  run make lab1 SRC=solutions TEST=99
  fails
  shows 'la prueba 99 no existe'
  shows_one_line
}

@test "sin terminal no hay colores ni otros códigos de escape" {
  run make lab1
  hides $'\e'
  run make lab1 SRC=solutions
  hides $'\e'
}

@test "en una terminal hay colores, salvo con NO_COLOR" {
  in_a_terminal() { python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$@" </dev/null; }
  run in_a_terminal make lab1 SRC=solutions TEST=1
  shows $'\e['
  NO_COLOR=1 run in_a_terminal make lab1 SRC=solutions TEST=1
  hides $'\e[3'
  hides $'\e[1m'
}

@test "al terminar no queda ningún proceso" {
  local lab
  for lab in $(labs); do
    run python3 tests/end_to_end/leaves_nothing.py make "$lab"
    fails
    hides 'sigue vivo'
    run python3 tests/end_to_end/leaves_nothing.py make "$lab" SRC=solutions
    succeeds
  done
}

@test "PROGRAM= evalúa un programa entero en otro lenguaje, también con espacios y órdenes compuestas" {
  run make lab3 PROGRAM='python3 tests/scaffolding/programs/cliente.py {host} {port}'
  succeeds
  shows_full_marks
  run make lab3 PROGRAM="cd 'tests/scaffolding' && python3 programs/cliente.py {host} {port}"
  succeeds
  shows_full_marks
}

@test "PROGRAM= con una falta recibe la causa verdadera, y solo en la prueba que la busca" {
  run make lab3 PROGRAM='python3 tests/scaffolding/programs/cliente.py {host} {port} una_linea'
  fails
  shows 'Puntos: 94/100'
  shows '✗ 12 '
  shows 'lines_in_reply'
  run make lab3 PROGRAM='python3 tests/scaffolding/programs/cliente.py {host} {port} solo_la_primera'
  fails
  shows '✗ 4 '
  shows 'ai_next'
}

@test "PROGRAM= sin un argumento del programa: una línea que dice cuál falta" {
  run make lab3 PROGRAM='python3 cliente.py {port}'
  fails
  shows '{host}'
  shows_one_line
}

@test "PROGRAM= con una orden que no existe" {
  run make lab3 PROGRAM='./no-existe {host} {port}'
  fails
  shows 'no-existe'
  hides 'fallo del propio evaluador'
}

@test "aunque el núcleo dé una y otra vez los mismos puertos, el veredicto no cambia" {
  unshare --map-root-user --net true || skip 'aquí no se puede crear una red aparte'
  make lab4 SRC=solutions TEST=4 >/dev/null
  # shellcheck disable=SC2016  # lo expande el otro shell
  run timeout 60 unshare --map-root-user --net sh -c '
    ip link set lo up && echo "40000 40003" >/proc/sys/net/ipv4/ip_local_port_range || exit 3
    for i in $(seq 10); do build/bin/lab4_grader --submission=solutions --test=4 || exit 1; done'
  succeeds
}
