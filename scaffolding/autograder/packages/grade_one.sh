#!/usr/bin/env bash
# Evalúa una sola entrega y deja su resultado en el formato de una plataforma: grade_one.sh ENTREGA FORMATO RESULTADO
# ENTREGA es una carpeta. El kit es el de KIT, el de /opt/laboratorios o el que trae el paquete; si aún no está
# construido, se construye. AUTOGRADER es el programa, si no es el del kit. Lo que cuenta va a la salida de errores.
set -u -o pipefail
submission=$1 format=$2 result=$3

stop() {
  printf '%s\n' "$1" >&2
  exit 1
}

package=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd) || exit
kit=${KIT:-/opt/laboratorios}
[ -n "${KIT:-}" ] || [ -d "$kit" ] || kit=$package
autograder=${AUTOGRADER:-$kit/build/bin/autograder}
if ! [ -x "$autograder" ]; then
  "$kit/scaffolding/autograder/packages/build_kit.sh" >&2 && [ -x "$autograder" ] ||
    stop 'No se pudo construir el autocalificador, y sin él no hay nota. El motivo está aquí encima.'
fi
[ -d "$submission" ] || stop "Se esperaba la entrega en la carpeta «$submission», y no existe."

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/in" || exit
cp -R -P -- "$submission" "$work/in/entrega" || exit

# Una entrega nunca se evalúa como root: aunque falle el aislamiento, ni el kit ni el resultado son suyos.
as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
  as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs)
  chown -R 65534:65534 "$work" || exit
fi

isolation=weak
if "${as_nobody[@]}" bwrap --unshare-user --unshare-pid --unshare-net --ro-bind / / --proc /proc true 2>/dev/null; then
  isolation=full
fi

# Los laboratorios son los del paquete, aunque el kit ya construido sea el mismo para varios.
labs=$(cat "$package/labs.txt" 2>/dev/null)
"${as_nobody[@]}" "$autograder" grade "$work/in" ${labs:+--labs "$labs"} --out "$work/out" --formats "$format" \
  --isolation "$isolation" --jobs 1 </dev/null >&2 || stop 'El autocalificador no terminó bien: el motivo está aquí encima.'

shopt -s nullglob
produced=("$work/out/$format/"*)
[ ${#produced[@]} -eq 1 ] || stop "Se esperaba el resultado de una entrega, y hay ${#produced[@]}."
[ -f "${produced[0]}" ] && ! [ -L "${produced[0]}" ] || stop 'El resultado no es un archivo corriente.'
cat -- "${produced[0]}" >"$result"
