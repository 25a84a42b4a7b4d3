#!/usr/bin/env bats
# Entregas que no están bien: cada una tiene su mensaje, en un tiempo y con una memoria limitados, y no deja nada vivo.
load helpers

# grade CUERPO: evalúa un lab1.cpp en el que create_socket() hace lo que dice CUERPO.
grade() {
  mkdir -p "$tmp/entrega"
  cat >"$tmp/entrega/lab1.cpp" <<END
#include "lab1.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>

int lab1::create_socket([[maybe_unused]] int domain, [[maybe_unused]] int type) {
  $1
}

void lab1::close_socket(int fd) { ::close(fd); }
END
  run python3 tests/end_to_end/leaves_nothing.py ${interrupt:+--interrupt "$interrupt"} make lab1 SRC="$tmp/entrega"
  fails
  hides 'sigue vivo'
  hides 'fallo del propio evaluador'
}

@test "una carpeta que no existe: una línea que dice qué se espera" {
  run make lab1 SRC="$tmp/no hay nada"
  fails
  shows "$tmp/no hay nada"
  shows 'lab1.cpp'
  shows_one_line
}

@test "un archivo en lugar de una carpeta: una línea que dice qué se espera" {
  run make lab1 SRC=README.es.md
  fails
  shows 'no es una carpeta'
  shows 'lab1.cpp'
  shows_one_line
}

@test "una carpeta sin labN.cpp: una línea que dice qué falta" {
  mkdir "$tmp/vacía"
  run make lab1 SRC="$tmp/vacía"
  fails
  shows 'lab1.cpp'
  shows_one_line
}

@test "PROGRAM= donde no se evalúa un programa entero: una línea que lo dice" {
  run make lab1 PROGRAM='true {port}'
  fails
  shows 'PROGRAM='
  shows_one_line
}

@test "un archivo que no compila: se ve el error del compilador y no se hace ninguna prueba" {
  grade 'return esto_no_existe;'
  shows 'esto_no_existe'
  shows 'no compila'
  shows 'Puntos: 0/100'
}

@test "un archivo vacío" {
  mkdir "$tmp/entrega"
  : >"$tmp/entrega/lab1.cpp"
  run make lab1 SRC="$tmp/entrega"
  fails
  shows 'Puntos: 0/100'
}

@test "un programa que revienta: se dice con qué señal" {
  grade '::abort();'
  shows 'SIGABRT'
}

@test "un error de memoria: se dice lo que vio AddressSanitizer, y dónde" {
  grade 'int* block = new int{4}; delete block; return *block;'
  shows 'AddressSanitizer: heap-use-after-free en lab1.cpp:13'
}

@test "un comportamiento indefinido: se dice cuál, y dónde" {
  grade 'static char block[4]; volatile int far = 9; return block[far];'
  shows 'comportamiento indefinido en lab1.cpp:13'
}

@test "un programa que se cuelga: se dice en qué llamada" {
  grade 'int ends[2]; if (::pipe(ends) == -1) return -1; char byte; return static_cast<int>(::read(ends[0], &byte, 1));'
  shows 'read('
}

@test "un programa que da vueltas sin hacer nada" {
  grade 'for (volatile int i = 0;; i = i + 1) {}'
  shows 'vueltas'
}

@test "un programa que imprime sin parar" {
  grade 'for (;;) ::puts("hola");'
}

@test "un programa que se reproduce sin parar" {
  grade 'for (;;) ::fork();'
}

@test "un programa que ocupa memoria sin parar" {
  grade 'for (;;) { volatile char* block = static_cast<char*>(::malloc(1 << 24)); for (int i = 0; i < 1 << 24; i += 4096) block[i] = 1; }'
  shows 'memoria'
}

# grade_edited LAB QUÉ POR: evalúa la solución de un laboratorio con un cambio.
grade_edited() {
  mkdir -p "$tmp/entrega"
  local solution
  solution=$(<"$(echo "solutions/$1"-*)/$1.cpp")
  [[ $solution == *"$2"* ]] || fails_because "la solución ya no dice: $2"
  printf '%s\n' "${solution/"$2"/"$3"}" >"$tmp/entrega/$1.cpp"
  run python3 tests/end_to_end/leaves_nothing.py make "$1" SRC="$tmp/entrega" REPORT="$tmp/$1.json"
  fails
  hides 'sigue vivo'
  hides 'fallo del propio evaluador'
}

# attack TEXTO CUERPO: la solución de los laboratorios 1, 2 y 6, que además hace lo que dice CUERPO. El informe tiene que
# decir TEXTO, y no puede quedar nada vivo.
attack() {
  local lab solution anchor
  mkdir -p "$tmp/entrega"
  for lab in lab1 lab2 lab6; do
    case $lab in
      lab1) anchor='  return fd;' ;;
      lab2) anchor='  kit::check("listen", ' ;;
      lab6) anchor='  const kit::Descriptor listener = open_listener(port);' ;;
    esac
    solution=$(<"$(echo "solutions/$lab"-*)/$lab.cpp")
    [[ $solution == *"$anchor"* ]] || fails_because "la solución ya no dice: $anchor"
    {
      printf '#include <%s>\n' fcntl.h sys/mman.h sys/socket.h unistd.h cstdio cstdlib cstring string thread vector
      printf 'namespace {\nvoid attack() {\n  %s\n}\n}\n' "$2"
      printf '%s\n' "${solution/"$anchor"/"attack();$anchor"}"
    } >"$tmp/entrega/$lab.cpp"
    run python3 tests/end_to_end/leaves_nothing.py make "$lab" SRC="$tmp/entrega" TEST=1
    fails
    shows_across_lines "$1"
    hides 'sigue vivo'
    hides 'fallo del propio evaluador'
    hides 'límite de seguridad'
  done
}

@test "límites: procesos" {
  attack ' procesos, y el límite es 64' 'for (;;) ::fork();'
}

@test "límites: hilos" {
  attack ' hilos, y el límite es 512' 'for (;;) std::thread{[] { ::pause(); }}.detach();'
}

@test "límites: memoria, repartida entre varios hijos" {
  attack ', y el límite es 1024 MiB' \
    'for (int i = 0; i < 12; ++i) { if (::fork() != 0) continue; void* all = ::mmap(nullptr, 128 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); std::memset(all, 1, 128 << 20); ::pause(); } ::pause();'
}

@test "límites: descriptores" {
  attack 'tiene abiertos 1024 descriptores, y el límite es 1024' 'for (;;) static_cast<void>(::dup(0));'
}

@test "límites: lo que imprime" {
  attack ' MiB, y el límite es 4 MiB' 'for (;;) ::puts("una línea que no se acaba nunca de repetir");'
}

@test "límites: un archivo sin fin" {
  attack 'escribió un archivo de más de 64 MiB, que es el límite (SIGXFSZ)' \
    "const int file = ::open(\"$tmp/largo\", O_WRONLY | O_CREAT | O_TRUNC, 0600); static char block[1 << 20]; for (;;) static_cast<void>(::write(file, block, sizeof block));"
}

@test "límites: muchos archivos" {
  attack ' MiB en archivos, y el límite es 512 MiB' \
    "static char block[1 << 20]; for (int i = 0;; ++i) { const int file = ::open((\"$tmp/\" + std::to_string(i % 20)).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600); for (int j = 0; j < 32; ++j) static_cast<void>(::write(file, block, sizeof block)); ::close(file); }"
}

@test "un servidor que nunca escucha" {
  grade_edited lab2 'kit::check("listen", ::listen(listener.get(), backlog));' '(void)backlog;'
  shows 'falta llamar a listen()'
}

@test "un servidor que escucha en otro puerto" {
  grade_edited lab2 'htons(port)' 'port'
  shows 'falta htons()'
}

@test "un servidor atascado en recv(): se dicen la llamada y el descriptor, también en el JSON" {
  grade_edited lab1 '  return fd;' '  int ends[2]; ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); char byte; ::recv(ends[0], &byte, 1, 0); return fd;'
  shows 'espera en recv(4)'
  grep -q '"program": "espera en recv(4)"' "$tmp/lab1.json"
}

@test "un programa que termina con estado 0 sin hacer nada no gana puntos" {
  grade '::_exit(0);'
  shows 'Puntos: 0/'
}

@test "un programa que imprime un informe falso no gana puntos" {
  grade '::puts("  Puntos: 100/100\ndescriptor 3"); ::_exit(0);'
  shows 'Puntos: 0/'
}

@test "un programa que cierra sus descriptores estándar" {
  grade 'for (int fd = 0; fd < 3; ++fd) ::close(fd); return ::socket(domain, type, 0);'
}

@test "un demonio que se separa y no atiende a las señales tampoco sobrevive" {
  grade 'if (::fork() == 0) { ::setsid(); if (::fork() == 0) { for (int s = 1; s < 32; ++s) ::signal(s, SIG_IGN); for (;;) ::pause(); } ::_exit(0); } return -1;'
}

@test "Ctrl-C en mitad de una evaluación no deja nada vivo" {
  mkfifo "$tmp/empezado"
  interrupt="$tmp/empezado"
  grade "const int fifo = ::open(\"$tmp/empezado\", O_WRONLY); if (::write(fifo, \"1\", 1) == 1) ::close(fifo); for (;;) ::pause();"
}
