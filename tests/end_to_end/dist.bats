#!/usr/bin/env bats
# make dist: el paquete que reciben los estudiantes. Qué lleva, y que en otra carpeta basta para hacer los laboratorios.
load helpers

# Un kit en git, igual que este. Su paquete se descomprime en una carpeta con un acento y espacios, y se construye una vez.
setup_file() {
  export whole=$BATS_FILE_TMPDIR/kit package="$BATS_FILE_TMPDIR/Prácticas de red/laboratorios"
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
  mkdir "$whole" "${package%/*}"
  tar -C "$BATS_TEST_DIRNAME/../.." --exclude=./build --exclude=./.git --exclude=./.progress -c . | tar -C "$whole" -x --no-same-owner
  git -C "$whole" init -q
  git -C "$whole" add -A
  commit "$whole"
  (
    unset "${!MAKE@}" MFLAGS SOLUTIONS CXX CXXFLAGS LDFLAGS
    make -C "$whole" dist
    tar -xf "$whole/build/dist/laboratorios.tar.gz" -C "${package%/*}"
    "$package/scaffolding/machine/build.sh" lab1 learner witness_probe
  )
}

commit() { git -C "$1" -c user.name=Ana -c user.email=ana@example.org commit -q -m "${2:-Todo}"; }

# own_kit: una copia de ese kit en la que se puede cambiar algo. En $kit.
own_kit() {
  kit=$tmp/kit
  git clone -q "$whole" "$kit"
}

dist() { run make -C "$kit" --no-print-directory dist "$@"; }
contents() { tar -tf "${1:-$kit}/build/dist/laboratorios.tar.gz"; }
packed() { tar -xOf "$kit/build/dist/laboratorios.tar.gz" "laboratorios/$1"; }

# En el paquete, como en una terminal abierta en su carpeta.
in_package() {
  cd "$package" || return
  run "$@"
  cd "$root" || return
}

solve_lab1() { cp "$1"/solutions/lab1-*/lab1.cpp "$1"/labs/lab1-*/; }

@test "el paquete lleva los laboratorios y lo que hace falta para hacerlos, en una sola carpeta" {
  contents "$whole" >"$tmp/contents"
  run grep -v '^laboratorios/' "$tmp/contents"
  [ -z "$output" ] || fails_because 'está fuera de la carpeta'
  local file
  cd "$whole"
  for file in labs/*/* tests/lab*_test.cpp Makefile CMakeLists.txt README.es.md LICENSE .devcontainer/* \
    scaffolding/{CMakeLists.txt,{protocol,programs,witness,grader,demo,learner}/*.?pp,cmake/*,machine/{packages.txt,{build,doctor,grade,setup,solution,watch}.sh}}; do
    grep -qxF "laboratorios/$file" "$tmp/contents" || fails_because "falta $file"
  done
}

@test "no lleva soluciones, ni lo que prueba el kit, ni nada que solo le sirva a quien lo mantiene" {
  run contents "$whole"
  [ "${#lines[@]}" -gt 100 ]
  local word
  for word in solutions wheats chaffs hidden attacks slides scaffolding/autograder end_to_end tests/scaffolding tests/CMakeLists bench \
    .ci .github .git/ clang-tidy shellcheckrc lint.sh dist.sh /build/ .progress .bats; do
    hides "$word"
  done
  run sed -n 's,^laboratorios/\([^/]*\).*,\1,p' <(contents "$whole" | sort -u)
  [ "$(sort -u <<<"$output" | xargs)" = '.clang-format .devcontainer .editorconfig .gitignore CMakeLists.txt LICENSE Makefile README.es.md labs scaffolding tests' ] ||
    fails_because 'no es lo que se esperaba en la primera carpeta'
  run grep '^laboratorios/tests/.' <(contents "$whole")
  [[ "$(grep -vc '/lab[0-9]*_test.cpp$' <<<"$output")" -eq 0 ]] || fails_because 'en tests/ solo van los evaluadores'
}

@test "lo que no está confirmado en git no viaja, y se avisa; un esqueleto resuelto, tampoco" {
  own_kit
  solve_lab1 "$kit"
  mkdir "$kit/.progress"
  echo '{}' >"$kit/.progress/lab1.json"
  echo 'mis notas' >"$kit/labs/lab1-socket/notas.txt"
  echo 'otra' >"$kit/labs/lab1-socket/lab1.cpp~"
  echo '#' >>"$kit/Makefile"
  dist
  succeeds
  shows 'labs/lab1-socket/lab1.cpp  (¿lo resolviste ahí?'
  shows 'labs/lab1-socket/notas.txt'
  shows '  Makefile'
  [ "$(contents)" = "$(contents "$whole")" ]
  [ "$(packed labs/lab1-socket/lab1.cpp)" = "$(cat "$whole/labs/lab1-socket/lab1.cpp")" ]
}

@test "cuando todo está confirmado no hay avisos" {
  own_kit
  dist
  succeeds
  shows 'build/dist/laboratorios.tar.gz'
  shows 'sin soluciones'
  shows_one_line
}

@test "un esqueleto que se confirmó resuelto viaja, pero se avisa" {
  own_kit
  solve_lab1 "$kit"
  git -C "$kit" add labs
  commit "$kit"
  dist
  succeeds
  shows 'lab1.cpp que va en el paquete, el paso 1 no está pendiente'
  hides 'lab2.cpp que'
}

@test "SOLUTIONS añade las soluciones pedidas y ninguna otra" {
  own_kit
  local asked
  for asked in 2:2 1-3:1,2,3 1,3:1,3 1-2,4:1,2,4 2,1-2:1,2; do
    dist SOLUTIONS="${asked%:*}"
    succeeds
    run contents
    [ "$(grep -o '/solutions/lab[0-9]*-[^/]*/lab[0-9]*\.cpp$' <<<"$output" | grep -o '[0-9]*\.cpp' | cut -d . -f 1 | paste -s -d ,)" = "${asked#*:}" ] ||
      fails_because "SOLUTIONS=${asked%:*}"
  done
  dist SOLUTIONS=
  shows 'sin soluciones'
}

@test "un SOLUTIONS equivocado: una línea, estado 2 y ningún paquete" {
  own_kit
  local wrong
  for wrong in todas 1- -1 3-1 ',' 1,,2 '1 2' 08 999 1-99 77 '$(id)' '*' lab1; do
    run "$kit/scaffolding/machine/dist.sh" <<<''
    rm "$kit/build/dist/laboratorios.tar.gz"
    SOLUTIONS=$wrong run "$kit/scaffolding/machine/dist.sh"
    [ "$status" -eq 2 ] || fails_because "SOLUTIONS=$wrong"
    shows "SOLUTIONS=$wrong"
    shows_one_line
    dist SOLUTIONS="${wrong//\$/\$\$}"
    [ "$status" -eq 2 ] || fails_because "make dist SOLUTIONS=$wrong"
    [ ! -e "$kit/build/dist/laboratorios.tar.gz" ]
  done
}

@test "de lo mismo sale siempre el mismo paquete" {
  own_kit
  find "$kit" -name '*.cpp' -exec touch {} +
  umask 077
  dist SOLUTIONS=
  cmp "$kit/build/dist/laboratorios.tar.gz" "$whole/build/dist/laboratorios.tar.gz"
}

@test "sin git viajan los mismos archivos, tal como están, y se avisa de los esqueletos resueltos" {
  own_kit
  rm -rf "$kit/.git"
  export GIT_CEILING_DIRECTORIES=$tmp
  mkdir "$kit/.progress"
  echo '{}' >"$kit/.progress/lab1.json"
  echo 'otra' >"$kit/labs/lab1-socket/lab1.cpp~"
  dist
  succeeds
  shows 'no está en git'
  hides 'está resuelto'
  [ "$(contents | sort)" = "$(contents "$whole" | grep -v '/$' | sort)" ] || fails_because 'no son los mismos archivos'
  cp "$kit/build/dist/laboratorios.tar.gz" "$tmp/first"
  umask 077
  cp -r "$kit" "$tmp/other"
  make -C "$tmp/other" dist
  cmp "$tmp/first" "$tmp/other/build/dist/laboratorios.tar.gz"
  solve_lab1 "$kit"
  dist SOLUTIONS=1
  succeeds
  shows 'el paso 1 no está pendiente: ¿está resuelto?'
  [ "$(contents | grep -c /solutions/)" -eq 1 ]
}

@test "si git no puede leer la copia, no se hace un paquete a ciegas" {
  own_kit
  rm "$kit/.git/HEAD"
  GIT_CEILING_DIRECTORIES=$tmp dist
  fails
  shows 'git no puede leer'
  shows_one_line
  [ ! -e "$kit/build/dist" ]
}

@test "en el paquete, el esqueleto está pendiente, y hay pistas y progreso" {
  in_package make lab1
  fails
  [[ $output =~ pendiente\ +TODO\(1\)\ en\ labs/lab1-socket/lab1.cpp:[0-9]+ ]] || fails_because 'tenía que decir qué falta'
  in_package make hint-lab1
  succeeds
  shows 'pista 1 de 4'
  in_package make progress
  succeeds
  shows '0/100'
}

@test "en el paquete, una entrega buena obtiene todos los puntos" {
  mkdir "$tmp/entrega"
  cp solutions/lab1-*/lab1.cpp "$tmp/entrega"
  in_package make lab1 SRC="$tmp/entrega"
  succeeds
  shows_full_marks
}

@test "en el paquete, make doctor no habla de probar el kit" {
  in_package make doctor
  succeeds
  hides 'make test'
  hides shellcheck
}

@test "el paquete no ofrece lo que no lleva, y si se pide lo dice en una línea" {
  in_package make
  succeeds
  local order
  for order in test lint format bench setup-all dist solution-lab1; do
    hides "make $order "
    in_package make "$order"
    fails
    case $order in solution-*) shows 'no está en esta copia del kit' ;; *) shows 'es del kit entero' ;; esac
    shows_one_line
    in_package make
  done
  for order in lab1 run-lab1 hint-lab1 watch-lab1 trace-lab1 progress doctor setup docs clean; do shows "make $order "; done
  hides solutions
}

@test "un paquete con soluciones ofrece compararlas, y las que faltan las pide" {
  own_kit
  dist SOLUTIONS=1
  tar -xf "$kit/build/dist/laboratorios.tar.gz" -C "$tmp"
  run make -C "$tmp/laboratorios"
  shows 'make solution-lab1 '
  run make -C "$tmp/laboratorios" solution-lab2
  fails
  shows 'La solución de lab2 no está en esta copia del kit'
}

# hidden_tests CARPETA: pone en ese kit las pruebas ocultas del ejemplo de tests/hidden/LEEME.md.
hidden_tests() {
  mkdir -p "$1/tests/hidden"
  sed -n '/^```cpp$/,/^```$/{/^```/!p}' tests/hidden/LEEME.md >"$1/tests/hidden/lab1_test.cpp"
  sed -n '/^```json$/,/^```$/{/^```/!p}' tests/hidden/LEEME.md >"$1/tests/hidden/lab1.json"
}

@test "las pruebas ocultas se hacen detrás de las del laboratorio, con sus puntos; su rúbrica se comprueba" {
  mkdir "$tmp/entrega"
  cp solutions/lab1-*/lab1.cpp "$tmp/entrega"
  hidden_tests "$package"
  in_package make lab1 SRC="$tmp/entrega" REPORT="$tmp/report.json"
  succeeds
  shows '✓ 9 atiende a tres clientes, uno tras otro'
  shows 'Puntos: 110/110'
  grep -q '"max_points": 110' "$tmp/report.json"
  in_package make lab1 SRC="$tmp/entrega" TEST=9
  succeeds
  shows 'Puntos: 10/10'
  in_package make lab1
  shows '– 9 '
  shows 'depende de la prueba 8'

  sed -i 's/"id": 9/"id": 1/' "$package/tests/hidden/lab1.json"
  in_package make lab1
  fails
  shows 'tests/hidden/lab1.json: prueba 1: las pruebas se numeran seguidas desde 9'
  rm "$package/tests/hidden/lab1.json"
  in_package make lab1
  fails
  shows 'tests/hidden/lab1_test.cpp no ocupa el mismo lugar'
  rm -r "$package/tests/hidden"
  in_package make lab1 SRC="$tmp/entrega"
  shows 'Puntos: 100/100'
}

@test "las pruebas ocultas no viajan, aunque estén en git" {
  own_kit
  hidden_tests "$kit"
  git -C "$kit" add -A
  commit "$kit"
  dist
  succeeds
  shows_one_line
  [ "$(contents)" = "$(contents "$whole")" ]
}

@test "el contenedor toma sus paquetes de setup.sh, y README y make doctor dicen las mismas órdenes para usarlo" {
  python3 - .devcontainer/devcontainer.json <<'END_OF_CHECK'
import json
import pathlib
import sys

file = pathlib.Path(sys.argv[1])
settings = json.loads(file.read_text())
assert (file.parent / settings["build"]["dockerfile"]).is_file()
assert (file.parent / settings["build"]["context"] / "scaffolding/machine/setup.sh").is_file()
assert "--cap-add=SYS_PTRACE" in settings["runArgs"]
assert f"useradd --create-home --shell /bin/bash {settings['remoteUser']}" in (file.parent / "Dockerfile").read_text()
END_OF_CHECK
  grep -q '^RUN .*/setup.sh labs' .devcontainer/Dockerfile
  fake uname <<<'echo Darwin'
  PATH=$tmp/bin:$PATH run scaffolding/machine/doctor.sh
  local line count=0
  while IFS= read -r line; do
    shows "$line"
    count=$((count + 1))
  done < <(grep '^docker ' README.es.md)
  [ "$count" -eq 2 ]
}
