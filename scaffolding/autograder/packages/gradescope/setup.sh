#!/usr/bin/env bash
# Gradescope lo ejecuta una vez, como root, al construir la imagen.
set -eu
exec "${GRADESCOPE_FOLDER:-/autograder}/source/laboratorios/scaffolding/autograder/packages/build_kit.sh"
