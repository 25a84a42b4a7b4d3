#!/usr/bin/env bash
# PrairieLearn lo ejecuta en la imagen con cada entrega.
set -eu
folder=${PRAIRIELEARN_FOLDER:-/grade}
mkdir -p "$folder/results"
exec "$(dirname "${BASH_SOURCE[0]}")/../grade_one.sh" "$folder/student" prairielearn "$folder/results/results.json"
