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

@test "un error de memoria: se dice lo que vio AddressSanitizer" {
  grade 'static char block[4]; volatile int far = 9; return block[far];'
  shows 'Sanitizer'
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
