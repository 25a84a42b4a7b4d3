#!/usr/bin/env bats
# make slides: las presentaciones, y lo que se comprueba de ellas.
load helpers

needs_slides() {
  scaffolding/machine/setup.sh --check build slides || skip 'faltan paquetes del grupo slides'
}

# Un kit con una sola presentación, que llega por la entrada. En $kit.
kit_with_deck() {
  kit=$tmp/kit
  mkdir -p "$kit/slides" "$kit/build/slides"
  ln -s "$root"/{labs,solutions,scaffolding,tests,.clang-format} "$kit"
  cp slides/{build.sh,*.py,*.css,*.mjs,*.json} "$kit/slides"
  [ ! -d build/slides/marp ] || ln -s "$root/build/slides/marp" "$kit/build/slides"
  cat >"$kit/slides/lab1-prueba.md"
}

@test "make slides DECK=lab1 hace una presentación, en HTML y en PDF, y la comprueba" {
  needs_slides
  rm -f build/slides/lab1-socket.*
  run make --no-print-directory slides DECK=lab1
  succeeds
  shows '✓ build/slides/lab1-socket.html'
  [ -s build/slides/lab1-socket.pdf ]
  grep -q 'throw std::system_error' <(sed 's/<[^>]*>//g' build/slides/lab1-socket.html) || fails_because 'falta el código de la solución'
  grep -q 'espera en read(0)' build/slides/lab1-socket.html || fails_because 'falta la grabación'
}

@test "una presentación que no existe se dice en una línea, con las que hay" {
  needs_slides
  for deck in lab99 4 ../lab1 'lab*'; do
    run make --no-print-directory slides DECK="$deck"
    fails
    shows "«$deck»"
    shows 'lab0 lab1 lab2'
    shows_one_line
  done
}

@test "lo que está mal en una presentación se encuentra" {
  needs_slides
  kit_with_deck < <(
    printf '# Demasiado\n\n'
    printf -- '- una línea más\n%.0s' {1..20}
    printf '\n<!-- 1 min -->\n\n---\n\n# Ancha\n\n```text\n%0200d\n```\n\n<!-- 1 min -->\n\n---\n\n# Sin notas\n\n' 0
    printf '![](no_esta.png)\n\n---\n\n# De fuera\n\n![](http://127.0.0.1:9/foto.png)\n\n<!-- Decir: nada. 2 min -->\n'
  )
  run "$kit/slides/build.sh"
  fails
  shows 'diapositiva 1 («Demasiado»)'
  shows 'diapositiva 2 («Ancha»): <pre> es demasiado ancho'
  shows 'diapositiva 3: sus notas'
  shows 'falta la imagen no_esta.png'
  shows 'http://127.0.0.1:9/foto.png'
  shows 'tiene 4 diapositivas'
}

@test "lo que una directiva nombra y ya no existe se dice, con su línea" {
  needs_slides
  solution=solutions/lab1-socket/lab1.cpp
  for directive in 'código: no/esta.cpp main' "código: $solution no_esta" "código: $solution TODO(9)" \
    "código: $solution «no está» a «tampoco»" 'error: lab1/no_esta' 'título: lab99'; do
    rm -rf "$tmp/kit"
    kit_with_deck < <(printf '# Uno\n\n<!-- %s -->\n' "$directive")
    run "$kit/slides/build.sh"
    fails
    shows "slides/lab1-prueba.md:3: «$directive»"
    shows_one_line
  done
}

@test "cada laboratorio tiene su presentación, y cada paso de su guía, una diapositiva" {
  local folder deck step
  for folder in labs/lab*-*; do
    deck=slides/${folder#labs/}.md
    [ -f "$deck" ] || fails_because "falta $deck"
    for step in $(sed -n 's/^### Paso \([0-9]*\)\..*/\1/p' "$folder/GUIA.md"); do
      grep -Eq "^# Pasos? ([0-9]+ y )?$step( y [0-9]+)?\. " "$deck" || fails_because "en $deck falta el paso $step"
    done
  done
}
