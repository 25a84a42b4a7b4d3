#!/usr/bin/env bats
# Las órdenes de make: qué dicen, y cómo llegan las variables a los evaluadores. Los evaluadores son de mentira.
load helpers

@test "make a secas explica cada orden y cada variable" {
  run make
  succeeds
  for word in lab1 run-lab1 hint-lab1 watch-lab1 trace-lab1 solution-lab1 progress FORCE=1 dist SOLUTIONS= test lint format bench docs doctor setup setup-all clean SRC= TEST= REPORT= PROGRAM= '{port}'; do
    shows "$word"
  done
  for lab in $(labs); do shows "$lab"; done
  [ "$output" = "$(make help)" ]
}

@test "toda orden del Makefile está en la ayuda" {
  run make
  for target in $(sed -n -e 's/^\.PHONY: //p' -e 's/^for_the_whole_kit := //p' Makefile); do
    case $target in help | FORCE | *for_the_whole_kit* | *packages*) continue ;; esac
    shows "make $target "
  done
  for target in $(sed -n 's/^\([a-z-]*lab\)%:.*/\1/p' Makefile); do shows "make ${target}1 "; done
}

@test "una orden que no existe: una línea que remite a la ayuda" {
  run make lba1
  fails
  shows '«lba1»'
  shows '«make»'
  shows_one_line
}

@test "un laboratorio que no existe: una línea que dice cuáles hay" {
  for order in lab99 run-lab99 hint-lab99 watch-lab99 trace-lab99 solution-lab99 labs; do
    run make "$order"
    fails
    shows "No existe ${order##*-}"
    for lab in $(labs); do shows "$lab"; done
    shows_one_line
  done
}

@test "si no se dice nada se evalúa la carpeta labs" {
  fake_kit
  run make -C "$kit" --no-print-directory lab2
  succeeds
  [ "$output" = $'lab2_grader\n--submission=labs' ] || fails_because 'sobra o falta algo'
}

@test "las variables llegan enteras, con espacios, comillas y signos de dólar" {
  fake_kit
  run make -C "$kit" --no-print-directory lab1 SRC="mi carpeta/d'Ana \"x\"" TEST=2 REPORT='mis notas.json' \
    PROGRAM="sh -c 'exec ./a \"\$PORT\" \$(id) {port}; #'"
  succeeds
  [ "$output" = "lab1_grader
--submission=mi carpeta/d'Ana \"x\"
--test=2
--report=mis notas.json
--command=sh -c 'exec ./a \"\$PORT\" \$(id) {port}; #'" ] || fails_because 'algo llegó cambiado'
}

@test "las variables también pueden venir del entorno" {
  fake_kit
  SRC='otra carpeta' run make -C "$kit" --no-print-directory lab1
  succeeds
  shows '--submission=otra carpeta'
}

@test "si el evaluador encuentra fallos, make termina mal y solo añade su propia línea" {
  fake_kit
  FAKE_STATUS=1 run make -C "$kit" --no-print-directory lab1
  fails
  [ "${#lines[@]}" -eq 3 ] || fails_because 'hay líneas de más'
}

@test "una carpeta llamada lab1 no confunde a make" {
  fake_kit
  mkdir "$kit/lab1" "$kit/progress"
  run make -C "$kit" --no-print-directory lab1
  succeeds
  shows lab1_grader
  run make -C "$kit" --no-print-directory progress
  [ "$output" = $'learner\nprogress' ] || fails_because 'progress'
}

@test "las órdenes que piden ayuda dicen de qué laboratorio, y con SRC, de qué carpeta" {
  fake_kit
  run make -C "$kit" --no-print-directory hint-lab2
  [ "$output" = $'learner\nhint\n2' ] || fails_because 'la pista'
  run make -C "$kit" --no-print-directory trace-lab1
  [ "$output" = $'learner\ntrace\n1\n--submission=labs' ] || fails_because 'las llamadas, sin SRC'
  run make -C "$kit" --no-print-directory trace-lab1 SRC='mi carpeta'
  [ "$output" = $'learner\ntrace\n1\n--submission=mi carpeta' ] || fails_because 'las llamadas, con SRC'
}

@test "la demostración usa las soluciones; si no están, los esqueletos; y con SRC, lo que se diga" {
  fake_kit
  run make -C "$kit" --no-print-directory run-lab2
  [ "$output" = $'demo\n2\n--submission=solutions' ] || fails_because 'sin SRC, con soluciones'
  rm -r "$kit"/solutions/lab2-*
  run make -C "$kit" --no-print-directory run-lab2
  [ "$output" = $'demo\n2\n--submission=labs' ] || fails_because 'sin SRC, sin esa solución'
  run make -C "$kit" --no-print-directory run-lab2 SRC='mi carpeta'
  [ "$output" = $'demo\n2\n--submission=mi carpeta' ] || fails_because 'con SRC'
}

@test "make clean borra lo construido y nada más" {
  fake_kit
  mkdir "$kit/.progress"
  run make -C "$kit" --no-print-directory clean
  succeeds
  [ ! -e "$kit/build" ]
  [ -d "$kit/labs/lab1-socket" ]
  [ -d "$kit/.progress" ]
  run make -C "$kit" --no-print-directory clean
  succeeds
}
