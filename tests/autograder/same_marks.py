#!/usr/bin/env python3
"""Comprueba que una clase inventada saca siempre las mismas notas, y mide lo que cuesta evaluarla.

  same_marks.py load     evaluada de una en una; y otra vez muchas a la vez, con la máquina ocupada: las mismas notas
  same_marks.py kill     muerta con kill -9 en momentos al azar (--kills N) y continuada cada vez: las mismas notas
  same_marks.py bench    tiempo total, junto al de solo compilar los mismos archivos, y memoria

Opciones: --students N, --labs 1-7, --seed N.
"""
import argparse
import concurrent.futures
import contextlib
import ctypes
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import make_class

root = pathlib.Path(__file__).resolve().parent.parent.parent
autograder = root / 'build/bin/autograder'
PR_SET_CHILD_SUBREAPER = 36


class Wrong(Exception):
    """Lo que no se cumple, en una frase."""


def command(asked, folder, out, jobs):
    return [autograder, 'grade', folder, f'--labs={asked.labs[0]}-{asked.labs[-1]}', f'--out={out}', f'--jobs={jobs}',
            f'--seed={asked.seed}']


def grade(asked, folder, out, jobs):
    """Evalúa la clase entera. Devuelve sus notas y los segundos que tardó."""
    start = time.monotonic()
    done = subprocess.run(command(asked, folder, out, jobs), capture_output=True, text=True)
    if done.returncode != 0:
        raise Wrong(f'el autocalificador terminó con el estado {done.returncode}:\n{done.stdout}{done.stderr}')
    return marks(out), time.monotonic() - start


def marks(out):
    """De cada estudiante y laboratorio: el estado, los puntos y cómo acabó cada prueba."""
    course = json.loads((out / 'class.json').read_text())
    return {(student['id'], lab['lab']): (lab['state'], lab['points'], {test['name']: test['status'] for test in lab['tests']})
            for student in course['students'] for lab in student['labs']}


def compare(expected, found, when):
    different = [f'  {key}: {expected.get(key)}\n      {found.get(key)}'
                 for key in sorted(expected.keys() | found.keys()) if expected.get(key) != found.get(key)]
    if different:
        raise Wrong(f'{when}, cambian {len(different)} de {len(expected)} notas:\n' + '\n'.join(different))
    points = sum(points for _, points, _ in found.values())
    print(f'✓ {when}: las mismas {len(found)} notas, {points:g} puntos en total', flush=True)


@contextlib.contextmanager
def busy_machine():
    """Dos procesos por procesador que no paran."""
    spinning = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(2 * os.cpu_count())]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def check_load(asked, folder, tmp):
    expected, _ = grade(asked, folder, tmp / 'de una en una', 1)
    with busy_machine():
        found, _ = grade(asked, folder, tmp / 'a la vez', 3 * os.cpu_count())
    compare(expected, found, 'muchas a la vez y con la máquina ocupada')


def reap_orphans():
    """Espera a los procesos que dejó el que acaba de morir. Si alguno no termina nunca, lo dice el tiempo límite de la prueba."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def kept(out):
    """Cuántos resultados hay guardados."""
    file = out / 'class.db'
    if not file.exists():
        return 0
    with contextlib.closing(sqlite3.connect(file)) as database:
        tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'results'").fetchone()[0]
        return database.execute('SELECT count(*) FROM results').fetchone()[0] if tables else 0


def check_kill(asked, folder, tmp):
    # Los huérfanos pasan a ser hijos de este programa: así se ve que no queda ninguno.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    expected, seconds = grade(asked, folder, tmp / 'sin molestar', os.cpu_count())
    chance = random.Random(asked.seed)
    out = tmp / 'interrumpida'
    before, progress = 0, []
    for _ in range(asked.kills):
        process = subprocess.Popen(command(asked, folder, out, os.cpu_count()), stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=chance.uniform(0, 2 * seconds / (asked.kills + 1)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        reap_orphans()
        after = kept(out)
        if after < before:
            raise Wrong(f'había {before} resultados guardados y ahora hay {after}')
        progress.append(after)
        before = after
    found, _ = grade(asked, folder, out, os.cpu_count())
    if kept(out) != kept(tmp / 'sin molestar'):
        raise Wrong(f'hay {kept(out)} resultados, y sin molestar son {kept(tmp / "sin molestar")}')
    compare(expected, found, f'muerta {asked.kills} veces (resultados guardados cada vez: {progress})')


def tree_memory(pid):
    """Bytes residentes de un proceso y de sus descendientes."""
    parents, resident = {}, {}
    for entry in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError):
            parents[int(entry)] = int(pathlib.Path('/proc', entry, 'stat').read_text(errors='replace').rpartition(')')[2].split()[1])
            resident[int(entry)] = int(pathlib.Path('/proc', entry, 'statm').read_text().split()[1])
    tree = {pid}
    while grown := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return sum(resident.get(each, 0) for each in tree) * os.sysconf('SC_PAGE_SIZE')


def compile_one(source):
    lab, folder = source
    done = subprocess.run([root / f'build/bin/lab{lab}_grader', '--build', f'--submission={folder}'], capture_output=True, text=True)
    if done.returncode == 0:
        shutil.rmtree(pathlib.Path(done.stdout.strip()).parent)


def only_compile(folder, tmp, labs):
    """Compila, una vez cada uno, los archivos distintos de la clase. Devuelve cuántos son y los segundos."""
    texts = {}
    for student in folder.iterdir():
        for lab in labs:
            for text in make_class.files_of(student, f'lab{lab}.cpp'):
                texts[lab, text] = None
    sources = []
    for number, (lab, text) in enumerate(texts):
        source = tmp / 'compilar' / str(number) / f'lab{lab}.cpp'
        source.parent.mkdir(parents=True)
        source.write_bytes(text)
        sources.append((lab, source.parent))
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, sources))
    return len(sources), time.monotonic() - start


def bench(asked, folder, tmp):
    count, compiling = only_compile(folder, tmp, asked.labs)
    process = subprocess.Popen(command(asked, folder, tmp / 'out', os.cpu_count()))
    peak = 0
    start = time.monotonic()
    ended = threading.Event()
    threading.Thread(target=lambda: (process.wait(), ended.set())).start()
    while not ended.wait(0.5):
        peak = max(peak, tree_memory(process.pid))
    seconds = time.monotonic() - start
    if process.returncode != 0:
        raise Wrong(f'el autocalificador terminó con el estado {process.returncode}')
    print(f'{asked.students} estudiantes, laboratorios {asked.labs[0]}-{asked.labs[-1]}, {os.cpu_count()} procesadores:')
    print(f'  evaluarla         {seconds:8.1f} s ({count} archivos distintos)')
    print(f'  solo compilarla   {compiling:8.1f} s (sin aislar, y sin la segunda compilación de quien vigila las carreras)')
    print(f'  proporción        {seconds / compiling:8.2f}')
    print(f'  memoria, máxima   {peak / 2**20:8.0f} MiB, entre todos sus procesos')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('what', choices=('load', 'kill', 'bench'))
    parser.add_argument('--students', type=int, default=6)
    parser.add_argument('--labs', type=make_class.labs_of, default=make_class.labs_of('1-7'))
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--kills', type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        tmp = pathlib.Path(name)
        tmp.chmod(0o755)  # las entregas se ejecutan con un usuario sin privilegios
        folder = tmp / 'clase'
        make_class.make(folder, asked.students, asked.labs, asked.seed)
        try:
            {'load': check_load, 'kill': check_kill, 'bench': bench}[asked.what](asked, folder, tmp)
        except Wrong as wrong:
            print(f'✗ {wrong}')
            sys.exit(1)


if __name__ == '__main__':
    main()
