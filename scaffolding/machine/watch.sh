#!/usr/bin/env bash
# Evalúa un laboratorio cada vez que se guarda su archivo, hasta Ctrl-C: watch.sh labN, con SRC y TEST como en make.
set -u
cd "${BASH_SOURCE[0]%/*}/../.." || exit
lab=$1

if ! command -v inotifywait >/dev/null; then
  printf '%s\n' "Para watch-$lab falta inotifywait, del paquete inotify-tools: escribe «make setup»." >&2
  exit 2
fi
scaffolding/machine/build.sh learner || exit
file=$(build/bin/learner source "${lab#lab}" --submission="${SRC:-labs}") || exit
folder=$(dirname "$file")

# Se vigila la carpeta, no el archivo: muchos editores guardan en otro y le cambian el nombre.
# Todo llega por una tubería: lo que se guarda durante una evaluación espera en ella.
exec 3< <(exec inotifywait --monitor --format '%e %f' -e close_write,moved_to,delete_self,move_self "$folder" 2>&1)
watcher=$!
trap 'kill "$watcher" 2>/dev/null' EXIT
trap 'echo; exit 0' INT
trap 'exit 143' TERM HUP

stop_watching() {
  printf '%s\n' "$1" >&2
  exit 2
}

# next_event [OPCIONES DE read]: deja en $event qué pasó, y en $name, con qué archivo.
next_event() {
  read -r "$@" -u 3 event name || return
  case $event in *_SELF*) stop_watching "La carpeta $folder ya no está." ;; esac
}

said=''
while next_event && [ "$event $name" != 'Watches established.' ]; do said="$event $name"; done
[ "${event:-}" ] || stop_watching "No se puede vigilar la carpeta $folder: ${said:-inotifywait terminó}"

while :; do
  if [ -t 1 ]; then printf '\e[H\e[2J\e[3J'; fi
  scaffolding/machine/grade.sh "$lab"
  printf '\n%s\n' "Espero a que guardes $file (Ctrl-C para terminar)…"
  saved=false
  until $saved; do
    next_event || stop_watching "La vigilancia de $folder terminó: ${said:-inotifywait ya no está}"
    case $name in "$lab".[ch]pp) saved=true ;; esac
  done
  # Un editor puede guardar en varios pasos: con una evaluación basta.
  while next_event -t 0.1; do :; done
done
