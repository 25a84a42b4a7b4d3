#!/usr/bin/env bash
# Evalúa los labN.cpp de la carpeta de trabajo de VPL e imprime los comentarios y la nota.
set -eu
here=$(dirname "${BASH_SOURCE[0]}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/entrega"
find . -mindepth 1 -maxdepth 1 -type f -iname 'lab*.cpp' -exec cp -P -t "$work/entrega" {} +
# Sin nota, VPL muestra lo que se imprima: aquí, por qué no la hay.
if ! "$here/../grade_one.sh" "$work/entrega" vpl "$work/result" 2>"$work/log"; then
  echo 'Comment :=>>La evaluación no se pudo hacer. Avisa a quien da la clase.'
  tr -d '\r' <"$work/log" | sed 's/^/Comment :=>>/'
  exit 1
fi
cat "$work/result"
