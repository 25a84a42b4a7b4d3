#!/usr/bin/env python3
"""Evalúa a los evaluadores con casos de veredicto conocido: tests/chaffs/LEEME.md explica cuáles son y cómo añadir uno.

  grade_graders.py judge CASO         juzga un caso: un .patch de chaffs/, un .cpp de wheats/, un esqueleto o una solución
  grade_graders.py forget             olvida los resultados de otras veces
  grade_graders.py figures            las cifras de todos los casos; falla si alguno no se ha juzgado o no salió bien
  grade_graders.py flakes N [NOMBRE…] repite cada caso N veces en una máquina ocupada y cuenta los veredictos que cambian
  grade_graders.py table ARCHIVO      escribe en Markdown qué errores se buscan, con qué prueba y qué diagnóstico
"""
import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import multiprocessing
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
build = root / 'build'
FIELDS = ('observed', 'program', 'cause')  # lo que el estudiante lee de una prueba que falla
UNAVAILABLE = 'no se puede hacer aquí'


class Wrong(Exception):
    """Lo que está mal en un caso, en una frase."""


@dataclasses.dataclass
class Case:
    """Un programa del que se sabe de antemano qué tiene que decir el evaluador."""
    path: pathlib.Path

    @property
    def lab(self):
        found = re.search(r'/lab(\d+)[^/]*/[^/]*$', str(self.path.resolve()))
        if not found:
            raise Wrong(f'{self.path} no está en una carpeta labN')
        return int(found[1])

    @property
    def kind(self):
        if self.path.suffix == '.patch':
            return 'chaff'
        folder = self.path.resolve().parent.parent.name
        return {'labs': 'starter', 'solutions': 'solution'}.get(folder, 'wheat')

    @property
    def name(self):
        start = f'lab{self.lab}.{self.kind}'
        return f'{start}.{self.path.stem}' if self.kind in ('chaff', 'wheat') else start


def reference(lab):
    return next(root.glob(f'solutions/lab{lab}-*/lab{lab}.cpp'))


def rubric(lab):
    return json.loads(next(root.glob(f'labs/lab{lab}-*/rubric.json')).read_text())


def all_cases():
    patterns = ('labs/lab*-*/lab*.cpp', 'solutions/lab*-*/lab*.cpp', 'tests/wheats/lab*/*.cpp', 'tests/chaffs/lab*/*.patch')
    return sorted((Case(path) for pattern in patterns for path in root.glob(pattern)), key=lambda case: (case.lab, case.name))


def header(patch):
    """Las líneas «Clave: valor» que preceden al parche de un error."""
    found = {}
    for line in patch.read_text().split('\n--- ', 1)[0].splitlines():
        key, colon, value = line.partition(': ')
        if not colon or key not in ('Error', 'Prueba', 'Diagnóstico', 'Necesita') or key in found:
            raise Wrong(f'{patch.name}: no entiendo esta línea de la cabecera: {line!r}')
        found[key] = value.strip()
    for key in ('Error', 'Prueba', 'Diagnóstico'):
        if not found.get(key):
            raise Wrong(f'{patch.name}: a la cabecera le falta «{key}:»')
    found['Prueba'] = [int(number) for number in re.findall(r'\d+', found['Prueba'])]
    if len(found['Diagnóstico']) < 15:
        raise Wrong(f'{patch.name}: el diagnóstico es tan corto que no nombra ninguna causa')
    return found


def missing_capability(case):
    """Lo que el caso necesita y esta máquina no tiene, o None."""
    needed = header(case.path).get('Necesita') if case.kind == 'chaff' else None
    if not needed:
        return None
    if needed == 'pattern_init':  # del compilador, no del núcleo: g++ ≥ 12 o clang
        return None if '-ftrivial-auto-var-init' in (build / 'generated/grader/toolchain.hpp').read_text() else needed
    facts = subprocess.run([build / 'bin/witness_probe'], capture_output=True, text=True, check=True).stdout
    found = re.search(rf'^(.) {re.escape(needed)} ', facts, re.MULTILINE)
    if not found:
        raise Wrong(f'no conozco la capacidad «{needed}»')
    return None if found[1] == '✓' else needed


def built(case, folder):
    """Construye el programa de un caso y devuelve su ruta."""
    source = folder / f'lab{case.lab}.cpp'
    if case.kind == 'chaff':
        shutil.copyfile(reference(case.lab), source)
        command = ['patch', '-p1', '--fuzz=0', '--force', '--no-backup-if-mismatch', '--input', case.path.resolve()]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise Wrong(f'el parche no se puede aplicar a la solución: {" ".join((done.stdout + done.stderr).split())}')
    else:
        shutil.copyfile(case.path, source)
    command = [build / f'bin/lab{case.lab}_grader', '--build', f'--submission={folder}']
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        raise Wrong(f'no compila:\n{done.stderr}')
    if done.stderr and case.kind != 'chaff':
        raise Wrong(f'compila con avisos:\n{done.stderr}')
    return pathlib.Path(done.stdout.strip())


@contextlib.contextmanager
def program_of(case):
    """El programa de un caso, que desaparece al terminar."""
    with tempfile.TemporaryDirectory() as folder:
        program = built(case, pathlib.Path(folder))
        try:
            yield program
        finally:
            shutil.rmtree(program.parent)


def report_of(case, program, file):
    """Evalúa un programa y devuelve el informe, que queda en un archivo."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    command = [build / f'bin/lab{case.lab}_grader', f'--program={program}', f'--report={file}']
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if not file.exists():
        raise Wrong(f'el evaluador no dejó ningún informe (estado {done.returncode}): {done.stderr}')
    return json.loads(file.read_text())


def unavailable(test):
    return test['status'] == 'skipped' and test['observed'].startswith(UNAVAILABLE)


def depends(tests, asked, culprits):
    """¿Depende una prueba, por la rúbrica y quizá a través de otras, de alguna de las culpables?"""
    after = {test['id']: test['after'] for test in tests}
    pending = list(after[asked])
    while pending:
        number = pending.pop()
        if number in culprits:
            return True
        pending += after[number]
    return False


def told(test):
    return ''.join(f'\n      {field}: {test[field]}' for field in FIELDS if test[field])


def check(case, report):
    """Comprueba que el informe es el que tenía que ser. Devuelve por qué no se puede juzgar aquí, o None."""
    expected = header(case.path) if case.kind == 'chaff' else {'Prueba': []}
    tests = {test['id']: test for test in report['tests']}
    if [*tests] != [test['id'] for test in rubric(case.lab)['tests']]:
        raise Wrong('el informe no tiene las pruebas de la rúbrica')
    for number in expected['Prueba']:
        if number not in tests:
            raise Wrong(f'la prueba {number} no existe')
        if unavailable(tests[number]):
            return tests[number]['observed']
    culprits = set(expected['Prueba'])
    if case.kind == 'starter':
        culprits |= {number for number, test in tests.items()
                     if test['status'] == 'failed' and test['observed'].startswith('pendiente: ')}
        if all(test['status'] == 'passed' for test in report['tests']):
            raise Wrong('al esqueleto no le queda nada pendiente')
    problems = []
    for number, test in tests.items():
        if number in expected['Prueba']:
            if test['status'] != 'failed':
                problems.append(f'la prueba {number} tenía que fallar y su resultado es «{test["status"]}»{told(test)}')
        elif test['status'] == 'passed' or unavailable(test) or number in culprits:
            pass
        elif test['status'] != 'skipped':
            problems.append(f'la prueba {number} no tenía que fallar{told(test)}')
        elif not depends(rubric(case.lab)['tests'], number, culprits):
            problems.append(f'la prueba {number} no se hizo, y no depende de ninguna que tuviera que fallar')
    if case.kind == 'chaff' and not problems:
        first = tests[min(expected['Prueba'])]
        if not any(expected['Diagnóstico'] in first[field] for field in FIELDS):
            problems.append(f'el diagnóstico tenía que decir «{expected["Diagnóstico"]}», y dice:{told(first)}')
    if case.kind in ('solution', 'wheat') and report['points'] != report['max_points']:
        problems.append(f'tiene {report["points"]} puntos de {report["max_points"]}')
    if problems:
        raise Wrong('\n  '.join(problems))
    return None


def judge(case, results):
    """Juzga un caso y deja el resultado en un archivo, para figures()."""
    results.mkdir(parents=True, exist_ok=True)
    problem, reason = '', None
    try:
        if not case.path.is_file():
            raise Wrong(f'no existe {case.path}')
        lacking = missing_capability(case)
        if lacking:
            reason = f'falta {lacking}'
        else:
            with program_of(case) as program:
                reason = check(case, report_of(case, program, results / f'{case.name}.report.json'))
    except Wrong as wrong:
        problem = str(wrong)
    verdict = 'mal' if problem else 'sin juzgar' if reason else 'bien'
    line = json.dumps({'case': case.name, 'verdict': verdict, 'why': problem or reason or ''}, ensure_ascii=False)
    (results / f'{case.name}.json').write_text(line + '\n')
    print(f'{case.name}: {verdict}' + (f'\n  {problem or reason}' if problem or reason else ''))
    return not problem


def forget(results):
    """Olvida los resultados de otras veces: lo que no se juzgue esta se echará de menos."""
    shutil.rmtree(results, ignore_errors=True)
    return True


def figures(results):
    """Cuenta, por laboratorio, cómo salieron los casos. Uno que no se juzgó es un fallo."""
    good = True
    by_lab = {}
    for case in all_cases():
        file = results / f'{case.name}.json'
        verdict = json.loads(file.read_text())['verdict'] if file.exists() else 'perdido'
        by_lab.setdefault(case.lab, []).append((case, verdict))
        if verdict in ('perdido', 'mal'):
            good = False
            print(f'✗ {case.name}: ' + ('no se ha juzgado' if verdict == 'perdido' else 'no salió como tenía que salir'))
    print('Los evaluadores, evaluados:')
    for lab, cases in by_lab.items():
        def count(kind, verdict=None):
            return sum(case.kind == kind and verdict in (None, seen) for case, seen in cases)

        def sentence(kind, names, outcome):
            judged, right = count(kind) - count(kind, 'sin juzgar'), count(kind, 'bien')
            result = outcome if right == judged else f'solo {right} como tenía que ser'
            elsewhere = count(kind, 'sin juzgar')
            return f'{judged} {names}: {result}' + (f' (y {elsewhere} que aquí no se pueden juzgar)' if elsewhere else '')

        if not count('chaff') and not count('wheat'):
            print(f'  lab{lab}  todavía sin soluciones de otra forma ni errores')
            continue
        print(f'  lab{lab}  ' + sentence('wheat', 'soluciones de otra forma', 'todas con 100') + '; ' +
              sentence('chaff', 'errores', 'todos atrapados por la prueba nombrada, con el diagnóstico nombrado'))
    return good


def spin(parent):
    while os.getppid() == parent:
        pass


def touch_memory(parent):
    block = bytearray(256 << 20)
    pages = bytes(len(block) // 4096)
    while os.getppid() == parent:
        block[::4096] = pages


def write_to_disk(parent):
    with tempfile.TemporaryFile() as file:
        while os.getppid() == parent:
            file.seek(0)
            file.write(os.urandom(64 << 10))
            file.flush()
            os.fsync(file.fileno())


def hog(work, parent):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C llega a todo el grupo: los recoge quien los creó
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work(parent)


@contextlib.contextmanager
def busy_machine():
    """Procesador, memoria y disco ocupados por procesos propios, que acaban al salir y también si este proceso muere."""
    works = [spin] * (2 * os.cpu_count()) + [touch_memory, write_to_disk]
    context = multiprocessing.get_context('fork')
    hogs = [context.Process(target=hog, args=(work, os.getpid())) for work in works]
    try:
        for process in hogs:
            process.start()
        yield
    finally:
        for process in hogs:
            if process.pid:
                process.kill()
                process.join()


def verdict_of(report):
    """Lo que no puede cambiar de una vez a otra: estado y diagnóstico de cada prueba, sin números de puerto y demás."""
    return [(test['id'], test['status'], *(re.sub(r'\d+', '#', test[field]) for field in FIELDS)) for test in report['tests']]


def repeat(case, times, folder):
    """Repite un caso; devuelve lo que cambió de una vez a otra, o None."""
    if missing_capability(case):
        return None
    with program_of(case) as program:
        first = folder / f'{case.name}.1.json'
        expected = verdict_of(report_of(case, program, first))
        for time in range(2, times + 1):
            again = folder / f'{case.name}.{time}.json'
            seen = verdict_of(report_of(case, program, again))
            if seen != expected:
                one, other = next(pair for pair in zip(expected, seen) if pair[0] != pair[1])
                return f'{case.name}: la vez {time} no dice lo mismo que la primera ({first}, {again})\n  {one}\n  {other}'
            again.unlink()
        first.unlink()
    return None


def flakes(times, names, folder):
    """Repite los casos en una máquina ocupada. NOMBRE es «lab2», «lab2.chaff», el nombre entero de un caso o su archivo."""
    cases = [case for case in all_cases() if not names or any(f'{case.name}.'.startswith(f'{name}.') for name in names)]
    cases += [Case(pathlib.Path(name)) for name in names if os.path.isfile(name)]
    if not cases or times < 2:
        raise Wrong('no hay nada que repetir')
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    changes = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool, busy_machine():
        running = [pool.submit(repeat, case, times, folder) for case in cases]
        try:
            for done in concurrent.futures.as_completed(running):
                if done.result():
                    changes.append(done.result())
                    print(done.result(), flush=True)
        finally:
            pool.shutdown(cancel_futures=True)
    print(f'{len(cases)} casos, {times} veces cada uno con la máquina ocupada: ' +
          (f'{len(changes)} cambian de veredicto' if changes else 'ninguno cambia de veredicto'))
    return not changes


def table(file):
    """Los errores que se buscan, para la documentación."""
    def cell(text):
        return re.sub(r'([\\<>@#|%&*`])', r'\\\1', text)

    lines = ['# Los errores que buscan los evaluadores', '',
             'Cada uno es un parche de `tests/chaffs/`, y las pruebas del kit comprueban que recibe este diagnóstico.', '']
    for lab in sorted({case.lab for case in all_cases()}):
        chaffs = [header(case.path) for case in all_cases() if case.lab == lab and case.kind == 'chaff']
        if not chaffs:
            continue
        lines += [f'## lab{lab} · {rubric(lab)["title"]}', '', '| error | prueba | diagnóstico |', '| --- | --- | --- |']
        for chaff in sorted(chaffs, key=lambda chaff: chaff['Prueba']):
            numbers = ', '.join(map(str, chaff['Prueba']))
            lines.append(f'| {cell(chaff["Error"])} | {numbers} | «{cell(chaff["Diagnóstico"])}» |')
        lines.append('')
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('\n'.join(lines))
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    orders = parser.add_subparsers(dest='order', required=True)
    one = orders.add_parser('judge')
    one.add_argument('case', type=pathlib.Path)
    for order in (one, orders.add_parser('forget'), orders.add_parser('figures')):
        order.add_argument('--results', type=pathlib.Path, default=build / 'graded')
    many = orders.add_parser('flakes')
    many.add_argument('times', type=int)
    many.add_argument('names', nargs='*')
    many.add_argument('--results', type=pathlib.Path, default=build / 'flakes')
    orders.add_parser('table').add_argument('file', type=pathlib.Path)
    asked = parser.parse_args()
    try:
        good = {'judge': lambda: judge(Case(asked.case), asked.results), 'figures': lambda: figures(asked.results),
                'forget': lambda: forget(asked.results),
                'flakes': lambda: flakes(asked.times, asked.names, asked.results),
                'table': lambda: table(asked.file)}[asked.order]()
    except (Wrong, KeyboardInterrupt) as stop:
        print(stop or 'interrumpido', file=sys.stderr)
        good = False
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
