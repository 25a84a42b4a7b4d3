#!/usr/bin/env bats
# make doctor: qué le falta a la máquina y qué no funcionará.
load helpers

@test "en una máquina preparada se pueden hacer los laboratorios" {
  run make doctor
  succeeds
  shows 'Puedes hacer los laboratorios.'
  local package
  for package in $(sed -n 's/^\([a-z][^ ]*\) .*/\1/p' scaffolding/machine/packages.txt); do shows " $package "; done
  for word in 'C++20' AddressSanitizer 'Linux 5.6' ptrace pidfd_getfd sock_diag '/syscall'; do shows "$word"; done
  hides $'\e'
}

@test "lo que falta se marca, con lo que no se podrá hacer, y remite a make setup" {
  fake_kit
  path_without ninja strace
  PATH=$path run make -C "$kit" --no-print-directory doctor
  fails
  shows '✗ ninja-build          falta: sin él no puedes construir el kit'
  shows '✗ strace               falta: sin él no puedes'
  shows '✓ cmake '
  shows 'make setup'
}

@test "si solo falta algo que no es imprescindible, el estado es 0" {
  fake_kit
  printf 'build witness_probe: phony\n' >"$kit/build/build.ninja"
  printf '#!/bin/sh\necho "✓ todo se ve"\n' >"$kit/build/bin/witness_probe"
  chmod +x "$kit/build/bin/witness_probe"
  path_without strace bats doxygen
  PATH=$path run make -C "$kit" --no-print-directory doctor
  succeeds
  shows '✗ bats'
  shows '  ✓ todo se ve'
}

@test "un compilador demasiado antiguo" {
  fake_kit
  fake g++-10 <<<'case $1 in --version) echo "g++ (Debian 10.2.1-6) 10.2.1" ;; *) echo 10.2.1 ;; esac'
  CXX="$tmp/bin/g++-10" run make -C "$kit" --no-print-directory doctor
  fails
  shows '10.2.1: hace falta g++ 11 o clang 14'
}

@test "un CMake demasiado antiguo" {
  fake_kit
  fake cmake <<<'echo "cmake version 3.16.3"'
  PATH=$tmp/bin:$PATH run make -C "$kit" --no-print-directory doctor
  fails
  shows '3.16.3: hace falta la 3.22'
}

# A quien viene de otros sistemas: se imita lo que uname dice en cada uno.
uname_says() {
  fake uname <<END
case \$1 in -s) echo $1 ;; -r) echo $2 ;; -m) echo x86_64 ;; esac
END
}

@test "en macOS se dice cómo tener un Linux" {
  uname_says Darwin 23.4.0
  PATH=$tmp/bin:$PATH run scaffolding/machine/doctor.sh
  fails
  shows 'máquina virtual'
  shows 'docker run'
}

@test "en WSL1 se dice cómo pasar a WSL2" {
  uname_says Linux 4.4.0-19041-Microsoft
  PATH=$tmp/bin:$PATH run scaffolding/machine/doctor.sh
  fails
  shows 'wsl --set-version'
}

@test "en WSL2 se dice que lo es" {
  uname_says Linux 5.15.153.1-microsoft-standard-WSL2
  PATH=$tmp/bin:$PATH run scaffolding/machine/doctor.sh
  shows 'WSL2'
}

@test "con un núcleo anterior al 5.6 se dice qué se pierde" {
  uname_says Linux 5.4.0-150-generic
  PATH=$tmp/bin:$PATH run scaffolding/machine/doctor.sh
  shows '5.4.0-150-generic: sin pidfd_getfd'
}
