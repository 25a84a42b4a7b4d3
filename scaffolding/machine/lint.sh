#!/usr/bin/env bash
# Comprueba el formato y analiza el código del kit: lint.sh. Con --fix, solo da formato.
set -u -o pipefail
cd "${BASH_SOURCE[0]%/*}/../.." || exit

# Cada versión de clang-format da un formato algo distinto: el de este código es el de la 14.
format_version=14
failed=false

mapfile -t sources < <(find labs solutions scaffolding tests -name '*.cpp' -o -name '*.hpp')
mapfile -t scripts < <(find .ci scaffolding slides tests -name '*.sh' -o -name '*.bats' -o -name '*.bash' -o -name run_autograder -o -path .ci/run)

for formatter in "clang-format-$format_version" clang-format ''; do
  case $("$formatter" --version 2>/dev/null) in *"version $format_version."*) break ;; esac
done

if [ "${1:-}" = --fix ]; then
  [ "$formatter" ] || { echo "Para dar formato hace falta clang-format $format_version." >&2; exit 2; }
  exec "$formatter" -i "${sources[@]}"
fi

echo 'Formato…'
if [ "$formatter" ]; then
  "$formatter" --dry-run -Werror "${sources[@]}" || failed=true
else
  echo "  no se comprueba: hace falta clang-format $format_version"
fi

echo 'Guiones de shell…'
shellcheck "${scripts[@]}" || failed=true

echo 'Análisis del código…'
scaffolding/machine/build.sh all || exit
mapfile -t analysed < <(printf '%s\n' "${sources[@]}" | grep -E '^(scaffolding|tests)/.*\.cpp$' | grep -v -e '/wheats/' -e '/chaffs/' -e '/attacks/' -e '/sample_class/')
printf '%s\0' "${analysed[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build --quiet 2>/dev/null || failed=true
# Las soluciones no las compila CMake, sino los evaluadores.
for solution in solutions/*/*.cpp; do
  lab=${solution%/*}
  clang-tidy --quiet "$solution" -- -std=c++20 -Iscaffolding -Iscaffolding/programs -I"labs/${lab##*/}" 2>/dev/null || failed=true
done

if $failed; then
  echo '✗ Hay algo que corregir: está aquí encima. El formato se corrige con «make format».'
  exit 1
fi
echo '✓ Formato y análisis, sin nada que corregir.'
