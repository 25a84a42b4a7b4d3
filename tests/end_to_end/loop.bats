#!/usr/bin/env bats
# Lo que acompaña al estudiante mientras trabaja: pistas, vigilancia, progreso, llamadas al sistema y solución.
load helpers

# kept LAB [ESTADO…]: deja guardada una evaluación de ese laboratorio, con una prueba por estado.
kept() {
  mkdir -p "$PROGRESS_FOLDER"
  python3 - "$@" >"$PROGRESS_FOLDER/$1.json" <<'END'
import json
import sys

tests = [{"id": i, "status": status, "reason": "el archivo no compila" if status == "error" else "", "pending": 0, "place": ""}
         for i, status in enumerate(sys.argv[2:], 1)]
print(json.dumps({"points": 35, "max_points": 100, "best": 60, "passed": "", "tests": tests, "hints": []}))
END
}

#
# Las pistas
#
@test "pista de un laboratorio sin evaluar: una línea que dice qué escribir" {
  run make hint-lab1
  fails
  shows '«make lab1»'
  shows_one_line
}

@test "tras evaluar un esqueleto, la pista dice el TODO pendiente, su paso de la guía y, cada vez, algo más" {
  run make lab1
  shows '¿Atascado? make hint-lab1'
  run make hint-lab1
  succeeds
  shows '✗ 1 el socket es del dominio'
  [[ $output =~ pendiente\ +TODO\(1\)\ en\ labs/lab1-socket/lab1.cpp:[0-9]+ ]] || fails_because 'tenía que decir qué falta'
  [[ $output =~ paso\ 1\ de\ la\ guía,\ (labs/lab1-socket/GUIA.md):([0-9]+) ]] || fails_because 'tenía que decir el paso'
  [[ $(sed -n "${BASH_REMATCH[2]}p" "${BASH_REMATCH[1]}") == '### Paso 1.'* ]]
  local next
  for next in 2 3 4; do
    shows "pista $((next - 1)) de 4"
    hides "pista $next de 4"
    run make hint-lab1
    succeeds
  done
  shows '::socket('
  hides 'No hay más pistas'
  run make hint-lab1
  succeeds
  shows 'pista 4 de 4'
  shows 'No hay más pistas. Vuelve al paso 1 de la guía'
}

@test "las pistas son de la última evaluación, aunque fuera de una sola prueba" {
  run make lab1
  run make lab1 TEST=7
  run make hint-lab1
  succeeds
  shows '✗ 7 '
  shows 'paso 3 de la guía'
}

@test "cada prueba lleva su cuenta" {
  kept lab1 passed failed failed
  run make hint-lab1
  shows '✗ 2 '
  shows 'pista 1 de 4'
  run make hint-lab1
  shows 'pista 2 de 4'
  sed -i 's/"status": "failed"/"status": "passed"/' "$PROGRESS_FOLDER/lab1.json"
  sed -i '/"id": 3/,/status/s/passed/failed/' "$PROGRESS_FOLDER/lab1.json"
  run make hint-lab1
  shows '✗ 3 '
  shows 'pista 1 de 4'
  hides 'pista 2 de 4'
  sed -i '/"id": 2/,/status/s/passed/failed/' "$PROGRESS_FOLDER/lab1.json"
  run make hint-lab1
  shows '✗ 2 '
  shows 'pista 3 de 4'
}

@test "si no falló nada se dice, y si no compila o no se evaluó todo, también" {
  kept lab1 passed passed passed passed passed passed passed passed
  run make hint-lab1
  succeeds
  shows 'no falló ninguna prueba'
  kept lab1 passed
  run make hint-lab1
  succeeds
  shows 'no fue entera'
  kept lab1 error error
  run make hint-lab1
  succeeds
  shows 'el archivo no compila'
}

@test "si lo guardado está estropeado, una línea que dice qué hacer; evaluar lo arregla" {
  mkdir "$PROGRESS_FOLDER"
  local broken
  for broken in '' '{' '[]' '{"tests": 3}' '{"points": "muchos"}'; do
    printf '%s' "$broken" >"$PROGRESS_FOLDER/lab1.json"
    run make hint-lab1
    fails
    shows "$PROGRESS_FOLDER/lab1.json"
    shows '«make lab1»'
    shows_one_line
  done
  run make lab1
  run make hint-lab1
  succeeds
}

@test "otra entrega no cambia las pistas ni el progreso" {
  run make lab1 SRC=solutions
  succeeds
  hides '¿Atascado?'
  [ ! -e "$PROGRESS_FOLDER" ]
  mkdir "$tmp/entrega"
  sed 's/, 0);/, 5);/' solutions/lab1-*/lab1.cpp >"$tmp/entrega/lab1.cpp"
  run make lab1 SRC="$tmp/entrega"
  fails
  hides '¿Atascado?'
  [ ! -e "$PROGRESS_FOLDER" ]
}

@test "si el progreso no se puede guardar se dice, y la evaluación vale igual" {
  PROGRESS_FOLDER=/proc/no/se/puede run make lab1 TEST=1
  shows 'no se pudo guardar el progreso'
  shows 'Puntos: 0/20'
}

#
# El progreso
#
@test "el progreso enseña todos los laboratorios, aunque no se haya evaluado ninguno" {
  run make progress
  succeeds
  for lab in $(labs); do
    [[ $output =~ $lab\ ·\ .*–\ +–\ +make\ $lab ]] || fails_because "falta $lab"
  done
  [ ! -e "$PROGRESS_FOLDER" ]
}

@test "el progreso dice los últimos puntos, los mejores y el siguiente paso" {
  kept lab1 passed failed
  run make progress
  succeeds
  [[ $output =~ lab1\ .*\ 35/100\ +60\ +TODO\(1\)\ en\ labs/lab1-socket/lab1.cpp:[0-9]+ ]] || fails_because 'la fila de lab1'
  run make lab1
  run make lab1 TEST=1
  run make progress
  [[ $output =~ lab1\ .*\ 0/100\ +60\ +TODO ]] || fails_because 'los mejores puntos se conservan, y una sola prueba no los cambia'
}

@test "si lo guardado de un laboratorio está estropeado, los demás se ven" {
  kept lab1 failed
  echo '{' >"$PROGRESS_FOLDER/lab2.json"
  run make progress
  succeeds
  shows '35/100'
  [[ $output =~ lab2\ ·.*no\ se\ entiende ]] || fails_because 'la fila de lab2'
}

#
# La vigilancia
#
# watch: empieza a vigilar $tmp/entrega. Lo que se ve llega por el descriptor 7; escribir en $tmp/stop es pulsar Ctrl-C.
watch() {
  mkfifo "$tmp/stop" "$tmp/screen"
  python3 tests/end_to_end/leaves_nothing.py --interrupt "$tmp/stop" make watch-lab1 SRC="$tmp/entrega" >"$tmp/screen" 2>&1 3>&- &
  watcher=$!
  exec 7<"$tmp/screen"
  output=''
}

# sees TEXTO: espera a verlo en una línea.
sees() {
  local line
  while IFS= read -r line <&7; do
    output+=$line$'\n'
    [[ $line != *"$1"* ]] || return 0
  done
  fails_because "tenía que aparecer: $1"
}

# press_ctrl_c: y lee lo que quede.
press_ctrl_c() {
  echo >"$tmp/stop"
  output+=$(cat <&7)
  status=0
  wait "$watcher" || status=$?
  [ "$status" -ne 99 ] || fails_because 'quedó algo vivo'
  hides 'sigue vivo'
}

@test "vigilar evalúa al guardar de cualquier manera, y no cuando no se guarda; Ctrl-C no deja nada" {
  mkdir "$tmp/entrega"
  echo '#error uno' >"$tmp/entrega/lab1.cpp"
  watch
  sees 'error uno'
  sees 'no compila'
  sees 'Espero a que guardes'

  echo 'no es del laboratorio' >"$tmp/entrega/notas.txt"
  cp "$tmp/entrega/lab1.cpp" "$tmp/entrega/lab1.cpp~"
  echo '#error dos' >"$tmp/entrega/lab1.cpp"
  sees 'error dos'
  sees 'Espero a que guardes'

  # Como los editores: se escribe en otro archivo y se le cambia el nombre.
  echo '#error tres' >"$tmp/entrega/4913"
  mv "$tmp/entrega/4913" "$tmp/entrega/lab1.cpp"
  sees 'error tres'
  sees 'Espero a que guardes'

  # Desaparece y vuelve.
  mv "$tmp/entrega/lab1.cpp" "$tmp/fuera.cpp"
  echo '#error cuatro' >"$tmp/fuera.cpp"
  mv "$tmp/fuera.cpp" "$tmp/entrega/lab1.cpp"
  sees 'error cuatro'
  sees 'Espero a que guardes'

  press_ctrl_c
  [ "$(grep -c 'Espero a que guardes' <<<"$output")" -eq 4 ] || fails_because 'cada vez que se guarda se evalúa una vez'
  hides $'\e'
}

@test "lo que se guarda durante una evaluación también se evalúa, y Ctrl-C en medio de otra no deja nada" {
  mkdir "$tmp/entrega"
  mkfifo "$tmp/empezado"
  cat >"$tmp/entrega/lab1.cpp" <<END
#include "lab1.hpp"

#include <fcntl.h>
#include <unistd.h>

int lab1::create_socket(int, int) {
  const int fifo = ::open("$tmp/empezado", O_WRONLY);
  if (::write(fifo, "1\n", 2) == 2) ::close(fifo);
  for (volatile int i = 0;; i = i + 1) {}
}

void lab1::close_socket(int) {}
END
  cp "$tmp/entrega/lab1.cpp" "$tmp/cuelga.cpp"
  watch
  read -r _ <"$tmp/empezado"
  echo '#error mientras tanto' >"$tmp/entrega/lab1.cpp"
  sees 'Espero a que guardes'
  sees 'error mientras tanto'
  sees 'Espero a que guardes'
  cp "$tmp/cuelga.cpp" "$tmp/entrega/lab1.cpp"
  read -r _ <"$tmp/empezado"
  press_ctrl_c
}

@test "si desaparece la carpeta, la vigilancia termina y lo dice" {
  mkdir "$tmp/entrega"
  echo '#error uno' >"$tmp/entrega/lab1.cpp"
  watch
  sees 'Espero a que guardes'
  rm -r "$tmp/entrega"
  sees 'ya no está'
  press_ctrl_c
}

@test "en una terminal la pantalla se borra antes de cada evaluación" {
  mkdir "$tmp/entrega"
  echo '#error uno' >"$tmp/entrega/lab1.cpp"
  run python3 - make watch-lab1 SRC="$tmp/entrega" <<'END'
import os
import pty
import signal
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
interrupted = False
while True:
    try:
        block = os.read(terminal, 4096)
    except OSError:
        break
    seen += block
    if "Espero a que guardes".encode() in seen and not interrupted:
        interrupted = True
        os.write(terminal, b"\x03")
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
END
  shows $'\e[H\e[2J'
  shows 'no compila'
}

@test "vigilar sin inotifywait, o una carpeta que no hay: una línea que lo dice" {
  path_without inotifywait
  PATH=$path run make watch-lab1
  fails
  shows 'inotify-tools'
  shows '«make setup»'
  shows_one_line
  run make watch-lab1 SRC="$tmp/nada"
  fails
  shows "$tmp/nada"
  shows_one_line
}

#
# Las llamadas al sistema
#
may_trace() { strace -o /dev/null true 2>/dev/null || skip 'aquí strace no puede mirar programas'; }

@test "las llamadas de cada solución, en una sesión entera, sin dejar nada" {
  may_trace
  local lab
  for lab in $(labs); do
    run python3 tests/end_to_end/leaves_nothing.py make "trace-$lab" SRC=solutions
    succeeds
    shows 'llamada(argumentos) = lo que devolvió el núcleo'
    shows '      socket(AF_INET, SOCK_STREAM'
    shows '"HELO'
    shows '200 BYE'
    shows '      close('
    hides 'La sesión se paró'
    hides '<TCP'
    hides '->'
    hides '/etc/'
    hides $'\e'
  done
}

@test "las de un esqueleto llegan hasta lo que está pendiente" {
  may_trace
  local lab
  for lab in $(labs); do
    run make "trace-$lab"
    fails
    [[ $output =~ La\ sesión\ se\ paró\ aquí\.\ Pendiente:\ TODO\([0-9]+\)\ en\ labs/ ]] || fails_because 'tenía que decir qué falta'
  done
}

@test "las de un programa que se equivoca enseñan el error y lo que se esperaba" {
  may_trace
  mkdir "$tmp/entrega"
  sed 's/, 0);/, 5);/' solutions/lab1-*/lab1.cpp >"$tmp/entrega/lab1.cpp"
  run make trace-lab1 SRC="$tmp/entrega"
  fails
  shows '= -1 EPROTONOSUPPORT'
  shows 'La sesión se paró aquí. Se esperaba'
}

@test "Ctrl-C mientras se miran las llamadas no deja nada" {
  may_trace
  mkdir "$tmp/entrega"
  mkfifo "$tmp/empezado"
  cat >"$tmp/entrega/lab1.cpp" <<END
#include "lab1.hpp"

#include <fcntl.h>
#include <unistd.h>

int lab1::create_socket(int, int) {
  const int fifo = ::open("$tmp/empezado", O_WRONLY);
  if (::write(fifo, "1", 1) == 1) ::close(fifo);
  for (volatile int i = 0;; i = i + 1) {}
}

void lab1::close_socket(int) {}
END
  run python3 tests/end_to_end/leaves_nothing.py --interrupt "$tmp/empezado" make trace-lab1 SRC="$tmp/entrega"
  fails
  hides 'sigue vivo'
}

@test "sin strace, o si no se le permite: una línea que dice qué hacer" {
  path_without strace
  PATH=$path run make trace-lab1
  fails
  shows 'falta strace'
  shows '«make setup»'
  shows_one_line
  fake strace <<<'echo "strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted" >&2; exit 1'
  PATH=$path run make trace-lab1
  fails
  shows 'Operation not permitted'
  shows '«make doctor»'
  shows_one_line
}

#
# La solución
#
@test "la solución no se enseña hasta que pasan todas las pruebas, salvo con FORCE=1" {
  run make solution-lab1
  fails
  shows 'Puntos: 0/100'
  shows 'make solution-lab1 FORCE=1'
  hides '+++'
  run make solution-lab1 FORCE=1
  succeeds
  hides 'Puntos'
  shows '-  const int fd = kit::pending(1, domain, type);'
  shows '+  const int fd = ::socket('
  hides $'\e'
}

@test "la evaluación guardada vale mientras el archivo no cambie" {
  local own print
  own=$(echo labs/lab1-*/lab1.cpp)
  print=$(python3 -c '
import sys
value = 0xcbf29ce484222325
for byte in open(sys.argv[1], "rb").read():
    value = (value ^ byte) * 0x100000001b3 % 2**64
print(value)' "$own")
  kept lab1 passed
  sed -i "s/\"passed\": \"\"/\"passed\": \"$print\"/" "$PROGRESS_FOLDER/lab1.json"
  run make solution-lab1
  succeeds
  hides 'Puntos'
  shows '+  const int fd = ::socket('
  sed -i 's/"passed": "[0-9]*"/"passed": "1"/' "$PROGRESS_FOLDER/lab1.json"
  run make solution-lab1
  shows 'Puntos'
}

@test "una entrega que pasa todas las pruebas se compara con la solución" {
  mkdir "$tmp/entrega"
  { cat solutions/lab1-*/lab1.cpp; echo '// mía'; } >"$tmp/entrega/lab1.cpp"
  run make solution-lab1 SRC="$tmp/entrega"
  succeeds
  shows 'Puntos: 100/100'
  shows '-// mía'
  run make solution-lab1 SRC=solutions FORCE=1
  succeeds
  shows 'Tu archivo es igual que la solución.'
}

@test "si la copia del kit no trae las soluciones, una línea que lo dice" {
  fake_kit
  run make -C "$kit" --no-print-directory solution-lab1 FORCE=1
  fails
  shows 'no está en esta copia del kit'
  shows_one_line
}
