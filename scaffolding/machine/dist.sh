#!/usr/bin/env bash
# Hace el paquete que se reparte a los estudiantes: build/dist/laboratorios.tar.gz, que se descomprime en una sola carpeta.
# Con SOLUTIONS=1-3 (o 2, o 1,3, o 1-3,5) lleva además esas soluciones. De lo mismo sale siempre el mismo paquete.
set -u -o pipefail
shopt -s extglob nullglob
cd "${BASH_SOURCE[0]%/*}/../.." || exit
name=laboratorios
package=build/dist/$name.tar.gz

# travels ARCHIVO: ¿va en el paquete? Esta lista es lo único que decide qué se reparte.
travels() {
  case $1 in
    scaffolding/machine/@(dist|lint).sh | scaffolding/autograder/*) return 1 ;;
    @(labs|scaffolding|.devcontainer)/*) ;;
    tests/lab+([0-9])_test.cpp) ;;
    Makefile | CMakeLists.txt | README.es.md | LICENSE) ;;
    .clang-format | .editorconfig | .gitignore) ;;
    solutions/*) is_asked "$1" ;;
    *) return 1 ;;
  esac
}

# is_asked ARCHIVO: ¿es de una de las soluciones que se pidieron?
is_asked() {
  local lab
  for lab in "${solutions[@]}"; do
    case $1 in "solutions/lab$lab-"*) return 0 ;; esac
  done
  return 1
}

stop() {
  printf '%s\n' "$1" >&2
  exit 2
}

# De git viaja lo último confirmado. Sin git, lo que haya, salvo lo que dejan los editores.
in_git=false
if problem=$(git cat-file -e HEAD:./Makefile 2>&1); then
  in_git=true
elif [ -e .git ]; then
  stop "El kit está en git, pero git no puede leer su último commit: $problem"
fi

all_files() {
  if $in_git; then git ls-tree -r -z --name-only HEAD; else find . -type f ! -name '*~' ! -name '.*.sw?' -printf '%P\0'; fi
}

uncommitted_files() {
  git diff --name-only --relative -z HEAD
  git ls-files --others --exclude-standard -z
}

# Deja en «solutions» los números de SOLUTIONS.
read_solutions() {
  local range
  local number='(0|[1-9][0-9]?)'
  [[ $1 =~ ^$number(-$number)?(,$number(-$number)?)*$ ]] || return
  for range in ${1//,/ }; do
    [ "${range%-*}" -le "${range#*-}" ] || return
    mapfile -t -O ${#solutions[@]} solutions < <(seq "${range%-*}" "${range#*-}")
  done
  mapfile -t solutions < <(printf '%s\n' "${solutions[@]}" | sort -nu)
}

solutions=()
[ -z "${SOLUTIONS:-}" ] || read_solutions "$SOLUTIONS" ||
  stop "No entiendo SOLUTIONS=$SOLUTIONS: son números de laboratorio, como en SOLUTIONS=2, SOLUTIONS=1,3 o SOLUTIONS=1-3,5."

mapfile -d '' -t found < <(all_files | LC_ALL=C sort -z)
files=()
for file in "${found[@]}"; do
  if travels "$file"; then files+=("$file"); fi
done
for lab in "${solutions[@]}"; do
  case " ${files[*]}" in *" solutions/lab$lab-"*) ;; *) stop "SOLUTIONS=$SOLUTIONS: en este kit no está la solución de lab$lab." ;; esac
done

make_tar() {
  if $in_git; then
    git --literal-pathspecs -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD -- "${files[@]}"
  else
    # Sin la fecha de un commit, una cualquiera, pero siempre la misma.
    printf '%s\0' "${files[@]}" | tar --create --null --files-from=- --format=gnu --transform="s,^,$name/," \
      --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime='2000-01-01 00:00Z'
  fi
}

mkdir -p build/dist || exit
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
if ! make_tar >"$tmp/tar" || ! gzip -9 -n -c "$tmp/tar" >"$package.tmp" || ! mv "$package.tmp" "$package"; then
  rm -f "$package.tmp"
  stop "No se pudo hacer $package: el motivo está aquí encima."
fi
included='sin soluciones'
[ ${#solutions[@]} -eq 0 ] || included="con la solución de ${solutions[*]/#/lab}"
echo "$package: $(du -k "$package" | cut -f 1) KiB, $included."

#
# Lo que a quien reparte le conviene mirar antes
#
is_starter() { [[ $1 =~ ^labs/[^/]*/lab[0-9]+\.cpp$ ]]; }

if $in_git; then
  changed=()
  while IFS= read -r -d '' file; do
    travels "$file" || continue
    if is_starter "$file"; then file+='  (¿lo resolviste ahí? El que va en el paquete es el confirmado)'; fi
    changed+=("  $file")
  done < <(uncommitted_files)
  if [ ${#changed[@]} -gt 0 ]; then
    printf '%s\n' 'Aviso: el paquete lleva lo último confirmado en git (commit), sin estos cambios:' "${changed[@]}" >&2
  fi
else
  echo 'Aviso: este kit no está en git: el paquete lleva los archivos tal como están ahora.' >&2
fi

# ¿Están pendientes, en los esqueletos que viajan, todos los pasos de su rúbrica?
tar -xf "$tmp/tar" -C "$tmp" || exit
for folder in "$tmp/$name"/labs/lab*-*/; do
  lab=${folder#"$tmp/$name"/labs/}
  lab=${lab%%-*}
  for step in $(grep -o '"todo": *[0-9]*' "$folder/rubric.json" | grep -o '[0-9]*$' | sort -nu); do
    grep -q "kit::pending(${step}[,)]" "$folder/$lab.cpp" ||
      echo "Aviso: en el $lab.cpp que va en el paquete, el paso $step no está pendiente: ¿está resuelto?" >&2
  done
done
