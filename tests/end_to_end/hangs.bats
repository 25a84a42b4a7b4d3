#!/usr/bin/env bats
# Entregas que se cuelgan: ninguna espera al reloj. Con la red de seguridad a diez minutos, cada prueba tiene su veredicto
# enseguida, y el veredicto no habla de la red.
load helpers

@test "cada entrega que se cuelga tiene su diagnóstico sin esperar a la red de seguridad" {
  local patch lab late=''
  for patch in tests/chaffs/lab*/se_cuelga_*.patch; do
    lab=$(basename "$(dirname "$patch")")
    mkdir -p "$tmp/entrega"
    cp "solutions/$lab"-*/"$lab.cpp" "$tmp/entrega"
    patch --silent "$tmp/entrega/$lab.cpp" "$patch"
    run env SAFETY_NET=600 make "$lab" SRC="$tmp/entrega" REPORT="$tmp/report.json"
    fails
    hides 'fallo del propio evaluador'
    late+=$(python3 - "$tmp/report.json" "$patch" <<'END'
import json, sys
for test in json.load(open(sys.argv[1]))["tests"]:
    told = json.dumps(test, ensure_ascii=False)
    if test["duration_ms"] >= 2000 or "límite de seguridad" in told:
        print(f"{sys.argv[2]}: {told}")
END
    )
    rm -r "$tmp/entrega" "$tmp/report.json"
  done
  [ -z "$late" ] || fails_because "$late"
}
