#!/bin/bash
# «Ejecutar» hace lo mismo que «Evaluar»: los laboratorios no tienen otra forma de ejecutarse.
exec ./vpl_evaluate.sh
