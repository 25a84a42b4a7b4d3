#!/usr/bin/env bats
# En una máquina que deja ver menos, los evaluadores dan los mismos veredictos. Cada capacidad se apaga con WITNESS_WITHOUT.
load helpers

capability_names() { make doctor | sed -n 's/^ *✓ \([a-z_]*\) *sirve para .*/\1/p' | grep -v ptrace; }

@test "sin cualquiera de las capacidades, cada solución obtiene todos los puntos" {
  local lab program without count=0
  for lab in $(labs); do
    make "$lab" SRC=solutions TEST=1 >/dev/null
    program=$("build/bin/${lab}_grader" --submission=solutions --build)
    for without in $(capability_names); do
      count=$((count + 1))
      WITNESS_WITHOUT=$without run "build/bin/${lab}_grader" --program="$program"
      succeeds || fails_because "sin $without, $lab"
      shows_full_marks
    done
  done
  [ "$count" -ge 28 ]
}

@test "sin ninguna, tampoco se culpa a quien no tiene la culpa" {
  local lab
  for lab in $(labs); do
    WITNESS_WITHOUT=$(capability_names | paste -sd ,) run make "$lab" SRC=solutions
    succeeds
    hides '✗'
  done
}

@test "sin pidfd_getfd se ve igual que el socket no es el pedido, y la cola, por su efecto" {
  mkdir "$tmp/entrega"
  sed 's/type | SOCK_CLOEXEC/SOCK_STREAM | SOCK_CLOEXEC/' solutions/lab1-socket/lab1.cpp >"$tmp/entrega/lab1.cpp"
  WITNESS_WITHOUT=pidfd_getfd run make lab1 SRC="$tmp/entrega"
  fails
  shows 'no es el tipo pedido'
  sed 's/::listen(listener.get(), backlog)/::listen(listener.get(), backlog + 1)/' solutions/lab2-bind-listen-accept/lab2.cpp >"$tmp/entrega/lab2.cpp"
  WITNESS_WITHOUT=pidfd_getfd,sock_diag run make lab2 SRC="$tmp/entrega" TEST=3
  fails
  shows 'no es el backlog pedido'
}

@test "si no se ve en qué espera un programa, un cuelgue lo decide el tiempo límite de seguridad, y lo dice" {
  mkdir "$tmp/entrega"
  sed 's/return fd;/for (;;) ::pause();/' solutions/lab1-socket/lab1.cpp >"$tmp/entrega/lab1.cpp"
  run make lab1 SRC="$tmp/entrega" TEST=1
  fails
  shows 'pause()'
  hides 'tiempo límite'
  WITNESS_WITHOUT=thread_syscall SAFETY_NET=1 run make lab1 SRC="$tmp/entrega" TEST=1
  fails
  shows 'tiempo límite de seguridad'
  shows 'no es una prueba'
}

# Cómo se ejecuta algo como un usuario corriente, si quien hace las pruebas es root.
as_ordinary_user() { setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"; }

@test "quien no es root obtiene lo mismo" {
  [ "$(id -u)" -eq 0 ] || skip 'ya las hace todas un usuario corriente'
  as_ordinary_user test -x build/bin/lab1_grader || skip 'un usuario corriente no puede leer esta carpeta'
  local lab program starter
  for lab in $(labs); do
    program=$("build/bin/${lab}_grader" --submission=solutions --build)
    starter=$("build/bin/${lab}_grader" --submission=labs --build)
    run as_ordinary_user "build/bin/${lab}_grader" --program="$program"
    succeeds
    shows_full_marks
    run as_ordinary_user "build/bin/${lab}_grader" --program="$starter"
    fails
    shows 'pendiente'
  done
}
