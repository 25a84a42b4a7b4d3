#!/usr/bin/env bash
# Evalúa las entregas de una clase. Lo que se pide llega por el entorno, como a make: SUBMISSIONS, LABS, JOBS, OUT…
cd "${BASH_SOURCE[0]%/*}/../.." || exit
exec build/bin/autograder grade ${LABS:+--labs="$LABS"} ${JOBS:+--jobs="$JOBS"} ${OUT:+--out="$OUT"} \
  ${FORMATS:+--formats="$FORMATS"} ${POLICY:+--policy="$POLICY"} ${SEED:+--seed="$SEED"} ${REGRADE:+--regrade="$REGRADE"} \
  ${WORKSHEET:+--worksheet="$WORKSHEET"} ${ISOLATION:+--isolation="$ISOLATION"} -- "${SUBMISSIONS:-tests/sample_class}"
