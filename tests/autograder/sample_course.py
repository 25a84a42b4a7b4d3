#!/usr/bin/env python3
"""Una clase evaluada de mentira, siempre la misma, en el JSON que lee autograder::read_course().

  sample_course.py ARCHIVO [--students N] [--hostile] [--failures ARCHIVO]

Los fallos son de verdad: los dieron los evaluadores ante soluciones equivocadas (sample_failures.json). Con --hostile hay
además estudiantes cuyos nombres, archivos y mensajes intentan romper la página.
"""
import argparse
import copy
import hashlib
import json
import pathlib
import random

here = pathlib.Path(__file__).resolve().parent
NAMES = ('Lucía Mateo Sofía Hugo Martina Leo María Daniel Julia Pablo Paula Álvaro Valeria Adrián Emma David Daniela Mario '
         'Carla Íñigo Noa Óscar Alba Manuel Sara Javier Laia Iker Nerea Zoe').split()
SURNAMES = ('García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno '
            'Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Núñez '
            'Castro Ortiz Rubio Marín Sanz Iglesias Medina Cortés Garrido Castillo').split()
COMPILER = """lab{0}.cpp: In function ‘int labs::create_socket(int, int)’:
lab{0}.cpp:21:18: error: ‘sockt’ was not declared in this scope; did you mean ‘socket’?
   21 |   const int fd = sockt(domain, type | SOCK_CLOEXEC, 0);
      |                  ^~~~~
      |                  socket
"""
SCRIPT = '<script>document.title = "roto"; fetch("http://192.0.2.1/")</script>'
IMAGE = '"><img src="http://192.0.2.1/x.png" onerror="console.error(1)">'
HOSTILE = [
    ('<b>', SCRIPT), ('../../etc/passwd', IMAGE), ('ANA', 'Ana mayúscula'), ('ana', 'Ana minúscula'), ('añá', 'Aña'),
    ('a/n', 'Barra'), ('a\\n', 'Barra inversa'), ("' onclick='alert(1)", "O'Brien & Söhne"), ('', 'Sin identificador'),
    ('x' * 300, 'Nombre largo ' + 'muylargosinespacios' * 20), ('con', 'عبد الرحمن بن خالد'), ('\u202egnp.exe', '\u202eoirártnoc la'),
    ('🦊', '🦊🦊 日本語'), ('index', '--><!--'), ('</style>', '</style></title></script>'), ('ñ\n\x00', 'Nulo\x00 y\nsalto'),
]


def labs_of_the_kit():
    for file in sorted((here.parent.parent / 'labs').glob('lab*/rubric.json')):
        rubric = json.loads(file.read_text())
        tests = [{key: test[key] for key in ('name', 'id', 'title', 'points')} for test in rubric['tests']]
        yield {'lab': rubric['lab'], 'title': rubric['title'], 'tests': tests}


def result(entry, status='passed', **facts):
    return {'name': entry['name'], 'id': entry['id'], 'title': entry['title'], 'status': status,
            'points': entry['points'] if status == 'passed' else 0, 'max_points': entry['points'], 'expected': '', 'observed': '',
            'program': '', 'cause': '', 'hint': '', 'conversation': [], 'duration_ms': 12, **facts}


def outcome(lab, dice, failures):
    """El laboratorio de un estudiante: la mitad está bien, y lo demás falla de una o dos maneras."""
    number = lab['lab']
    state = dice.choices(['graded', 'missing', 'not_compiled', 'refused', 'interrupted'], [90, 5, 3, 1, 1])[0]
    tests = {entry['id']: result(entry) for entry in lab['tests']}
    if state in ('graded', 'interrupted'):
        for failure in dice.sample(failures, dice.choices([0, 1, 2], [50, 35, 15])[0]) if failures else []:
            for facts in failure['tests']:
                entry = next(entry for entry in lab['tests'] if entry['id'] == facts['id'])
                tests[entry['id']] = result(entry, **copy.deepcopy(facts))
    if state == 'interrupted':
        tests[lab['tests'][-1]['id']] = result(lab['tests'][-1], 'error', observed='el evaluador no la contó')
    if state in ('missing', 'refused'):
        tests = {}
    if state == 'not_compiled':
        tests = {entry['id']: result(entry, 'error', observed='el archivo no compila') for entry in lab['tests']}
    points = sum(test['points'] for test in tests.values())
    penalty = min(points, 12.5) if dice.random() < 0.04 else 0
    reasons = {'refused': f'lab{number}.cpp ocupa 12 MB, y se aceptan 1 MB.', 'interrupted': 'Se acabó el tiempo de la evaluación.'}
    attempts = dice.choice([1, 1, 1, 2, 3])
    return {'lab': number, 'state': state, 'reason': reasons.get(state, ''),
            'messages': COMPILER.format(number) if state == 'not_compiled' else '', 'tests': list(tests.values()),
            'points': points - penalty, 'max_points': 100, 'penalty': penalty, 'attempt': attempts, 'attempts': attempts,
            'submitted_at': '' if state == 'missing' else f'2026-03-{number:02}T21:{dice.randrange(60):02}:00Z',
            'hash': '' if state == 'missing' else hashlib.sha256(str(dice.random()).encode()).hexdigest(),
            'seed': dice.randrange(2**32)}


def student(place, labs, dice, failures):
    name = f'{dice.choice(SURNAMES)} {dice.choice(SURNAMES)}, {dice.choice(NAMES)}'
    notes = dice.choices([[], ['sobraba leeme.txt'], ['enlace simbólico rechazado: «datos»', 'sobraba .DS_Store']], [92, 5, 3])[0]
    by_lab = [outcome(lab, dice, [failure for failure in failures if failure['lab'] == lab['lab']]) for lab in labs]
    return {'id': f'{202600100 + place}', 'name': name, 'email': f'u{202600100 + place}@uni.example', 'notes': notes, 'labs': by_lab}


def spoil(victim, name):
    """Pone texto hostil en todo lo que viene de la entrega."""
    victim['notes'] = [name, SCRIPT]
    for lab in victim['labs']:
        lab['reason'] = lab['messages'] = f'{SCRIPT}\n{IMAGE}\n' + 'error sin espacios'.replace(' ', '_') * 120
        for test in lab['tests'][:3]:
            test.update(status='failed', points=0, expected=IMAGE, observed=SCRIPT * 3, program='\x1b[31mrojo\x00\u202e al revés',
                        cause=f'{IMAGE} &amp; «comillas»', hint=SCRIPT,
                        conversation=[f'C → S   "{SCRIPT}"', 'S → C   ' + 'A' * 2000, 'x  ' + IMAGE, '  ', ''] * 10)


def course(count, hostile, failures):
    dice = random.Random(7)
    labs = list(labs_of_the_kit())
    students = [student(place, labs, dice, failures) for place in range(count)]
    title = 'Redes 2026, grupo A'
    missing = []
    if hostile:
        title += f' {SCRIPT}'
        missing = ['La red no se pudo aislar: el código de las entregas podía hablar con otras máquinas.', IMAGE]
        for victim_id, name in HOSTILE:
            victim = student(0, labs, dice, failures)
            victim.update(id=victim_id, name=name, email=IMAGE)
            spoil(victim, name)
            students.append(victim)
    students.sort(key=lambda item: item['name'])
    alike = [{'lab': 4, 'first': students[i]['id'], 'second': students[-1 - i]['id'], 'percent': 97 - 6 * i}
             for i in range(min(3, len(students) // 2))]
    return {'title': title, 'graded_at': '2026-04-10T09:30:00Z', 'missing_protections': missing, 'labs': labs,
            'students': students, 'alike': alike}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('file', type=pathlib.Path)
    parser.add_argument('--students', type=int, default=200)
    parser.add_argument('--hostile', action='store_true')
    parser.add_argument('--failures', type=pathlib.Path, default=here / 'sample_failures.json')
    asked = parser.parse_args()
    failures = json.loads(asked.failures.read_text())
    asked.file.write_text(json.dumps(course(asked.students, asked.hostile, failures), ensure_ascii=False))


main()
