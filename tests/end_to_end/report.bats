#!/usr/bin/env bats
# REPORT=archivo: el resultado en JSON, con los campos documentados.
load helpers

check_report() {
  python3 - "$@" <<'END'
import json
import sys

file, lab, status = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(file, encoding="utf-8") as stream:
    report = json.load(stream)
kinds = {"lab": int, "title": str, "points": int, "max_points": int, "tests": list}
for name, kind in kinds.items():
    assert isinstance(report[name], kind), name
assert report["lab"] == lab
assert report["tests"], "no hay pruebas"
kinds = {"id": int, "title": str, "status": str, "points": int, "max_points": int, "expected": str, "observed": str,
         "program": str, "hint": str, "duration_ms": int}
for test in report["tests"]:
    for name, kind in kinds.items():
        assert isinstance(test[name], kind), (name, test)
    assert isinstance(test.get("first_wrong_byte", 0), int), test
    assert test["status"] in ("passed", "failed", "skipped", "error"), test
    assert test["points"] == (test["max_points"] if test["status"] == "passed" else 0), test
assert report["points"] == sum(test["points"] for test in report["tests"])
assert sum(test["max_points"] for test in report["tests"]) == 100 or len(report["tests"]) == 1
statuses = {test["status"] for test in report["tests"]}
assert status in statuses, statuses
if status == "failed":
    assert any("pendiente" in test["observed"] for test in report["tests"]), "nadie dice que falta un paso"
    assert all(test["hint"] for test in report["tests"] if test["status"] == "failed"), "falta una pista"
END
}

@test "el de un esqueleto dice qué está pendiente" {
  local lab
  for lab in $(labs); do
    run make "$lab" REPORT="$tmp/$lab.json"
    fails
    check_report "$tmp/$lab.json" "${lab#lab}" failed
  done
}

@test "el de una solución los da todos por buenos, y el nombre puede llevar espacios" {
  local lab
  for lab in $(labs); do
    run make "$lab" SRC=solutions REPORT="$tmp/mi nota de $lab.json"
    succeeds
    check_report "$tmp/mi nota de $lab.json" "${lab#lab}" passed
  done
}

@test "el de un archivo que no compila existe y dice por qué" {
  mkdir "$tmp/entrega"
  echo 'esto no es C++' >"$tmp/entrega/lab1.cpp"
  run make lab1 SRC="$tmp/entrega" REPORT="$tmp/lab1.json"
  fails
  check_report "$tmp/lab1.json" 1 error
  grep -q 'no compila' "$tmp/lab1.json"
}

@test "el de unos bytes que no son los esperados dice cuál es el primero distinto" {
  mkdir "$tmp/entrega"
  sed 's/"socket"}/"soquet"}/' solutions/lab1-*/lab1.cpp >"$tmp/entrega/lab1.cpp"
  run make lab1 SRC="$tmp/entrega" REPORT="$tmp/lab1.json"
  fails
  shows '      se observó     "error: soquet: '
  shows '                               ^ aquí'
  grep -q '"first_wrong_byte": 9' "$tmp/lab1.json"
}

@test "si no se puede escribir, se dice, y el estado no es 0" {
  run make lab1 SRC=solutions TEST=1 REPORT="$tmp/no/existe/lab1.json"
  fails
  shows "$tmp/no/existe/lab1.json"
}
