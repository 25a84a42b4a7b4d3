#!/usr/bin/env bats
# Lo que lee una persona: sin faltas de ortografía y sin enlaces rotos.
load helpers

# Un kit con una sola guía, que llega por la entrada. En $kit.
kit_with_guide() {
  kit=$tmp/kit
  mkdir -p "$kit/labs/lab1-socket" "$kit/tests/spelling"
  cp tests/spelling/* "$kit/tests/spelling"
  cat >"$kit/labs/lab1-socket/GUIA.md"
}

@test "los textos no tienen faltas de ortografía" {
  command -v hunspell || skip 'falta hunspell'
  run tests/spelling/check.py
  succeeds
}

@test "una falta se encuentra, y el código no se confunde con una" {
  command -v hunspell || skip 'falta hunspell'
  kit_with_guide <<'END'
Tambien se mira `una_fúncion()`, sin_comillas, AF_INET y 3xyz. La conexion.
```sh
ottra --cosaa
```
END
  cd "$kit"
  run tests/spelling/check.py
  fails
  shows 'labs/lab1-socket/GUIA.md: «Tambien»'
  shows '«conexion»'
  for word in fúncion sin comillas xyz ottra cosaa; do hides "«$word»"; done
}

@test "los enlaces llevan a alguna parte" {
  run tests/links.py
  succeeds
}

@test "lo que no lleva a ninguna parte se encuentra" {
  kit_with_guide <<'END'
# Uno
[bien](#uno), [mal](#dos), [falta](no_esta.md), [fuera](https://example.org/) y `scaffolding/no/esta.hpp`.
END
  mkdir -p "$kit/build/slides"
  cat >"$kit/build/slides/a.html" <<'END'
<a href="#no">x</a> <a href="https://example.org">x</a> <img src="http://example.org/x.png"> <p id="si"><a href="a.html#si">x</a>
END
  run tests/links.py "$kit"
  fails
  shows 'no existe el ancla #dos'
  shows 'no existe no_esta.md'
  shows 'se nombra scaffolding/no/esta.hpp'
  shows 'a.html: no existe el ancla #no'
  shows 'necesita http://example.org/x.png'
  [ "${#lines[@]}" -eq 6 ]
}
