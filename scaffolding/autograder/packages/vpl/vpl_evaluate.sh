#!/bin/bash
# VPL lo ejecuta junto a la entrega, y después ejecuta lo que deja: vpl_execution.
set -eu
if [ -f vpl_environment.sh ]; then
  # shellcheck source=/dev/null
  . ./vpl_environment.sh
fi
export VPL_GRADEMIN=${VPL_GRADEMIN:-0} VPL_GRADEMAX=${VPL_GRADEMAX:-100}
tar -xf laboratorios.tar
{
  printf '#!/bin/bash\nexport VPL_GRADEMIN=%q VPL_GRADEMAX=%q\n' "$VPL_GRADEMIN" "$VPL_GRADEMAX"
  echo 'exec laboratorios/scaffolding/autograder/packages/vpl/run.sh'
} >vpl_execution
chmod +x vpl_execution
