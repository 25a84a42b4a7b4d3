# Las órdenes del kit. Escribe «make» para ver qué hace cada una.
define help
Laboratorios de sockets: qué puedes escribir

  make lab1        compila tu labs/lab1-*/lab1.cpp y lo evalúa; termina bien solo si pasan todas las pruebas
  make run-lab1    demostración: lo que hacen, paso a paso, el cliente, el servidor y el núcleo
  make hint-lab1   una pista más sobre la primera prueba que falló la última vez
  make watch-lab1  evalúa cada vez que guardas tu archivo, hasta Ctrl-C
  make trace-lab1  las llamadas al sistema de tu programa, durante una sesión corta (strace)$(solution_help)
  make progress    los puntos de cada laboratorio y su siguiente paso
  make doctor      dice qué le falta a esta máquina y qué no funcionará sin ello
  make setup       instala los paquetes que piden los laboratorios (Debian y Ubuntu); antes los muestra
  make docs        genera la documentación de las bibliotecas en build/docs
  make clean       borra todo lo construido (la carpeta build), y nada de lo tuyo: el progreso está en .progress

Con las que terminan en lab1, menos hint-lab1, puedes añadir:
  SRC=carpeta      otra carpeta que contenga lab1.cpp       make lab1 SRC=entrega
Y con make lab1 y make watch-lab1, además:
  TEST=n           solo la prueba n                         make lab1 TEST=2
  REPORT=archivo   guarda también el resultado, en JSON     make lab1 REPORT=resultado.json
  PROGRAM='orden'  un programa entero, en cualquier lenguaje, donde el laboratorio lo es; lo que va entre llaves son sus
                   argumentos                               make lab6 PROGRAM='python3 servidor.py {port}'$(whole_kit_help)

endef
export help

# Lo que no está en todas las copias del kit no se ofrece: en el paquete de los estudiantes, las soluciones y lo que solo
# le sirve al kit entero.
ifneq ($(wildcard solutions/lab*),)
define solution_help

  make solution-lab1  en qué se diferencia tu archivo de la solución, cuando pasan todas las pruebas (o con FORCE=1)
endef
endif

whole_kit := $(wildcard tests/CMakeLists.txt)
packages := $(addprefix package-,gradescope autolab vpl prairielearn)
for_the_whole_kit := autograder test flakes lint format bench bench-autograder slides setup-all dist $(packages)
ifneq ($(whole_kit),)
define whole_kit_help


Para quien da clase o mantiene el kit:
  make autograder  evalúa las entregas de una clase y hace sus informes; si se para, al repetir la orden sigue donde estaba
                                                        make autograder SUBMISSIONS=entregas
                   SUBMISSIONS=carpeta  o zip, con las entregas; si no se dice, una clase de ejemplo
                   LABS=1-3,5  JOBS=n a la vez  OUT=carpeta de los resultados  FORMATS=html,moodle,…  SEED=n
                   POLICY=archivo con los plazos y los intentos  WORKSHEET=hoja de notas de Moodle que se rellena
                   REGRADE=todo, lab4, lab4.2 o un estudiante: lo que se evalúa otra vez
                   ISOLATION=weak  donde no se puede aislar del todo a las entregas
  make dist        hace build/dist/laboratorios.tar.gz, que es lo que se reparte: los laboratorios, sin las soluciones;
                   SOLUTIONS=números añade esas          make dist SOLUTIONS=1-3,5
  make package-gradescope  (o -autolab, -vpl, -prairielearn) hace lo que se sube a esa plataforma para que evalúe ella
                   LABS=números deja solo esos: scaffolding/autograder/packages/LEEME.md dice qué se hace con ello
  make test        construye todo y hace todas las pruebas
  make flakes      repite N veces cada caso de tests/chaffs/ y tests/wheats/, con la máquina ocupada, y cuenta los
                   veredictos que cambian            make flakes N=50 LABS='lab1 lab2'
  make lint        comprueba el formato y analiza el código
  make format      da formato al código
  make bench       mide lo que tarda una evaluación, junto a lo que tarda el compilador
  make bench-autograder  lo mismo, con una clase de N estudiantes (200), y la memoria que hace falta
  make slides      hace las presentaciones, en HTML y en PDF, en build/slides
                                                       make slides DECK=lab4
  make setup-all   instala también los paquetes de las pruebas, de la documentación y de las presentaciones
endef
endif

# Llegan a las órdenes por el entorno y sin tocar: pueden llevar espacios, comillas o «$».
override SRC := $(value SRC)
override TEST := $(value TEST)
override REPORT := $(value REPORT)
override PROGRAM := $(value PROGRAM)
override FORCE := $(value FORCE)
override SOLUTIONS := $(value SOLUTIONS)
override N := $(value N)
override LABS := $(value LABS)
override RECORD := $(value RECORD)
override HTML := $(value HTML)
override SVG := $(value SVG)
override SCENE := $(value SCENE)
override STEP := $(value STEP)
override SLOW := $(value SLOW)
override BACKLOG := $(value BACKLOG)
override CLIENTS := $(value CLIENTS)
override DECK := $(value DECK)
override SUBMISSIONS := $(value SUBMISSIONS)
override JOBS := $(value JOBS)
override OUT := $(value OUT)
override FORMATS := $(value FORMATS)
override POLICY := $(value POLICY)
override SEED := $(value SEED)
override REGRADE := $(value REGRADE)
override WORKSHEET := $(value WORKSHEET)
override ISOLATION := $(value ISOLATION)
export SRC TEST REPORT PROGRAM FORCE SOLUTIONS N LABS DECK
export SUBMISSIONS JOBS OUT FORMATS POLICY SEED REGRADE WORKSHEET ISOLATION
export RECORD HTML SVG SCENE STEP SLOW BACKLOG CLIENTS

machine := scaffolding/machine
labs := $(foreach folder,$(wildcard labs/lab*-*),$(firstword $(subst -, ,$(notdir $(folder)))))
needs_lab = $(if $(filter lab$*,$(labs)),,echo 'No existe lab$*. Los laboratorios son: $(labs).' >&2; exit 2;)

MAKEFLAGS += --no-builtin-rules --no-print-directory
.PHONY: help progress docs doctor setup clean FORCE $(for_the_whole_kit)
.NOTPARALLEL:

help:
	@printf '%s\n' "$$help" 'Laboratorios: $(labs)'

lab%: FORCE
	@$(needs_lab) exec $(machine)/grade.sh lab$*

hint-lab%: FORCE
	@$(needs_lab) $(machine)/build.sh learner && exec build/bin/learner hint $*

watch-lab%: FORCE
	@$(needs_lab) exec $(machine)/watch.sh lab$*

trace-lab%: FORCE
	@$(needs_lab) $(machine)/build.sh lab$* learner && exec build/bin/learner trace $* --submission="$${SRC:-labs}"

solution-lab%: FORCE
	@$(needs_lab) exec $(machine)/solution.sh lab$*

progress:
	@$(machine)/build.sh learner && exec build/bin/learner progress

# Si no se pudo instalar algo que no es imprescindible (build), la demostración se hace igualmente.
run-lab%: FORCE
	@$(needs_lab) $(machine)/setup.sh --check labs || $(machine)/setup.sh labs || $(machine)/setup.sh --check build
	@$(machine)/build.sh lab$* demo && \
	exec build/bin/demo $* --submission="$${SRC:-$(if $(wildcard solutions/lab$*-*),solutions,labs)}"

ifeq ($(whole_kit),)
$(for_the_whole_kit):
	@echo '«make $@» es del kit entero: en este paquete están solo los laboratorios.' >&2; exit 2
else
autograder:
	@$(machine)/setup.sh --check build autograder || $(machine)/setup.sh build autograder
	@$(machine)/build.sh autograder $(labs) && exec $(machine)/autograder.sh

test:
	@$(machine)/setup.sh --check labs autograder demo tests || $(machine)/setup.sh labs autograder demo tests
	@$(machine)/build.sh all
	@python3 tests/grade_graders.py forget
	@if ctest --test-dir build --output-on-failure --no-tests=error -j "$$(nproc)" && python3 tests/grade_graders.py figures; \
	then echo '✓ Todas las pruebas del kit pasan.'; \
	else echo '✗ Hay pruebas que fallan: son las de la lista de arriba.'; exit 1; fi

flakes:
	@$(machine)/setup.sh --check labs autograder demo tests || $(machine)/setup.sh labs autograder demo tests
	@$(machine)/build.sh all && exec tests/grade_graders.py flakes "$${N:-10}" $${LABS:-}

lint:
	@$(machine)/setup.sh --check labs autograder demo tests || $(machine)/setup.sh labs autograder demo tests
	@$(machine)/lint.sh

format:
	@$(machine)/lint.sh --fix

bench:
	@$(machine)/build.sh bench $(labs) && exec build/bin/bench

bench-autograder:
	@$(machine)/setup.sh --check build autograder || $(machine)/setup.sh build autograder
	@$(machine)/build.sh autograder $(labs) && exec tests/autograder/same_marks.py bench --students "$${N:-200}"

slides:
	@$(machine)/setup.sh --check build slides || $(machine)/setup.sh build slides
	@exec slides/build.sh

setup-all:
	@$(machine)/setup.sh labs autograder demo tests docs slides

dist:
	@exec $(machine)/dist.sh

$(packages): package-%:
	@exec scaffolding/autograder/package.sh $*
endif

docs:
	@$(machine)/setup.sh --check build docs || $(machine)/setup.sh build docs
	@$(machine)/build.sh docs && echo 'La documentación está en build/docs/html/index.html'

doctor:
	@$(machine)/doctor.sh

setup:
	@$(machine)/setup.sh labs

clean:
	@rm -rf build

FORCE:
Makefile: ;
.DEFAULT:
	@echo 'No conozco la orden «$@». Escribe «make» para ver las que hay.' >&2; exit 2
