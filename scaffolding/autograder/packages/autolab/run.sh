#!/usr/bin/env bash
# Evalúa lo que hay en la carpeta de trabajo de Autolab, sin contar lo que no es de la entrega.
set -eu
here=$(dirname "${BASH_SOURCE[0]}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/entrega"
find . -mindepth 1 -maxdepth 1 ! -name laboratorios ! -name autograde.tar ! -name Makefile ! -name autograde-Makefile \
  -exec cp -R -P -t "$work/entrega" {} +
"$here/../grade_one.sh" "$work/entrega" autolab "$work/result"
cat "$work/result"
