#!/usr/bin/env bats
# Las órdenes de README.es.md hacen lo que promete. Se ejecuta cada línea de sus bloques «sh», desde la raíz del kit: tiene
# que terminar bien, y si lleva «# falla», mal. Solo se sustituyen sudo y apt-get, porque aquí make ya está instalado (se
# comprueba que lo que se pide son paquetes que existen), y ctest, que enumera las pruebas en vez de ejecutarlas: esta es
# una de ellas. Los resultados que las otras van dejando no se tocan.
load helpers

commands() { sed -n '/^```sh$/,/^```$/{/^```/!p}' README.es.md; }

@test "cada orden del README termina como dice" {
  fake sudo <<<'exec "$@"'
  fake apt-get <<<'[ "$*" = "install -y make" ]'
  fake ctest <<<"exec $(command -v ctest) -N \"\$@\""
  fake python3 <<<"case \$2 in forget | figures) ;; *) exec $(command -v python3) \"\$@\" ;; esac"
  PATH=$tmp/bin:$PATH
  local line count=0
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    run bash -c "$line" </dev/null
    case $line in
      *'# falla'*) fails ;;
      *) succeeds ;;
    esac || fails_because "orden: $line"
    count=$((count + 1))
  done < <(commands)
  [ "$count" -ge 3 ]
}

@test "están las dos órdenes con las que se empieza" {
  commands | grep -qxF 'sudo apt-get install -y make && make run-lab1'
  commands | grep -qxF 'make test'
}

@test "los archivos y carpetas que se nombran existen" {
  local name
  for name in $(grep -o '`[a-z/1.-]*/[A-Za-z0-9.]*`' README.es.md | tr -d '`' | sort -u); do
    case $name in build/* | .progress/) continue ;; esac
    [ -e "$name" ] || fails_because "no existe $name"
  done
}

@test "las órdenes de make que se nombran están en la ayuda" {
  run make
  local order
  for order in $(grep -o '`make [a-z-]*' README.es.md | sed 's/.* //' | sort -u); do shows "make $order"; done
}
