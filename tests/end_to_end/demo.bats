#!/usr/bin/env bats
# make run-labN: la demostración, sin nadie delante.
load helpers

@test "la demostración de cada laboratorio termina bien sin terminal, y enseña los cuatro códigos" {
  local lab code
  for lab in $(labs); do
    run python3 tests/end_to_end/leaves_nothing.py make "run-$lab" </dev/null
    succeeds
    hides $'\e'
    ! grep -E '.{81}' <<<"$output" || fails_because 'una línea pasa de 80 columnas'
    for code in '100 OK' '300 DRCV' '400 BCMD' '200 BYE'; do shows "$code"; done
  done
}

@test "la demostración también sirve con la entrega de un estudiante" {
  local lab
  for lab in $(labs); do
    mkdir -p "$tmp/mi entrega"
    cp "$(echo "solutions/$lab"-*)/$lab.cpp" "$tmp/mi entrega"
    run make "run-$lab" SRC="$tmp/mi entrega" </dev/null
    succeeds
  done
}

@test "los servidores concurrentes compiten con el iterativo, en la misma escala" {
  run make run-lab7 </dev/null
  succeeds
  [ "$(grep -c '^ cliente 5 │.* ms$' <<<"$output")" -eq 3 ] || fails_because 'tenía que haber tres diagramas'
  shows 'iterativo = '
}

@test "con una carpeta que no existe, una línea que lo dice" {
  run make run-lab1 SRC="$tmp/no hay nada"
  fails
  shows "$tmp/no hay nada"
  shows_one_line
}

@test "la demostración se graba en una página, una figura y NDJSON, y dice dónde están" {
  run make run-lab2 HTML="$tmp/mi página.html" SVG="$tmp/paso.svg" SCENE=4 RECORD="$tmp/todo.ndjson" </dev/null
  succeeds
  shows "Página: $tmp/mi página.html"
  python3 - "$tmp" <<'PYTHON'
import json, sys, xml.dom.minidom
events = [json.loads(line) for line in open(sys.argv[1] + "/todo.ndjson", encoding="utf-8")]
assert [event["t"] for event in events] == sorted(event["t"] for event in events)
assert {"call", "state", "step", "program"} <= {event["kind"] for event in events}
xml.dom.minidom.parse(sys.argv[1] + "/paso.svg")
PYTHON
  run grep -c '^<section>' "$tmp/mi página.html"
  [ "$output" -ge 9 ] || fails_because 'tenía que haber una sección por paso'
}

@test "las páginas funcionan en un navegador, sin un error en la consola ni una petición a la red" {
  local browser
  browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip 'falta chromium'
  make run-lab4 HTML="$tmp/pagina.html" </dev/null >/dev/null
  # Cada tecla y cada botón, dentro de la página; el resultado queda en su título.
  cat >>"$tmp/pagina.html" <<'HTML'
<script>
addEventListener('load', () => {
  const press = key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  const live = () => document.getElementById('live').textContent;
  press('Home'); const start = live();
  press('ArrowRight'); const one = live();
  press('ArrowRight'); press('ArrowLeft'); const back = live();
  document.getElementById('bigger').click();
  press('End'); const all = document.querySelectorAll('.later').length;
  const outside = performance.getEntriesByType('resource').filter(entry => !entry.name.startsWith('data:')).length;
  document.title = [start.includes('¿Qué va a pasar?'), one.startsWith('1 de '), back === one, all, outside].join();
});
</script>
HTML
  run timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$tmp/perfil" \
    --enable-logging=stderr --dump-dom "file://$tmp/pagina.html"
  succeeds
  hides ':CONSOLE'
  shows '<title>true,true,true,0,0</title>'
}

@test "si no se puede grabar algo, se dice qué y por qué, y la demostración se hace igual" {
  make run-lab1 </dev/null >/dev/null  # que esté construida: «make», sin strace, intentaría instalarlo
  path_without strace
  run env PATH="$path" build/bin/demo 1 --html="$tmp/pagina.html" </dev/null
  succeeds
  shows 'No se graban las llamadas al sistema: falta strace, que instala «make setup».'
  shows '✓ Fin de la demostración'
  grep -q 'falta strace' "$tmp/pagina.html" || fails_because 'la página también tenía que decirlo'
}

@test "las opciones que no valen se rechazan con una frase" {
  local wrong
  for wrong in BACKLOG=x CLIENTS=99 STEP=sí SLOW=rápido; do
    run make run-lab2 "$wrong" </dev/null
    fails
    shows "y llegó $wrong"
  done
  run make run-lab1 HTML="$tmp/no está/pagina.html" </dev/null
  fails
  shows 'comprueba que la carpeta existe'
}

@test "con otra cola y otros clientes, los que caben esperan y el siguiente se queda fuera" {
  run make run-lab2 BACKLOG=2 CLIENTS=5 </dev/null
  succeeds
  shows 'los clientes 2 a 4 esperan en la cola'
  shows 'el cliente 5 se queda fuera'
  run make run-lab2 BACKLOG=0 CLIENTS=2 </dev/null
  succeeds
  hides 'se queda fuera'
}

@test "con STEP=1 pregunta en una terminal, y sin terminal no espera a nadie" {
  run make run-lab1 STEP=1 </dev/null
  succeeds
  hides '¿Qué va a pasar?'
  command -v script >/dev/null || skip 'falta script'
  run script -qec 'make run-lab1 STEP=1' /dev/null < <(yes '')
  succeeds
  [ "$(grep -c '¿Qué va a pasar?' <<<"$output")" -eq "$(grep -c '── [0-9]* · ' <<<"$output")" ] || fails_because 'tenía que preguntar antes de cada paso'
}
