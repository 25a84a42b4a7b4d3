# shellcheck shell=bash
# Lee packages.txt. Para setup.sh, doctor.sh y build.sh, que lo incluyen con «source».

packages_file=${BASH_SOURCE[0]%/*}/packages.txt

# is_present SEÑAL: ¿está alguna de las órdenes o archivos de la señal?
is_present() {
  local sign IFS='|'
  for sign in $1; do  # sin comillas: un archivo puede llevar «*»
    case $sign in
      /*) [ -e "$sign" ] && return 0 ;;
      *) command -v -- "$sign" >/dev/null 2>&1 && return 0 ;;
    esac
  done
  return 1
}

# for_each_package FUNCIÓN GRUPO…: llama a FUNCIÓN con el paquete, su señal y su motivo.
for_each_package() {
  local function=$1 group='' package sign reason
  shift
  while read -r package sign _ reason; do
    case $package in
      '' | '#'*) ;;
      '['*']') group=${package//[][]/} ;;
      *) case " $* " in *" $group "*) "$function" "$package" "$sign" "$reason" ;; esac ;;
    esac
  done <"$packages_file"
}

# find_missing GRUPO…: deja en el vector «missing» los paquetes que faltan.
find_missing() {
  missing=()
  for_each_package add_if_missing "$@"
}

add_if_missing() {
  is_present "$2" || [[ " ${missing[*]} " == *" $1 "* ]] || missing+=("$1")
}

# print_reason PAQUETE SEÑAL MOTIVO: una línea para una lista de lo que falta.
print_reason() {
  case " ${missing[*]} " in *" $1 "*) printf '  %-20s sin él no puedes %s\n' "$1" "$3" ;; esac
}
