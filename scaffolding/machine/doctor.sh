#!/usr/bin/env bash
# Dice qué le falta a esta máquina y qué no funcionará sin ello. El estado es 0 si se pueden hacer los laboratorios.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scaffolding/machine/packages.sh
source "$here/packages.sh"

ok='✓' bad='✗'
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then ok=$'\e[32m✓\e[0m' bad=$'\e[31m✗\e[0m'; fi
possible=true  # ¿se pueden hacer los laboratorios?

title() { printf '\n%s\n' "$1"; }
good() { printf '  %s %-20s %s\n' "$ok" "$1" "$2"; }
lacks() { printf '  %s %-20s %s\n' "$bad" "$1" "$2"; }
lacks_essential() {
  lacks "$@"
  possible=false
}

# at_least VERSIÓN MÍNIMA
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

first_number() { grep -o -m 1 '[0-9][0-9]*\.[0-9.]*[0-9]' | head -n 1; }

#
# La máquina
#
kernel=$(uname -r)
if [ "$(uname -s)" != Linux ]; then
  printf '%s\n' "Esta máquina usa $(uname -s), y el kit pregunta al núcleo de Linux: aquí no puede funcionar." \
    'Tienes dos caminos, los dos con un Linux entero dentro de esta máquina:' \
    '  - una máquina virtual con Debian o Ubuntu (Multipass, UTM o VirtualBox);' \
    '  - un contenedor, en el que casi todo funciona, con Visual Studio Code («Reopen in Container») o a mano:' \
    '      docker build -t laboratorios -f .devcontainer/Dockerfile .' \
    '      docker run -it --rm --cap-add=SYS_PTRACE -v "$PWD":/kit laboratorios'
  exit 1
fi

system=Linux
[ -r /etc/os-release ] && system=$(. /etc/os-release && printf '%s' "${PRETTY_NAME:-Linux}")
place=''
case $kernel in
  *WSL2* | *microsoft-standard*) place=WSL2 ;;
  *Microsoft*) place=WSL1 ;;
  *) if [ -e /.dockerenv ] || [ -e /run/.containerenv ] || [ -n "${container:-}" ]; then place=contenedor; fi ;;
esac
printf 'Esta máquina: %s, %s%s\n' "$system" "$(uname -m)" "${place:+, $place}"

#
# Los programas
#
# Lo llama for_each_package.
# shellcheck disable=SC2317
package_row() {
  if is_present "$2"; then good "$1" "sirve para $3"; else "$on_lack" "$1" "falta: sin él no puedes $3"; fi
}

compiler=${CXX:-$(command -v g++ || command -v clang++ || true)}

check_compiler() {
  local version minimum=11 folder
  # CXX puede llevar opciones: se parte en palabras.
  # shellcheck disable=SC2086
  version=$($compiler -dumpfullversion -dumpversion 2>/dev/null | head -n 1)
  # shellcheck disable=SC2086
  case $($compiler --version 2>/dev/null) in *clang*) minimum=14 ;; esac
  if [ -z "$version" ] || ! at_least "$version" "$minimum"; then
    lacks_essential 'C++20' "$compiler ${version:-no funciona}: hace falta g++ 11 o clang 14, o posteriores"
    return
  fi
  good 'C++20' "$compiler $version"
  folder=$(mktemp -d) || return
  printf 'int main() {}\n' >"$folder/empty.cpp"
  # shellcheck disable=SC2086
  if $compiler -fsanitize=address,undefined "$folder/empty.cpp" -o "$folder/empty" 2>/dev/null && "$folder/empty" 2>/dev/null; then
    good 'AddressSanitizer' 'encuentra los errores de memoria de tus programas'
  else
    lacks_essential 'AddressSanitizer' "no funciona (a clang puede faltarle el paquete libclang-rt-${version%%.*}-dev), y los laboratorios lo usan"
  fi
  rm -rf "$folder"
}

check_cmake() {
  local version
  version=$(cmake --version | first_number)
  at_least "$version" 3.22 || lacks_essential 'cmake' "$version: hace falta la 3.22 o posterior para construir el kit"
}

title 'Imprescindible para hacer los laboratorios'
on_lack=lacks_essential
for_each_package package_row build
[ -z "$compiler" ] || check_compiler
if command -v cmake >/dev/null; then check_cmake; fi
find_missing build
essential_missing=${#missing[@]}

on_lack=lacks
title 'Para seguir las guías y hacer todas las pruebas de los laboratorios'
for_each_package package_row labs
if [ -e "$here/../../tests/CMakeLists.txt" ]; then  # en el paquete de los estudiantes no está
  title 'Para evaluar a una clase (make autograder)'
  for_each_package package_row autograder
  title 'Para probar el kit (make test, make lint)'
  for_each_package package_row tests
  title 'Para hacer las presentaciones (make slides)'
  for_each_package package_row slides
fi
title 'Para grabar lo que hace una demostración (make run-labN con HTML=, SVG= o RECORD=)'
for_each_package package_row demo
title 'Para generar la documentación (make docs)'
for_each_package package_row docs

#
# El núcleo
#
title 'Lo que deja ver el núcleo a los evaluadores'
if [ "$place" = WSL1 ]; then
  lacks_essential 'Linux 5.6' "WSL1 no lleva un núcleo de Linux: en Windows, escribe «wsl --set-version Ubuntu 2»"
elif at_least "$kernel" 5.6; then
  good 'Linux 5.6' "$kernel"
else
  lacks 'Linux 5.6' "$kernel: sin pidfd_getfd, las opciones de los sockets se comprueban solo por su efecto"
fi

yama=$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)
may_trace() {
  if command -v strace >/dev/null; then strace -o /dev/null true 2>/dev/null; else [ "$yama" -lt 2 ]; fi
}
if may_trace; then
  good 'ptrace' 'permite a strace mostrar las llamadas de un programa'
else
  lacks 'ptrace' 'no está permitido: strace no puede mostrarte las llamadas de tu programa'
fi

if ! $possible; then
  lacks 'resto' 'solo se puede comprobar con el kit construido, y todavía no se puede construir'
elif "$here/build.sh" witness_probe && probe=$("$here/../../build/bin/witness_probe"); then
  printf '%s\n' "$probe" | sed 's/^ */  /'
else
  lacks_essential 'el kit' 'no se puede construir: el motivo está aquí encima'
fi

#
# Consejos y resumen
#
case $place in
  WSL2)
    case $here in
      /mnt/*) title 'El kit está en el disco de Windows (/mnt/…), donde todo va mucho más lento: cópialo a tu carpeta de Linux (~).' ;;
    esac
    ;;
  contenedor)
    title 'Si arriba falta algo del núcleo: en un contenedor se permite con «--cap-add=SYS_PTRACE --security-opt seccomp=unconfined».'
    ;;
esac
if [ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null)" = 1 ]; then
  title 'Ubuntu limita los espacios de nombres de usuario; se permiten, hasta reiniciar, con «sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0».'
fi

if $possible; then
  title 'Puedes hacer los laboratorios.'
  exit 0
fi
title 'Todavía no puedes hacer los laboratorios: te falta lo marcado con ✗ en «Imprescindible…» o en el núcleo.'
[ "$essential_missing" -eq 0 ] || echo 'Los paquetes los instala «make setup».'
exit 1
