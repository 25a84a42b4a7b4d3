#!/usr/bin/env python3
"""Evalúa entregas hostiles con el autocalificador y comprueba que no consiguen nada: LEEME.md explica qué y cómo añadir una.

  check.py            todas, de varias en varias, con soluciones que se evalúan a la vez
  check.py ARCHIVO…   solo esas
"""
import concurrent.futures
import ctypes
import json
import os
import pathlib
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
PR_SET_CHILD_SUBREAPER = 36
MAX_CPU = 75  # segundos de procesador de una entrega: lo que se deja al compilador, y lo demás
DYING = 10  # segundos de reloj que se espera a lo que se está muriendo: una red de seguridad
MAX_TEXT = 256 << 10  # bytes de un resultado: nadie llena el disco con su informe
KEYS = ('Ataque', 'Puntos', 'Se ve', 'Hoy')


class Wrong(Exception):
    """Lo que está mal, en una frase."""


def header(source):
    """Las líneas «// Clave: valor» con las que empieza una entrega hostil; las que siguen, sangradas, son de la misma."""
    found = {}
    key = None
    for line in source.read_text(errors='replace').splitlines():
        if not line.startswith('// '):
            break
        if line.startswith('//   ') and key:
            found[key] += ' ' + line[2:].strip()
            continue
        key, _, value = line[3:].partition(': ')
        if key not in KEYS or key in found:
            raise Wrong(f'{source.name}: no entiendo esta línea de la cabecera: {line!r}')
        found[key] = value.strip()
    if not found.get('Ataque') or not re.fullmatch(r'\d+', found.get('Puntos', '')):
        raise Wrong(f'{source.name}: la cabecera tiene que decir «Ataque: …» y «Puntos: N»')
    if 'Hoy' in found and not re.fullmatch(r'\d+ — .+', found['Hoy']):
        raise Wrong(f'{source.name}: se esperaba «Hoy: N — por qué», y dice «{found["Hoy"]}»')
    return found


def lab_of(source):
    return int(re.fullmatch(r'lab(\d+)(-.*)?', source.resolve().parent.name)[1])


def survivors():
    """Espera a lo que quede por debajo de este proceso, que hereda a los huérfanos de la evaluación: lo que se esté
    muriendo acaba enseguida. Lo que no acaba lo mata, y dice qué era."""
    names = []
    while children := pathlib.Path(f'/proc/self/task/{os.getpid()}/children').read_text().split():
        for child in map(int, children):
            if not select.select([os.pidfd_open(child)], [], [], DYING)[0]:
                names.append(pathlib.Path(f'/proc/{child}/comm').read_text().strip())
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return names


def grade(source):
    """Evalúa un archivo desde otro proceso, que hereda lo que deje. Devuelve lo que pasó."""
    done = subprocess.run([sys.executable, __file__, '--one', source], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Wrong(f'{source.name}: quien la evaluaba no acabó bien ({done.returncode})')
    return json.loads(done.stdout)


def grade_here(source):
    """Lo mismo, en este proceso."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        result = pathlib.Path(folder) / 'result.json'
        command = [root / 'build/bin/autograder', 'job', f'--lab={lab_of(source)}', f'--source={source}', '--seed=1',
                   f'--result={result}', f'--work={folder}/work']
        environment = {'PATH': os.environ['PATH'], 'SAFETY_NET': '2', 'TMPDIR': folder}
        with open(f'{folder}/errors', 'w+b') as errors:
            process = subprocess.Popen(command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
            status = process.wait()
            errors.seek(0)
            said = errors.read(4096).decode(errors='replace')
        seconds = time.monotonic() - start
        alive = survivors()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = {'status': status, 'said': said, 'cpu': used.ru_utime + used.ru_stime, 'seconds': seconds,
                 'survivors': alive, 'left': sorted(set(os.listdir(folder)) - {'result.json', 'errors'})}
        if result.exists():
            text = result.read_bytes()
            found['size'] = len(text)
            found['result'] = json.loads(text.decode())  # ni JSON ni UTF-8 dependen de lo que escriba nadie
    return found


def verdict(source, found, unavailable):
    """Lo que no es como dice la cabecera, o None."""
    said = header(source)
    name = f'{source.parent.name}/{source.stem}'
    if found['status'] != 0 or 'result' not in found:
        return f'{name}: el autocalificador no dio un resultado: {found["said"] or found["status"]}'
    result = found['result']
    expected = int(said['Hoy'].split()[0] if 'Hoy' in said else said['Puntos'])
    spared = [test['name'] for test in result['tests'] if test['status'] == 'unavailable' and test['name'] not in unavailable]
    if spared and 'Hoy' not in said:
        return f'{name}: consigue que no se cuenten las pruebas {", ".join(spared)}'
    if result['points'] != expected:
        return f'{name}: obtiene {result["points"]:g} puntos, y se esperaban {expected} ({result["state"]} {result["reason"]})'
    if said.get('Se ve', '') not in '\n'.join(texts(result)):
        return f'{name}: no se ve «{said["Se ve"]}» en su resultado'
    if found['size'] > MAX_TEXT:
        return f'{name}: su resultado ocupa {found["size"] >> 10} KiB, y se esperaban {MAX_TEXT >> 10} como mucho'
    if found['survivors']:
        return f'{name}: deja en marcha {", ".join(found["survivors"])}'
    if found['left']:
        return f'{name}: deja sin borrar {", ".join(found["left"])}'
    if found['cpu'] > MAX_CPU:
        return f'{name}: gasta {found["cpu"]:.0f} s de procesador, y se esperaban {MAX_CPU} como mucho'
    return None


def texts(value):
    """Todos los textos de un resultado."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from texts(part)


def outside():
    """Lo que hay fuera y cuándo cambió: el kit, y lo que las entregas hostiles dejarían en las carpetas que son de todos
    («attack-…»; lo demás puede ser de cualquiera)."""
    paths = [path for path in root.iterdir() if path.is_file()]
    for part in ('labs', 'solutions', 'scaffolding', 'tests', 'build/bin', 'build/lib', 'build/programs'):
        paths += (root / part).rglob('*')
    for folder in ('/', '/tmp', '/dev/shm', '/var/tmp', '/run', '/etc', '/home', '/root', '/usr/local/bin', pathlib.Path.home(), '.'):
        if os.access(folder, os.R_OK):
            paths += pathlib.Path(folder).glob('attack-*')
    return {str(path): path.lstat().st_mtime_ns for path in paths}


def solution(lab):
    return next(root.glob(f'solutions/lab{lab}-*/lab{lab}.cpp'))


def main():
    sources = [pathlib.Path(name).resolve() for name in sys.argv[1:]] or sorted(here.glob('lab*/*.cpp'))
    labs = sorted({lab_of(source) for source in sources})
    for source in sources:
        header(source)
    wrong = []
    known = []
    spent = []
    before = outside()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        # Las soluciones, repartidas entre las entregas hostiles: son las vecinas, y tienen que salir como siempre.
        neighbours = {}
        attacks = {}
        for position, source in enumerate(sources):
            if position * len(labs) // len(sources) == len(neighbours):
                lab = labs[len(neighbours)]
                neighbours[lab] = pool.submit(grade, solution(lab))
            attacks[source] = pool.submit(grade, source)
        unavailable = set()
        for lab, running in neighbours.items():
            found = running.result()
            result = found.get('result')
            if not result or result['points'] != result['max_points'] or found['survivors']:
                points = f'{result["points"]:g} puntos' if result else found['said']
                wrong.append(f'la solución de lab{lab}, vecina de los ataques, no sale como siempre: {points}')
                print(f'✗ {wrong[-1]}', flush=True)
            else:
                unavailable |= {test['name'] for test in result['tests'] if test['status'] == 'unavailable'}
        for source, running in attacks.items():
            try:
                found = running.result()
                spent.append((found['cpu'], found['seconds'], f'{source.parent.name}/{source.stem}'))
                problem = verdict(source, found, unavailable)
            except (Wrong, ValueError) as error:
                problem = f'{source.parent.name}/{source.stem}: {error}'
            if problem:
                wrong.append(problem)
                print(f'✗ {problem}', flush=True)
            elif 'Hoy' in header(source):
                known.append(f'{source.parent.name}/{source.stem}: {header(source)["Hoy"]}')
    after = outside()
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if changed:
        wrong.append(f'fuera ha cambiado algo: {", ".join(changed[:5])}')
        print(f'✗ {wrong[-1]}')
    for each in known:
        print(f'! agujero conocido: {each}')
    spent.sort(reverse=True)
    print(f'{len(sources)} entregas hostiles, {len(known)} agujeros conocidos, {len(wrong)} cosas mal; '
          f'{sum(cpu for cpu, _, _ in spent):.0f} s de procesador')
    for cpu, seconds, name in spent[:5]:
        print(f'  {cpu:5.1f} s de procesador, {seconds:5.1f} de reloj: {name}')
    return not wrong


if __name__ == '__main__':
    if sys.argv[1:2] == ['--one']:
        print(json.dumps(grade_here(pathlib.Path(sys.argv[2]))))
        sys.exit()
    try:
        sys.exit(0 if main() else 1)
    except (Wrong, KeyboardInterrupt) as stop:
        print(stop or 'interrumpido', file=sys.stderr)
        sys.exit(1)
