#!/usr/bin/env bash
# Enseña en qué se diferencia de la solución el archivo de un laboratorio, si ya pasa todas las pruebas: solution.sh labN
# Con FORCE=1, en cualquier caso. Con SRC, el archivo de esa carpeta.
set -u
cd "${BASH_SOURCE[0]%/*}/../.." || exit
lab=$1

reference=$(echo "solutions/$lab"-*/"$lab.cpp")
if ! [ -f "$reference" ]; then
  echo "La solución de $lab no está en esta copia del kit (solutions/$lab-*): pídesela a quien te da clase." >&2
  exit 2
fi
scaffolding/machine/build.sh learner || exit
file=$(build/bin/learner source "${lab#lab}" --submission="${SRC:-labs}") || exit

# La evaluación guardada vale si el archivo no ha cambiado desde entonces.
if [ "${FORCE:-}" != 1 ] && ! build/bin/learner passed "${lab#lab}" --submission="${SRC:-labs}"; then
  if ! TEST='' REPORT='' PROGRAM='' scaffolding/machine/grade.sh "$lab"; then
    echo "La solución se enseña cuando pasan todas las pruebas. Si quieres verla ya: make solution-$lab FORCE=1" >&2
    exit 1
  fi
  echo
fi

colour=never
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then colour=always; fi
echo 'Lo que empieza por «-» está solo en tu archivo; lo que empieza por «+», solo en la solución.'
echo 'Una solución distinta no es peor: fíjate en qué comprueba la de referencia y cuándo cierra.'
diff --unified --color="$colour" --label "$file" --label "$reference" "$file" "$reference"
case $? in
  0) echo 'Tu archivo es igual que la solución.' ;;
  1) ;;
  *) exit 2 ;;
esac
