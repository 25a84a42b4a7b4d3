#!/usr/bin/env bats
# El autocalificador, como lo usa quien da clase: la clase de ejemplo, lo que está mal escrito, Ctrl-C y la política.
load helpers

bats_require_minimum_version 1.5.0

setup_file() {
  unset SUBMISSIONS LABS JOBS OUT FORMATS POLICY SEED REGRADE WORKSHEET ISOLATION
}

# marks CLASE: «estudiante lab puntos», uno en cada línea.
marks() {
  python3 -c '
import json, sys
for student in json.load(open(sys.argv[1]))["students"]:
    for lab in student["labs"]:
        print(student["name"], lab["lab"], lab["state"], format(lab["points"], "g"))' "$1"
}

# Con la carpeta de la prueba cerrada a los demás usuarios, root no podría ejecutar en ella las entregas.
open_folder() { chmod 755 "$tmp"; }

@test "la clase de ejemplo: las notas que corresponden, y la segunda vez no se evalúa nada" {
  open_folder
  run make autograder LABS=1-2 OUT="$tmp/out"
  succeeds
  shows '6 estudiantes, 2 laboratorios, 12 entregas'
  shows "Informe: $tmp/out"
  [ "$(marks "$tmp/out/class.json")" = 'Ana García 1 graded 100
Ana García 2 graded 100
Bruno Pérez 1 graded 90
Bruno Pérez 2 graded 0
Carla 1 graded 100
Carla 2 graded 100
Darío 1 graded 90
Darío 2 graded 0
Elena 1 not_compiled 0
Elena 2 graded 0
Fermín 1 graded 0
Fermín 2 not_compiled 0' ] || fails_because "$(marks "$tmp/out/class.json")"
  run python3 -c 'import json, sys; print(*((each["first"], each["second"]) for each in json.load(open(sys.argv[1]))["alike"]))' "$tmp/out/class.json"
  [ "$output" = "('Ana García', 'Carla')" ] || fails_because 'las parejas que se parecen'

  run make autograder LABS=1-2 OUT="$tmp/out"
  succeeds
  shows 'evaluados ahora: 0'

  cat >"$tmp/política.json" <<'END'
{"deadlines": {"1": "2026-10-01T23:59+02:00"}, "penalty": {"percent": 10, "per": "day"}}
END
  run make autograder LABS=1 OUT="$tmp/out" POLICY="$tmp/política.json"
  succeeds
  shows 'evaluados ahora: 0'
}

@test "lo que está mal escrito: una línea que dice qué se esperaba" {
  echo '{"plazo": 1}' >"$tmp/política.json"
  wrong() {
    run make autograder OUT="$tmp/out" "$1"
    fails
    shows "$2"
    shows_one_line
    [ ! -e "$tmp/out/class.json" ]
  }
  wrong SUBMISSIONS="$tmp/no hay nada" "$tmp/no hay nada"
  wrong LABS=99 'no existe lab99'
  wrong LABS=uno 'LABS=1-3,5'
  wrong JOBS=0 'JOBS='
  wrong JOBS='2; id' 'JOBS='
  wrong FORMATS=pdf 'html'
  wrong POLICY="$tmp/política.json" '«plazo»'
  wrong POLICY="$tmp/no está.json" 'no está.json'
  wrong SEED=-1 'SEED='
  wrong ISOLATION=ninguno 'ISOLATION='
  mkdir "$tmp/vacía"
  wrong SUBMISSIONS="$tmp/vacía" "$tmp/vacía"
  : >"$tmp/archivo"
  run make autograder OUT="$tmp/archivo/out"
  fails
  shows 'OUT='
  shows_one_line
}

@test "Ctrl-C: se para enseguida, dice cómo seguir y no deja nada en marcha" {
  open_folder
  mkdir -p "$tmp/clase/ana"
  # El compilador tarda lo bastante como para que Ctrl-C lo encuentre trabajando, y tiene su propio límite.
  cat >"$tmp/clase/ana/lab1.cpp" <<'END'
#include "lab1.hpp"
constexpr int spin(int n) { int sum = 0; for (int i = 0; i < n; ++i) sum += i % 3; return sum; }
template <int N> struct Slow { static constexpr int value = spin(200000 + N) + Slow<N - 1>::value; };
template <> struct Slow<0> { static constexpr int value = 0; };
int lab1::create_socket(int, int) { return Slow<800>::value; }
void lab1::close_socket(int) {}
END
  mkfifo "$tmp/fifo"
  # Quien lee lo que dice no muere con Ctrl-C, y en cuanto lee que ha empezado, lo pulsa.
  # shellcheck disable=SC2016  # es el shell de dentro quien sustituye
  run python3 tests/end_to_end/leaves_nothing.py --interrupt "$tmp/fifo" bash -c '
    build/bin/autograder grade "$1/clase" --labs 1 --out "$1/out" > >(trap "" INT; read -r line; echo "$line"; echo >"$1/fifo"; cat)
    status=$?; wait; exit $status' - "$tmp"
  hides 'sigue vivo'
  shows 'Evalúo 1 archivo'
  shows 'Quedan por evaluar 1 archivo'
  shows 'repite la orden'
}

@test "muerto con kill -9 y continuado, las mismas notas" {
  run python3 tests/autograder/same_marks.py kill --students 5 --labs 1 --kills 2
  succeeds
  shows 'las mismas'
}
