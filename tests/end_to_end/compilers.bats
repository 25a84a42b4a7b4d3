#!/usr/bin/env bats
# Los laboratorios se construyen también con clang, sin avisos, y los veredictos son los mismos.
load helpers

@test "con clang, cada solución obtiene todos los puntos" {
  run cmake -S . -B "$tmp/build" -G Ninja -DCMAKE_CXX_COMPILER=clang++
  succeeds
  # shellcheck disable=SC2046
  run ninja -C "$tmp/build" $(labs) demo
  succeeds
  local lab
  for lab in $(labs); do
    run "$tmp/build/bin/${lab}_grader" --submission=solutions
    succeeds
    shows_full_marks
    hides 'warning:'
  done
}
