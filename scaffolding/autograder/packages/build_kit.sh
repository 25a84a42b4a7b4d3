#!/usr/bin/env bash
# Construye en este kit el autocalificador y los evaluadores; como root, antes instala los paquetes que falten.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
if [ "$(id -u)" -eq 0 ]; then scaffolding/machine/setup.sh labs autograder; fi
labs=(labs/lab*-*)
labs=("${labs[@]#labs/}")
scaffolding/machine/build.sh autograder "${labs[@]%%-*}"
