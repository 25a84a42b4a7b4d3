#!/usr/bin/env bats
# PROGRAM= con un servidor entero en otro lenguaje: se le juzga igual que al archivo en C++, y con la causa verdadera.
load helpers

server='python3 tests/scaffolding/programs/servidor.py {port}'

# fails_only TEST TEXTO FALTA: con esa falta en el servidor falla esa prueba, ninguna otra, y se dice por qué.
fails_only() {
  run make lab6 PROGRAM="$server $3"
  fails
  shows "✗ $1 "
  [ "$(grep -c '✗' <<<"$output")" -eq 1 ] || fails_because "solo tenía que fallar la prueba $1"
  shows "$2"
}

@test "un buen servidor en Python obtiene todos los puntos, escuche donde escuche y termine como termine" {
  local variant
  for variant in '' ' doble_pila' ' sin_manejador'; do
    run make lab6 PROGRAM="$server$variant"
    succeeds
    shows_full_marks
  done
  run make lab6 PROGRAM="cd 'tests/scaffolding' && python3 programs/servidor.py {port}"
  succeeds
  shows_full_marks
}

@test "una falta recibe la causa verdadera, y solo en la prueba que la busca" {
  fails_only 1 'no es el puerto que se le dio' otro_puerto
  fails_only 10 'max_line' sin_limite
  fails_only 6 'ya lo ha aceptado' concurrente
  fails_only 8 '400 BCMD' recuerda
  fails_only 14 'no se cierran' no_cierra
  fails_only 18 'SO_REUSEADDR' sin_reuseaddr
}

@test "un servidor que no sobrevive a un cliente, o que no termina con SIGTERM" {
  run make lab6 PROGRAM="$server un_error_es_el_fin"
  fails
  shows '✗ 11 '
  shows 'ConnectionResetError'
  run make lab6 PROGRAM="$server ignora_sigterm"
  fails
  shows '✗ 15 '
  shows 'tras SIGTERM sigue'
}

concurrent='python3 tests/scaffolding/programs/servidor_concurrente.py {port}'

@test "un buen servidor concurrente en Python obtiene todos los puntos, con procesos, con hilos, con hijos de antes o con eventos" {
  local shape
  for shape in procesos hilos hijos_de_antes eventos; do
    run make lab7 PROGRAM="$concurrent $shape"
    succeeds
    shows_full_marks
  done
}

@test "a un servidor concurrente se le ve la falta que es propia de su forma" {
  run make lab7 PROGRAM="$concurrent procesos zombis"
  fails
  shows '✗ 5 '
  shows 'waitpid()'
  [ "$(grep -c '✗' <<<"$output")" -eq 1 ] || fails_because 'solo tenía que fallar la prueba 5'
  run make lab7 PROGRAM="$concurrent procesos padre_conserva"
  fails
  shows_across_lines 'el padre tiene que cerrar la suya'
  run make lab7 PROGRAM="$concurrent procesos hijo_con_escucha"
  fails
  shows_across_lines 'el hijo tiene que cerrar el socket de escucha'
  run make lab7 PROGRAM="$concurrent hilos sin_reserva"
  fails
  shows_across_lines 'descriptor de reserva'
  run make lab7 PROGRAM="$concurrent hilos no_despierta"
  fails
  shows_across_lines 'no se entera de SIGTERM'
}

@test "un servidor iterativo no es concurrente, y se dice por qué" {
  run make lab7 PROGRAM="$server" TEST=1
  fails
  shows 'fork()'
}

@test "PROGRAM= sin el puerto: una línea que dice cuál falta" {
  run make lab6 PROGRAM='python3 servidor.py 5000'
  fails
  shows '{port}'
  shows_one_line
}
