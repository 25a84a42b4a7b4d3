#!/usr/bin/env python3
"""Inventa una clase: make_class.py CARPETA [--students N] [--labs 1-7] [--seed N]

Cada estudiante entrega, de cada laboratorio, algo de lo que hay en el kit: la solución, otra respuesta correcta, una con un
error, el esqueleto, algo que no compila o un ataque. Unos en una carpeta, otros en un zip o un tar.gz. De la misma semilla
sale siempre la misma clase.
"""
import argparse
import io
import pathlib
import random
import subprocess
import tarfile
import tempfile
import zipfile

root = pathlib.Path(__file__).resolve().parent.parent.parent

# Qué entregan, en tantos por ciento; el resto no entrega el laboratorio.
PROPORTIONS = {'solution': 40, 'wheat': 15, 'chaff': 25, 'starter': 6, 'broken': 5, 'attack': 4}
SAME = 5  # tanto por ciento de los que entregan exactamente lo mismo que otro


def only(pattern):
    return next(root.glob(pattern))


def sources(lab):
    """De un laboratorio, los archivos de cada clase, por orden. Los errores son parches de la solución."""
    return {
        'solution': [only(f'solutions/lab{lab}-*/lab{lab}.cpp')],
        'wheat': sorted(root.glob(f'tests/wheats/lab{lab}/*.cpp')),
        'chaff': sorted(root.glob(f'tests/chaffs/lab{lab}/*.patch')),
        'starter': [only(f'labs/lab{lab}-*/lab{lab}.cpp')],
        'broken': [only(f'solutions/lab{lab}-*/lab{lab}.cpp')],
        'attack': sorted(root.glob(f'tests/attacks/lab{lab}/*.cpp')),
    }


def text_of(kind, path, lab):
    if kind == 'broken':
        return path.read_text().replace(';', ' ', 1) + '\n#error sin terminar\n'
    if kind != 'chaff':
        return path.read_text()
    with tempfile.TemporaryDirectory() as folder:
        wrong = pathlib.Path(folder, f'lab{lab}.cpp')
        wrong.write_bytes(only(f'solutions/lab{lab}-*/lab{lab}.cpp').read_bytes())
        subprocess.run(['patch', '-p1', '--quiet', '--force', '--no-backup-if-mismatch', '-i', path], cwd=folder, check=True)
        return wrong.read_text()


def hand_in(chance, student, lab):
    """Lo que un estudiante entrega de un laboratorio, o None."""
    kinds = sources(lab)
    kind = chance.choices([*PROPORTIONS, None], [*PROPORTIONS.values(), 100 - sum(PROPORTIONS.values())])[0]
    if kind is None or not kinds[kind]:
        return None
    text = text_of(kind, chance.choice(kinds[kind]), lab)
    return text if chance.randrange(100) < SAME else f'{text}// {student}\n'


def write(out, student, files, layout):
    if layout == 'zip':
        with zipfile.ZipFile(out / f'{student}.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(f'{student}/{name}', text)
    elif layout == 'tar.gz':
        with tarfile.open(out / f'{student}.tar.gz', 'w:gz') as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
    else:
        folder = out / student / ('mis cosas/prácticas' if layout == 'nested' else '')
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text)


def files_of(entry, name):
    """El archivo de ese nombre que un estudiante entregó con write(): sus bytes, o nada."""
    if entry.suffix == '.zip':
        with zipfile.ZipFile(entry) as archive:
            return [archive.read(each) for each in archive.namelist() if each.endswith(f'/{name}')]
    if entry.suffix == '.gz':
        with tarfile.open(entry) as archive:
            return [archive.extractfile(each).read() for each in archive.getmembers() if each.name == name]
    return [path.read_bytes() for path in entry.rglob(name)]


def make(out, students, labs, seed):
    chance = random.Random(seed)
    out.mkdir(parents=True)
    for number in range(1, students + 1):
        student = f'estudiante {number:03}'
        texts = {f'lab{lab}.cpp': hand_in(chance, student, lab) for lab in labs}
        layout = chance.choice(['folder', 'nested', 'zip', 'tar.gz'])
        write(out, student, {name: text for name, text in texts.items() if text is not None}, layout)


def labs_of(text):
    first, _, last = text.partition('-')
    return range(int(first), int(last or first) + 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=pathlib.Path, metavar='CARPETA')
    parser.add_argument('--students', type=int, default=200)
    parser.add_argument('--labs', type=labs_of, default=labs_of('1-7'))
    parser.add_argument('--seed', type=int, default=1)
    asked = parser.parse_args()
    make(asked.out, asked.students, asked.labs, asked.seed)


if __name__ == '__main__':
    main()
