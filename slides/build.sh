#!/usr/bin/env bash
# Hace las presentaciones en build/slides, en HTML y en PDF, y las comprueba. Con DECK=lab4, solo la de lab4.
# La llama «make slides».
set -eu -o pipefail
shopt -s nullglob
cd "${BASH_SOURCE[0]%/*}/.."
out=build/slides

decks=(slides/lab*-*.md)
all=$(printf '%s\n' "${decks[@]##*/}" | cut -d - -f 1 | paste -s -d ' ')
if [ -n "${DECK:-}" ]; then
  [[ $DECK =~ ^lab[0-9]+$ ]] && decks=("slides/$DECK"-*.md) || decks=()
fi
if [ ${#decks[@]} -eq 0 ]; then
  echo "No hay ninguna presentación «$DECK». Las que hay son: $all. Por ejemplo: make slides DECK=lab4" >&2
  exit 2
fi

for chromium in chromium chromium-browser google-chrome ''; do
  ! command -v "$chromium" >/dev/null || break
done
if [ -z "$chromium" ]; then
  echo 'Para hacer las presentaciones falta Chromium: escribe «make setup-all».' >&2
  exit 2
fi
CHROME_PATH=$(command -v "$chromium")
export CHROME_PATH

# Marp: se descarga una vez, y otra solo si cambia su versión.
marp=$out/marp
if ! cmp -s slides/package-lock.json "$marp/package-lock.json" || [ ! -x "$marp/node_modules/.bin/marp" ]; then
  echo 'Instalando Marp (solo la primera vez)…'
  rm -rf "$marp"
  mkdir -p "$marp"
  cp slides/package.json slides/package-lock.json "$marp"
  if ! log=$(cd "$marp" && npm ci --ignore-scripts --no-audit --no-fund 2>&1); then
    rm -rf "$marp"
    printf '%s\n' "$log" 'No se pudo instalar Marp: npm necesita la red la primera vez. El motivo está aquí encima.' >&2
    exit 1
  fi
fi

# Cada presentación graba las demostraciones de las que habla.
mapfile -t labs < <(sed -n 's/^<!-- grabación: \(lab[0-9]*\) .*/\1/p' "${decks[@]}" | sort -u)
[ ${#labs[@]} -eq 0 ] || scaffolding/machine/build.sh demo "${labs[@]}"
expanded=$out/expanded
rm -rf "$expanded"
mkdir -p "$expanded"
python3 slides/expand.py "$expanded" "${decks[@]}"

run_marp() {
  "$marp/node_modules/.bin/marp" --no-stdin --browser-timeout 120 --config-file slides/marp.config.mjs --theme-set slides/theme.css "$@" 2>&1
}

# convert ARGUMENTO…: Marp cuenta lo que hace; solo interesa si falla.
convert() {
  local log
  log=$(run_marp --input-dir "$expanded" "$@") || { printf '%s\n' "$log" >&2; exit 1; }
}

convert --output "$out"
convert --output "$out" --pdf --pdf-outlines
convert --output "$out/measured" --template bare

pairs=()
for deck in "${decks[@]}"; do
  name=$(basename "$deck" .md)
  pairs+=("$out/$name.html=$out/measured/$name.html")
done
python3 slides/check.py "$chromium" "${pairs[@]}"
echo "Las presentaciones están en $out, en HTML y en PDF."
