#!/usr/bin/env bash
# Hace lo que se sube a una plataforma: package.sh gradescope|autolab|vpl|prairielearn. Queda en build/packages/.
# Lleva el kit tal como está, sin soluciones ni lo que prueba el propio kit. LABS=números: solo esos laboratorios.
set -eu -o pipefail
shopt -s nullglob
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
platform=${1:-}

stop() {
  printf '%s\n' "$1" >&2
  exit 2
}

case $platform in
  gradescope) package=gradescope.zip ;;
  autolab) package=autolab.tar ;;
  vpl) package=vpl.zip ;;
  prairielearn) package=prairielearn.tar ;;
  *) stop "No hay un paquete «$platform»: los que hay son gradescope, autolab, vpl y prairielearn." ;;
esac
[[ ${LABS:-} =~ ^([0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)?$ ]] ||
  stop "No entiendo LABS=$LABS: son números de laboratorio, como en LABS=4 o LABS=1-3,5."

for starter in labs/lab*/lab*.cpp; do
  grep -q 'kit::pending(' "$starter" || stop "$starter está resuelto, y no puede viajar: deja ahí el esqueleto y repite la orden."
done

# Los archivos que viajan. Con git, los suyos y los nuevos que no se ignoran; sin git, los que haya.
list_files() {
  local parts=(CMakeLists.txt LICENSE labs scaffolding tests/lab*_test.cpp)
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard -- "${parts[@]}"
  else
    find "${parts[@]}" -type f ! -name '*~' ! -name '.*.sw?' -print0
  fi
  if [ -d tests/hidden ]; then find tests/hidden -type f ! -name '*.md' -print0; fi
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
kit=$tmp/laboratorios
mkdir -p "$kit" build/packages
list_files | LC_ALL=C sort -zu | tar --create --null --files-from=- | tar -x -C "$kit"
if [ -n "${LABS:-}" ]; then printf '%s\n' "$LABS" >"$kit/labs.txt"; fi
chmod -R u=rwX,go=rX "$tmp"
own=$kit/scaffolding/autograder/packages/$platform

pack() { tar --create --file="$1" -C "$tmp" --owner=0 --group=0 --numeric-owner "${@:2}"; }
pack_zip() { (cd "$tmp" && python3 -m zipfile -c "$1" "${@:2}"); }

partial=$PWD/build/packages/.$package
case $platform in
  gradescope)
    cp "$own"/{setup.sh,run_autograder} "$tmp"
    pack_zip "$partial" setup.sh run_autograder laboratorios
    ;;
  autolab)
    cp "$own"/{autograde-Makefile,Dockerfile} "$tmp"
    pack "$tmp/autograde.tar" laboratorios
    pack "$partial" autograde.tar autograde-Makefile Dockerfile
    ;;
  vpl)
    cp "$own"/vpl_{run,evaluate}.sh "$tmp"
    pack "$tmp/laboratorios.tar" laboratorios
    pack_zip "$partial" vpl_run.sh vpl_evaluate.sh laboratorios.tar
    ;;
  prairielearn)
    cp "$own"/{Dockerfile,info.json} "$tmp"
    pack "$partial" Dockerfile info.json laboratorios
    ;;
esac
mv "$partial" "build/packages/$package"
echo "build/packages/$package: $(du -k "build/packages/$package" | cut -f 1) KiB, sin soluciones."
