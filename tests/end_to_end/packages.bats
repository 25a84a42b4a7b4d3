#!/usr/bin/env bats
# Los paquetes para otras plataformas: qué llevan, y que en las carpetas de cada una su orden deja el resultado en su sitio.
# Cada prueba es un proceso: lo que exporta es solo para ella.
# shellcheck disable=SC2030,SC2031
load helpers

# unpack PLATAFORMA CARPETA: hace su paquete, con LABS si lo hay, y lo descomprime como lo haría ella.
unpack() {
  chmod 755 "$tmp"
  scaffolding/autograder/package.sh "$1"
  mkdir -p "$2"
  case $1 in
    gradescope | vpl) (cd "$2" && unzip -q "$root/build/packages/$1.zip") ;;
    *) tar -xf "build/packages/$1.tar" -C "$2" ;;
  esac
}

# Un autocalificador de mentira: escribe sus argumentos, la entrega que recibe y un resultado fijo.
stand_in() {
  mkdir -p "$tmp/seen"
  chmod 777 "$tmp/seen"
  cat >"$tmp/autograder" <<END
#!/bin/bash
printf '%s\n' "\$@" >'$tmp/seen/arguments'
id -u >'$tmp/seen/user'
printf '%s/%s\n' "\$VPL_GRADEMIN" "\$VPL_GRADEMAX" >'$tmp/seen/grades'
(cd "\$2" && find . -type f | LC_ALL=C sort) >'$tmp/seen/files'
while [ \$# -gt 0 ]; do
  case \$1 in --out) out=\$2 ;; --formats) format=\$2 ;; esac
  shift
done
[ ! -e '$tmp/broken' ] || exit 2
mkdir -p "\$out/\$format"
printf 'salida del evaluador\n'
printf 'el resultado\n' >"\$out/\$format/entrega.json"
END
  chmod +x "$tmp/autograder"
  export AUTOGRADER=$tmp/autograder
}

seen() {
  [ "$(cat "$tmp/seen/$1")" = "$2" ] || fails_because "$1:" "$(cat "$tmp/seen/$1")" 'y se esperaba:' "$2"
}

@test "ningún paquete lleva soluciones ni lo que prueba al kit, y todos llevan los evaluadores y el autocalificador" {
  local platform kit
  for platform in gradescope autolab vpl prairielearn; do
    unpack "$platform" "$tmp/$platform"
    kit=$tmp/$platform/laboratorios
    if [ -f "$tmp/$platform/autograde.tar" ]; then tar -xf "$tmp/$platform/autograde.tar" -C "$tmp/$platform"; fi
    if [ -f "$kit.tar" ]; then tar -xf "$kit.tar" -C "$tmp/$platform"; fi
    [ -f "$kit/tests/lab1_test.cpp" ] || fails_because "$platform: falta el evaluador"
    [ -f "$kit/labs/lab1-socket/rubric.json" ] || fails_because "$platform: falta la rúbrica"
    [ -f "$kit/scaffolding/autograder/outputs.cpp" ] || fails_because "$platform: falta el autocalificador"
    [ -x "$kit/scaffolding/autograder/packages/grade_one.sh" ] || fails_because "$platform: falta su orden"
    run find "$kit" -path '*solutions*' -o -path '*wheats*' -o -path '*chaffs*' -o -path '*/build'
    [ -z "$output" ] || fails_because "$platform: sobra"
  done
}

@test "Gradescope: run_autograder deja results.json, y no evalúa como root" {
  stand_in
  unpack gradescope "$tmp/autograder-folder/source"
  export GRADESCOPE_FOLDER=$tmp/autograder-folder
  cp "$GRADESCOPE_FOLDER/source/run_autograder" "$GRADESCOPE_FOLDER/"
  mkdir -p "$GRADESCOPE_FOLDER/submission/mi entrega"
  echo 'int x;' >"$GRADESCOPE_FOLDER/submission/mi entrega/lab4.cpp"
  cd "$GRADESCOPE_FOLDER"
  run ./run_autograder
  succeeds
  [ "$(cat results/results.json)" = 'el resultado' ]
  seen files './entrega/mi entrega/lab4.cpp'
  [ "$(cat "$tmp/seen/user")" -ne 0 ] || fails_because 'se evaluó como root'
  grep -qxF gradescope "$tmp/seen/arguments"
  run cat "$tmp/seen/arguments"
  hides --labs
}

@test "Autolab: make imprime en su última línea lo que dejó el adaptador; la entrega es solo lo que se entregó" {
  stand_in
  LABS=4 unpack autolab "$tmp/autolab"
  cd "$tmp/autolab"
  mv autograde-Makefile Makefile
  rm Dockerfile
  echo 'int x;' >lab4.cpp
  run make --no-print-directory
  succeeds
  [ "${lines[-1]}" = 'el resultado' ] || fails_because 'no es la última línea'
  seen files './entrega/lab4.cpp'
  grep -A 1 -xF -- --labs "$tmp/seen/arguments" | grep -qxF 4
}

@test "VPL: vpl_evaluate.sh deja vpl_execution, que imprime solo el resultado, en la escala de la actividad" {
  stand_in
  unpack vpl "$tmp/vpl"
  cd "$tmp/vpl"
  echo 'int x;' >LAB4.CPP
  echo 'export VPL_GRADEMIN=0 VPL_GRADEMAX=10' >vpl_environment.sh
  run ./vpl_evaluate.sh
  succeeds
  [ -x vpl_execution ]
  unset VPL_GRADEMIN VPL_GRADEMAX
  ./vpl_execution >"$tmp/output" 2>/dev/null
  [ "$(cat "$tmp/output")" = 'el resultado' ]
  seen grades 0/10
  seen files './entrega/LAB4.CPP'
}

@test "VPL: si no se puede evaluar, no hay nota y se dice por qué" {
  stand_in
  touch "$tmp/broken"
  unpack vpl "$tmp/vpl"
  cd "$tmp/vpl"
  ./vpl_run.sh
  run ./vpl_execution
  fails
  shows 'Comment :=>>La evaluación no se pudo hacer'
  shows 'El autocalificador no terminó bien'
  hides 'Grade :=>>'
}

@test "PrairieLearn: la orden de info.json está en la imagen y deja results.json en una carpeta que crea" {
  stand_in
  unpack prairielearn "$tmp/image"
  export PRAIRIELEARN_FOLDER=$tmp/grade
  mkdir -p "$PRAIRIELEARN_FOLDER/student"
  echo 'int x;' >"$PRAIRIELEARN_FOLDER/student/lab1.cpp"
  local entry
  entry=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["externalGradingOptions"]["entrypoint"])' "$tmp/image/info.json")
  grep -qF "COPY laboratorios ${entry%%/scaffolding*}" "$tmp/image/Dockerfile"
  run "$tmp/image/laboratorios/${entry#/opt/laboratorios/}"
  succeeds
  [ "$(cat "$PRAIRIELEARN_FOLDER/results/results.json")" = 'el resultado' ]
}

@test "el aislamiento es el entero donde se puede, y si no, el débil" {
  stand_in
  chmod 755 "$tmp"
  mkdir "$tmp/entrega" "$tmp/bin"
  chmod 755 "$tmp/bin"
  fake bwrap <<<'exit 1'
  PATH=$tmp/bin:$PATH run scaffolding/autograder/packages/grade_one.sh "$tmp/entrega" vpl "$tmp/result"
  succeeds
  grep -A 1 -xF -- --isolation "$tmp/seen/arguments" | grep -qxF weak
  fake bwrap <<<'exit 0'
  PATH=$tmp/bin:$PATH run scaffolding/autograder/packages/grade_one.sh "$tmp/entrega" vpl "$tmp/result"
  grep -A 1 -xF -- --isolation "$tmp/seen/arguments" | grep -qxF full
}

@test "si el autocalificador falla, no queda un resultado a medias" {
  stand_in
  chmod 755 "$tmp"
  touch "$tmp/broken"
  mkdir "$tmp/entrega"
  run scaffolding/autograder/packages/grade_one.sh "$tmp/entrega" vpl "$tmp/result"
  fails
  shows 'El autocalificador no terminó bien'
  [ ! -e "$tmp/result" ]
}

@test "un esqueleto resuelto no viaja: se dice cuál es y no hay paquete" {
  kit=$tmp/kit
  mkdir -p "$kit"/{scaffolding/autograder,labs/lab1-socket}
  cp scaffolding/autograder/package.sh "$kit/scaffolding/autograder"
  cp solutions/lab1-*/lab1.cpp "$kit/labs/lab1-socket"
  run "$kit/scaffolding/autograder/package.sh" vpl
  [ "$status" -eq 2 ]
  shows 'labs/lab1-socket/lab1.cpp está resuelto'
  shows_one_line
  [ ! -e "$kit/build" ]
}

@test "un paquete o un LABS que no se entienden: una línea" {
  local order
  for order in canvas '' ../x; do
    run scaffolding/autograder/package.sh "$order"
    [ "$status" -eq 2 ] || fails_because "$order"
    shows_one_line
  done
  LABS='4; rm' run scaffolding/autograder/package.sh vpl
  [ "$status" -eq 2 ]
  shows 'No entiendo LABS=4; rm'
  shows_one_line
}

# Con el autocalificador de verdad, donde esté construido: la solución del laboratorio 1, entera.
@test "Gradescope, de verdad: la solución del laboratorio 1 obtiene todos sus puntos" {
  [ -x build/bin/autograder ] || skip 'falta build/bin/autograder'
  LABS=1 unpack gradescope "$tmp/autograder-folder/source"
  export GRADESCOPE_FOLDER=$tmp/autograder-folder KIT=$root
  mkdir "$GRADESCOPE_FOLDER/submission"
  cp solutions/lab1-*/lab1.cpp "$GRADESCOPE_FOLDER/submission"
  run "$GRADESCOPE_FOLDER/source/run_autograder"
  succeeds
  python3 - "$GRADESCOPE_FOLDER/results/results.json" <<'END'
import json
import sys

results = json.load(open(sys.argv[1]))
assert results["score"] == sum(test["max_score"] for test in results["tests"]) > 0, results
assert all(test.get("status", "passed") == "passed" for test in results["tests"]), results
END
}
