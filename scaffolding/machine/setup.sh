#!/usr/bin/env bash
# Instala los paquetes de Debian o Ubuntu que falten, y antes los muestra. Si no falta nada, no hace nada.
#
#   setup.sh [GRUPO…]           grupos de packages.txt; labs incluye build, y sin ninguno, labs
#   setup.sh --check [GRUPO…]   no instala ni escribe nada: el estado es 0 si no falta ningún paquete
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scaffolding/machine/packages.sh
source "$here/packages.sh"

say() { printf '%s\n' "$@"; }

check=false
groups=()
for argument in "$@"; do
  case $argument in
    --check) check=true ;;
    labs) groups+=(build labs) ;;
    build | autograder | demo | tests | docs | slides) groups+=("$argument") ;;
    *)
      say "setup.sh: no conozco «$argument»: los grupos son build, labs, autograder, demo, tests, docs y slides" >&2
      exit 2
      ;;
  esac
done
[ ${#groups[@]} -gt 0 ] || groups=(build labs)

find_missing "${groups[@]}"
if $check; then
  [ ${#missing[@]} -eq 0 ]
  exit
fi
if [ ${#missing[@]} -eq 0 ]; then
  say 'No falta ningún paquete.'
  exit 0
fi

say 'Faltan estos paquetes:'
for_each_package print_reason "${groups[@]}"

if ! command -v apt-get >/dev/null; then
  say 'Este sistema no usa apt, así que no puedo instalarlos. Instala tú, con su gestor de paquetes, los que' \
    'corresponden a esa lista (son nombres de Debian) y repite la orden. «make doctor» comprueba el resultado.' >&2
  exit 1
fi

install=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}")
update=(apt-get update)
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say 'Para instalarlos hace falta ser root, y aquí no está «sudo». Pide a quien administra la máquina que ejecute:' \
      "  ${update[*]}" "  ${install[*]}" >&2
    exit 1
  fi
  install=(sudo "${install[@]}")
  update=(sudo "${update[@]}")
fi

# La lista de paquetes de una máquina nueva está vacía, y la de una antigua puede nombrar versiones que ya no existen.
updated=false
apt-get install --simulate -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || updated=true

say 'Los instalo con:'
if $updated; then say "  ${update[*]}"; fi
say "  ${install[*]}"

if $updated && ! "${update[@]}" </dev/null; then
  say 'No se pudo leer la lista de paquetes (apt-get update): ¿hay conexión a la red?' >&2
  exit 1
fi
if ! "${install[@]}" </dev/null; then
  if $updated || ! { say 'Repito con la lista de paquetes al día:' "  ${update[*]}"; "${update[@]}" </dev/null && "${install[@]}" </dev/null; }; then
    say 'No se pudieron instalar. El motivo está en los mensajes de apt-get, aquí encima.' \
      'Si dice que no encuentra un paquete, en Ubuntu activa el repositorio «universe»: sudo add-apt-repository universe' >&2
    exit 1
  fi
fi

hash -r
rm -f "$here/../../build/build.ninja"  # CMake tiene que volver a mirar qué hay instalado
find_missing "${groups[@]}"
if [ ${#missing[@]} -gt 0 ]; then
  say "apt-get terminó bien, pero sigue sin aparecer: ${missing[*]}. Repasa tu PATH o pregunta con «make doctor»." >&2
  exit 1
fi
say 'Paquetes instalados.'
