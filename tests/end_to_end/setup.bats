#!/usr/bin/env bats
# make setup, con un apt-get y un sudo de mentira que anotan lo que se les pide.
load helpers

# Una copia del kit en la que faltan dos paquetes, que el apt-get de mentira sabe instalar.
machine_that_lacks_packages() {
  fake_kit
  cat >"$kit/scaffolding/machine/packages.txt" <<'END'
[build]
bash          bash                # estar aquí
falta-uno     orden-de-falta-uno  # hacer lo primero
[labs]
falta-dos     orden-de-falta-dos  # hacer lo segundo
[tests]
falta-tres    orden-de-falta-tres # hacer lo tercero
END
  path_without sudo apt-get
  export KIT_TEST_BIN=$tmp/bin KIT_TEST_CALLS=$tmp/calls
  : >"$tmp/calls"
  fake id <<<'echo 0'
  fake apt-get <<'END'
echo "apt-get $*" >>"$KIT_TEST_CALLS"
case " $* " in
  *" --simulate "*) [ ! -e "$KIT_TEST_CALLS.unknown" ]; exit ;;
  *" update "*) rm -f "$KIT_TEST_CALLS.unknown" "$KIT_TEST_CALLS.stale"; exit ;;
esac
[ ! -e "$KIT_TEST_CALLS.stale" ] || exit 100
for word in "$@"; do
  case $word in falta-*) printf '#!/bin/sh\n' >"$KIT_TEST_BIN/orden-de-$word"; chmod +x "$KIT_TEST_BIN/orden-de-$word" ;; esac
done
END
}

setup_with() { PATH=$path run "$kit/scaffolding/machine/setup.sh" "$@"; }
calls() { grep -v -e --simulate "$tmp/calls"; }

@test "cuando no falta nada no se instala nada" {
  machine_that_lacks_packages
  setup_with
  : >"$tmp/calls"
  setup_with
  succeeds
  shows 'No falta ningún paquete'
  [ ! -s "$tmp/calls" ]
}

@test "--check calla y dice con su estado si falta algo" {
  machine_that_lacks_packages
  setup_with --check
  fails
  [ -z "$output" ]
  setup_with
  setup_with --check
  succeeds
  [ -z "$output" ]
  setup_with --check tests
  fails
  [ -z "$output" ]
}

@test "enseña lo que falta y la orden exacta, e instala solo el grupo pedido" {
  machine_that_lacks_packages
  setup_with labs
  succeeds
  shows 'falta-uno            sin él no puedes hacer lo primero'
  shows 'falta-dos            sin él no puedes hacer lo segundo'
  hides 'falta-tres'
  [ "$(calls | wc -l)" -eq 1 ]
  shows "$(calls)"
  hides sudo
}

@test "make setup y make setup-all" {
  machine_that_lacks_packages
  PATH=$path run make -C "$kit" --no-print-directory setup
  succeeds
  [ ! -e "$tmp/bin/orden-de-falta-tres" ]
  PATH=$path run make -C "$kit" --no-print-directory setup-all
  succeeds
  [ -e "$tmp/bin/orden-de-falta-tres" ]
}

@test "make run-lab1 instala lo que piden los laboratorios, y solo eso" {
  machine_that_lacks_packages
  cp "$kit/build/build.ninja" "$tmp"
  fake cmake <<<"cp '$tmp/build.ninja' build"
  PATH=$path run make -C "$kit" --no-print-directory run-lab1
  succeeds
  shows 'Paquetes instalados'
  shows '--submission=solutions'
  hides 'falta-tres'
}

@test "la lista de paquetes solo se actualiza si hace falta" {
  machine_that_lacks_packages
  touch "$tmp/calls.unknown"
  setup_with
  succeeds
  shows 'apt-get update'
  [ "$(calls | head -n 1)" = 'apt-get update' ]
}

@test "si la lista está anticuada, la instalación se repite con ella al día" {
  machine_that_lacks_packages
  touch "$tmp/calls.stale"
  setup_with
  succeeds
  shows 'Repito'
  [ "$(calls | wc -l)" -eq 3 ]
}

@test "quien no es root usa sudo" {
  machine_that_lacks_packages
  fake id <<<'echo 1000'
  fake sudo <<<'echo "sudo $*" >>"$KIT_TEST_CALLS"; exec "$@"'
  setup_with
  succeeds
  shows 'sudo env DEBIAN_FRONTEND=noninteractive apt-get'
  grep -q '^sudo env' "$tmp/calls"
}

@test "sin ser root y sin sudo se dice a quién pedirlo, y no se intenta" {
  machine_that_lacks_packages
  fake id <<<'echo 1000'
  setup_with
  fails
  shows 'Pide a quien administra la máquina'
  shows 'install -y --no-install-recommends falta-uno falta-dos'
  [ ! -s "$tmp/calls" ]
}

@test "en un sistema sin apt se dice qué hace falta" {
  machine_that_lacks_packages
  rm "$tmp/bin/apt-get"
  setup_with
  fails
  shows 'no usa apt'
  shows 'falta-uno'
}

@test "si apt-get no puede, se dice" {
  machine_that_lacks_packages
  fake apt-get <<<'echo "E: no hay red" >&2; exit 100'
  setup_with
  fails
  shows 'E: no hay red'
  shows 'apt-get update'
}

@test "después de instalar, CMake vuelve a mirar lo que hay" {
  machine_that_lacks_packages
  setup_with
  [ ! -e "$kit/build/build.ninja" ]
}

@test "un grupo que no existe" {
  run scaffolding/machine/setup.sh laboratorios
  fails
  shows '«laboratorios»'
  shows_one_line
}

@test "en esta máquina no falta nada de lo que piden los laboratorios y las pruebas" {
  run scaffolding/machine/setup.sh --check labs tests
  succeeds
}

@test "apt conoce todos los paquetes de packages.txt" {
  command -v apt-cache >/dev/null || skip 'no hay apt'
  apt-cache show libgtest-dev >/dev/null 2>&1 || skip 'la lista de paquetes de apt está vacía'
  for package in $(sed -n 's/^\([a-z][^ ]*\) .*/\1/p' scaffolding/machine/packages.txt); do
    apt-cache show "$package" >/dev/null || fails_because "apt no conoce $package"
  done
}
