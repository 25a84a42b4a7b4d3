#!/usr/bin/env bash
# Construye y evalúa un laboratorio: grade.sh labN. Lo demás llega por el entorno, como a make: SRC, TEST, REPORT, PROGRAM.
cd "${BASH_SOURCE[0]%/*}/../.." || exit
scaffolding/machine/build.sh "$1" &&
  exec "build/bin/$1_grader" --submission="${SRC:-labs}" ${TEST:+--test="$TEST"} ${REPORT:+--report="$REPORT"} \
    ${PROGRAM:+--command="$PROGRAM"}
