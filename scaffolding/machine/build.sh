#!/usr/bin/env bash
# Construye en build/ lo que haga falta, sin ruido: build.sh OBJETIVO… (los de ninja)
# Los mensajes de CMake y del compilador solo se muestran si algo falla.
set -u -o pipefail
cd "${BASH_SOURCE[0]%/*}/../.." || exit
# shellcheck source=scaffolding/machine/packages.sh
source scaffolding/machine/packages.sh
log=build/build.log

stop_if_something_is_missing() {
  find_missing build
  [ ${#missing[@]} -eq 0 ] && return
  printf 'Para construir el kit falta %s: escribe «make setup».\n' "${missing[*]}" >&2
  exit 2
}

# ¿Está configurada build/, y para esta carpeta? (El kit pudo copiarse o moverse con build/ dentro.)
is_configured() {
  local home
  [ -e build/build.ninja ] && home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' build/CMakeCache.txt) && [[ $home -ef . ]]
}

configure_and_build() {
  if ! $configured; then
    echo '[1/1] CMake'
    rm -rf build/CMakeCache.txt build/CMakeFiles
    cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_EXPORT_COMPILE_COMMANDS=ON || return
  fi
  ninja -C build "$@"
}

# Copia lo que lee y, en cuanto aparece un paso de verdad, anuncia que se está construyendo; en una terminal, los cuenta.
show_progress() {
  local line announced=''
  while IFS= read -r line; do
    printf '%s\n' "$line"
    [[ $line =~ ^\[([1-9][0-9]*/[0-9]+)\] ]] || continue
    if [ -t 2 ]; then
      printf '\r\e[K%s %s' "$announcement" "${BASH_REMATCH[1]}" >&2
    elif [ -z "$announced" ]; then
      printf '%s\n' "$announcement" >&2
    fi
    announced=true
  done
  if [ -t 2 ] && [ "$announced" ]; then printf '\r\e[K' >&2; fi
}

mkdir -p build || exit
if command -v flock >/dev/null; then
  exec 9>build/.lock
  if ! flock -n 9; then
    if [ -t 2 ]; then echo 'Otra orden está construyendo el kit: espero a que termine…' >&2; fi
    flock 9
  fi
fi

configured=true
is_configured || configured=false
if ! $configured && [ "$(uname -s)" != Linux ]; then
  echo 'El kit solo funciona en Linux: «make doctor» te dice cómo tener uno.' >&2
  exit 2
fi
if ! $configured || ! command -v ninja >/dev/null; then stop_if_something_is_missing; fi

announcement='Poniendo el kit al día…'
for target in "$@"; do
  [ -e "build/.ready-$target" ] || announcement='Preparando el kit (solo la primera vez)…'
done

if ! configure_and_build "$@" 2>&1 | show_progress >"$log"; then
  grep -v -e '^\[[0-9]*/[0-9]*\] ' -e '^ninja: Entering' "$log" >&2
  stop_if_something_is_missing
  echo 'No se pudo construir el kit. Si no sabes por qué, «make doctor» dice lo que le falta a esta máquina.' >&2
  exit 2
fi
for target in "$@"; do
  [ -e "build/.ready-$target" ] || : >"build/.ready-$target"
done
