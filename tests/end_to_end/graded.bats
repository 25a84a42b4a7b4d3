#!/usr/bin/env bats
# Quien evalúa a los evaluadores: un caso que no sale como dice su cabecera no se da por bueno.
load helpers

# Un error de verdad, que cualquier prueba de aquí puede estropear.
chaff() {
  mkdir -p "$tmp/chaffs/lab1"
  cp tests/chaffs/lab1/zero_is_an_error.patch "$tmp/chaffs/lab1/caso.patch"
  sed -i "$1" "$tmp/chaffs/lab1/caso.patch"
}

judge() { run tests/grade_graders.py judge --results "$tmp/results" "$@"; }

@test "un error atrapado por la prueba que dice, con el diagnóstico que dice, está bien" {
  chaff ''
  judge "$tmp/chaffs/lab1/caso.patch"
  succeeds
  shows 'lab1.chaff.caso: bien'
}

@test "lo atrapa otra prueba" {
  chaff 's/^Prueba: .*/Prueba: 6/'
  judge "$tmp/chaffs/lab1/caso.patch"
  fails
  shows 'la prueba 6 tenía que fallar'
  shows 'la prueba 5 no tenía que fallar'
}

@test "el diagnóstico es otro" {
  chaff 's/^Diagnóstico: .*/Diagnóstico: la culpa es del vecino de arriba/'
  judge "$tmp/chaffs/lab1/caso.patch"
  fails
  shows 'el diagnóstico tenía que decir «la culpa es del vecino de arriba»'
  shows 'el único valor que indica error es -1'
}

@test "el parche ya no se puede aplicar" {
  chaff 's/fd == -1/fd == -2/'
  judge "$tmp/chaffs/lab1/caso.patch"
  fails
  shows 'el parche no se puede aplicar'
}

@test "el parche no compila" {
  chaff 's/fd <= 0/fd <= nada/'
  judge "$tmp/chaffs/lab1/caso.patch"
  fails
  shows 'no compila'
}

@test "a la cabecera le falta algo, le sobra algo o nombra una capacidad que no existe" {
  chaff '/^Error: /d'
  judge "$tmp/chaffs/lab1/caso.patch"
  fails
  shows 'le falta «Error:»'
  chaff '1i Nota: una línea de más'
  judge "$tmp/chaffs/lab1/caso.patch"
  fails
  shows 'no entiendo esta línea'
  chaff '1i Necesita: adivinación'
  judge "$tmp/chaffs/lab1/caso.patch"
  fails
  shows 'no conozco la capacidad'
}

@test "sin la capacidad que necesita, no se juzga, y se dice" {
  chaff '1i Necesita: sock_diag'
  WITNESS_WITHOUT=sock_diag judge "$tmp/chaffs/lab1/caso.patch"
  succeeds
  shows 'sin juzgar'
  shows 'falta sock_diag'
}

@test "una respuesta correcta que no lo es, o que compila con avisos" {
  mkdir -p "$tmp/wheats/lab1"
  sed 's/fd == -1/fd <= 0/' solutions/lab1-socket/lab1.cpp >"$tmp/wheats/lab1/caso.cpp"
  judge "$tmp/wheats/lab1/caso.cpp"
  fails
  shows 'la prueba 5 no tenía que fallar'
  sed 's/fd == -1/fd == -1L \&\& true/; s/int domain/int domain, int spare = 0/' solutions/lab1-socket/lab1.cpp >"$tmp/wheats/lab1/caso.cpp"
  judge "$tmp/wheats/lab1/caso.cpp"
  fails
  shows 'unused parameter'
}

@test "una cifra que falta es un fallo" {
  run tests/grade_graders.py figures --results "$tmp/nada"
  fails
  shows 'lab1.solution: no se ha juzgado'
}

@test "un veredicto que cambia de una vez a otra se cuenta, y quedan los dos informes" {
  mkdir -p "$tmp/chaffs/lab1"
  sed 's/if (fd == -1)/if (fd == -1 || ::getpid() % 2 == 0)/' solutions/lab1-socket/lab1.cpp >"$tmp/lab1.cpp"
  {
    printf 'Error: depende del número de proceso.\nPrueba: 1\nDiagnóstico: uno cualquiera, da igual\n'
    diff -u --label a/lab1.cpp --label b/lab1.cpp solutions/lab1-socket/lab1.cpp "$tmp/lab1.cpp"
  } >"$tmp/chaffs/lab1/caprichoso.patch" || true
  run tests/grade_graders.py flakes --results "$tmp/flakes" 30 "$tmp/chaffs/lab1/caprichoso.patch"
  fails
  shows 'no dice lo mismo que la primera'
  shows '1 cambian de veredicto'
  [ "$(find "$tmp/flakes" -name '*.json' | wc -l)" -eq 2 ]
}

@test "lo que ocupa la máquina no sobrevive a Ctrl-C" {
  mkfifo "$tmp/interrupt"
  { until [ -e "$tmp/flakes/lab1.solution.1.json" ]; do :; done; echo >"$tmp/interrupt"; } &
  run python3 tests/end_to_end/leaves_nothing.py --interrupt "$tmp/interrupt" \
    tests/grade_graders.py flakes --results "$tmp/flakes" 1000 lab1.solution
  fails
  hides 'sigue vivo'
}

@test "lo que ocupa la máquina no sobrevive a quien lo arrancó, aunque muera de golpe" {
  tests/grade_graders.py flakes --results "$tmp/flakes" 1000 lab1.solution &>/dev/null &
  local parent=$! children
  until [ -e "$tmp/flakes/lab1.solution.1.json" ]; do kill -0 "$parent"; done
  children=$(pgrep -P "$parent" | paste -sd ,)
  kill -KILL "$parent"
  wait "$parent" || true
  until ! ps -p "$children" -o args= | grep -q grade_graders; do :; done
}
