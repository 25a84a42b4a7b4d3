#!/usr/bin/env python3
"""Prepara las presentaciones para Marp: cambia cada directiva por lo que nombra, y falla si ya no está.

    expand.py CARPETA PRESENTACIÓN.md…      desde la raíz del kit; deja en la carpeta un archivo por presentación

Las directivas las cuenta LEEME.md.
"""
import html
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

CODE_COLUMNS = 76
CODE_LINES = 16
DIRECTIVE = re.compile(r"<!-- (título|código|error|equivocado|grabación): (.+?) -->")


class Stale(Exception):
    """Una directiva nombra algo que no existe."""


def only(paths, what):
    found = sorted(paths)
    if len(found) != 1:
        raise Stale(f"se esperaba {what}, y hay {len(found)}")
    return found[0]


def title(lab):
    rubric = only(Path("labs").glob(f"{lab}-*/rubric.json"), f"una rúbrica de {lab}")
    return json.loads(rubric.read_text())["title"]


def cover(lab):
    return f"# Laboratorio {lab.removeprefix('lab')}\n\n## {title(lab)}"


# Código: con las columnas que caben en una diapositiva, sin las preguntas de los TODO.


def read(path):
    if not Path(path).is_file():
        raise Stale(f"no existe {path}")
    return Path(path).read_text()


def output(order, text):
    return subprocess.run(order, input=text, capture_output=True, text=True, check=True).stdout


@cache
def formatted(source):
    style = re.sub(r"ColumnLimit: \d+", f"ColumnLimit: {CODE_COLUMNS}", read(".clang-format"))
    source = re.sub(r"(?<=\S) {2,}//.*", "", source)  # los comentarios al final de una línea no caben
    inline = "{" + ", ".join(style.splitlines()) + "}"
    return output(["clang-format", f"--style={inline}", "--assume-filename=a.cpp"], source).splitlines()


def indentation(line):
    return len(line) - len(line.lstrip())


def step(lines, number):
    """Lo que hay desde la pregunta de TODO(n) hasta una línea en blanco, otro TODO o el final de su bloque."""
    start = next((i for i, line in enumerate(lines) if f"// TODO({number}):" in line), None)
    if start is None:
        raise Stale(f"no hay TODO({number})")
    depth = indentation(lines[start])
    for end in range(start + 1, len(lines)):
        line = lines[end]
        if not line or "// TODO(" in line or indentation(line) < depth:
            return lines[start:end]
    return lines[start:]


def function(lines, name):
    """La definición de una función o de una clase, hasta la llave que cierra su bloque."""
    head = re.compile(rf"^( *)(?!return|throw|if|//)\S.*\b{re.escape(name)}\(.*[^;]$|^( *)(class|struct) {re.escape(name)} ")
    start = next((i for i, line in enumerate(lines) if head.match(line)), None)
    if start is None:
        raise Stale(f"no está «{name}»")
    closing = " " * indentation(lines[start]) + "}"
    for end in range(start, len(lines)):
        if lines[end].startswith(closing):
            return lines[start : end + 1]
    return lines[start : start + 1]


def between(lines, first, last):
    start = next((i for i, line in enumerate(lines) if first in line), None)
    end = next((i for i, line in enumerate(lines) if start is not None and i >= start and last in line), None)
    if end is None:
        raise Stale(f"no hay líneas de «{first}» a «{last}»")
    while end + 1 < len(lines) and re.fullmatch(r" *}", lines[end + 1]) and opened(lines[start : end + 1]):
        end += 1
    return lines[start : end + 1]


def opened(lines):
    text = "".join(lines)
    return text.count("{") > text.count("}")


def excerpt(source, selector):
    """El trozo de código que dice el selector, sin las preguntas de los TODO, como bloque de Markdown."""
    lines = formatted(source)
    if match := re.fullmatch(r"TODO\((\d+)\)", selector):
        lines = step(lines, match[1])
    elif match := re.fullmatch(r"«(.+)» a «(.+)»", selector):
        lines = between(lines, match[1], match[2])
    else:
        lines = function(lines, selector)
    shown = []
    question = False
    for line in lines:
        comment = line.lstrip().startswith("//")
        question = "// TODO(" in line or line.lstrip().startswith("///") or (question and comment)
        if not question:
            shown.append(line)
    while shown and not shown[-1]:
        shown.pop()
    if not shown or len(shown) > CODE_LINES:
        raise Stale(f"son {len(shown)} líneas, y en una diapositiva caben de 1 a {CODE_LINES}")
    margin = min(indentation(line) for line in shown if line)
    text = "\n".join(line[margin:] for line in shown)
    return f"```cpp\n{text}\n```\n"


def code(argument):
    path, selector = argument.split(" ", 1)
    return excerpt(read(path), selector) + f"\n<div class=fuente>{html.escape(argument)}</div>"


# Errores: los de tests/chaffs, con su cabecera.


def chaff(argument):
    lab, name = argument.split("/")
    text = read(f"tests/chaffs/{lab}/{name}.patch")
    head = text.partition("\n--- ")[0]
    return dict(line.split(": ", 1) for line in head.splitlines()), text


def mistake(argument):
    facts, _ = chaff(argument)
    tests = facts["Prueba"]
    number = f"prueba {tests}" if tests.isdigit() else f"pruebas {' y '.join(tests.split(', '))}"
    quoted = html.escape(facts["Diagnóstico"])
    return (
        f"<div class=error><p>«{html.escape(facts['Error'].rstrip('.'))}»</p>"
        f"<p><b>El evaluador, {number}:</b> … {quoted} …</p></div>"
    )


def wrong_code(argument):
    """El código de quien cometió ese error: la solución, con el parche puesto."""
    name, selector = argument.split(" ", 1)
    lab = name.split("/")[0]
    _, patch = chaff(name)
    solution = only(Path("solutions").glob(f"{lab}-*/{lab}.cpp"), f"una solución de {lab}")
    return excerpt(output(["patch", "--silent", "--output=-", str(solution)], patch), selector)


# Grabaciones: un paso de la demostración, ejecutada ahora.


@cache
def recording(lab):
    """Los pasos de la demostración: un diccionario de su título a sus líneas, con su número."""
    program = ["build/bin/demo", lab.removeprefix("lab"), "--submission=solutions"]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80"}
    done = subprocess.run(
        program, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    if done.returncode != 0:
        raise Stale(f"la demostración de {lab} terminó con estado {done.returncode}:\n{done.stdout[-600:]}{done.stderr}")
    steps = {}
    for part in re.split(r"^── ", done.stdout, flags=re.MULTILINE)[1:]:
        heading, *lines = part.partition("\n✓ ")[0].splitlines()
        number, name = heading.rstrip(" ─").split(" · ", 1)
        steps[name] = (number, lines)
    return steps


ROW = re.compile(r"^(.{10}) (│.*│|  ?\S.*)$")
ARROW = re.compile("[►◄✗]")
SIDES = re.compile(r"^ {11}([^│\s].*?) {2,}(\S.*)$")
LEFT, RIGHT, WIDTH = 130, 1140, 1160
ROW_COLUMNS = 76


def words(x, y, content, anchor="start", kind=""):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" class="{kind}" xml:space="preserve">{html.escape(content)}</text>'


def message(y, content):
    """Una flecha: lo que va de un lado a otro, o lo que se pierde por el camino."""
    lost = re.fullmatch(r"── (.*?) ─+✗ *", content)
    to_right = re.fullmatch(r"── (.*?) ─+►", content)
    to_left = re.fullmatch(r"◄─+ (.*?) ──", content)
    if lost:
        return words(LEFT + 14, y - 7, lost[1]) + (
            f'<path class="perdido" d="M{LEFT} {y}H{RIGHT - 330}m-9 -9l18 18m0 -18l-18 18"/>'
        )
    if to_right:
        return words(LEFT + 14, y - 7, to_right[1]) + f'<path d="M{LEFT} {y}H{RIGHT}m-14 -7l14 7l-14 7"/>'
    if to_left:
        return words(RIGHT - 14, y - 7, to_left[1], "end") + f'<path d="M{RIGHT} {y}H{LEFT}m14 -7l-14 7l14 7"/>'
    return None


def timeline(lines, name, only_of):
    """Las filas de la demostración, o solo las de uno, como un diagrama entre dos líneas de vida."""
    rows = []  # (quién, qué)
    drawn, y, top = [], 0, None
    for line in lines:
        if sides := SIDES.match(line):
            drawn += [words(LEFT, 22, sides[1], kind="lado"), words(RIGHT, 22, sides[2], "end", "lado")]
            y = top = 32
        elif row := ROW.match(line):
            label, content = row[1].strip(), row[2].strip("│").removeprefix(" ").rstrip()
            rest = not label and rows and not ARROW.search(content)  # el final de una fila que no cabía en 80 columnas
            if rest and len(rows[-1][1] + content) < ROW_COLUMNS:
                rows[-1] = (rows[-1][0], rows[-1][1] + " " + content)
            else:
                rows.append((label, content))
    for label, content in rows:
        if only_of and label != only_of:
            continue
        arrow = message(y + 38, content)
        y += 44 if arrow else 36
        drawn.append(words(LEFT - 14, y - 10, label, "end", "actor"))
        if arrow:
            drawn.append(arrow)
            continue
        if label == "núcleo":
            drawn.append(f'<rect x="{LEFT}" y="{y - 33}" width="{RIGHT - LEFT}" height="34"/>')
        parts = re.split(r"(?<=\S) {3,}", content)
        drawn.append(words(LEFT + 14, y - 9, parts[0]))
        if len(parts) > 1:
            drawn.append(words(RIGHT - 14, y - 9, parts[1], "end"))
    if top is not None:
        drawn.insert(0, f'<path class="vida" d="M{LEFT} {top}V{y + 10}M{RIGHT} {top}V{y + 10}"/>')
    return (
        f'<svg class="grabacion" role="img" aria-label="{html.escape(name)}" viewBox="0 0 {WIDTH} {y + 12}">'
        + "".join(drawn)
        + "</svg>"
    )


def recorded(argument):
    match = re.fullmatch(r"(lab\d+) «(.+?)»(?:, solo (\S+))?", argument)
    if not match:
        raise Stale("falta el paso: grabación: labN «parte de su título»")
    found = [(name, *found) for name, found in recording(match[1]).items() if match[2] in name]
    name, number, lines = only(found, f"un paso de la demostración de {match[1]} con «{match[2]}»")
    if any("█" in line for line in lines):
        blank = next(i for i, line in enumerate(lines) if not line)
        chart = "\n".join(lines[blank + 1 :]).strip("\n")
        size = "largo" if chart.count("\n") > CODE_LINES else "corto"
        bars = re.sub("(█+)|(░+)", lambda bar: f"<i class={'habla' if bar[1] else 'espera'}>{bar[0]}</i>", html.escape(chart))
        figure = f'<pre class="grafico {size}">{bars}</pre>'
        figure = figure.replace("\n\n", "\n&nbsp;\n")  # una línea en blanco acabaría el bloque de HTML
    else:
        figure = timeline(lines, name, match[3])
    return f"{figure}\n\n<div class=fuente>make run-{match[1]}, paso {number}: {html.escape(name)}</div>"


HANDLERS = {
    "título": cover,
    "código": code,
    "error": mistake,
    "equivocado": wrong_code,
    "grabación": recorded,
}


def expand(path):
    lines = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := DIRECTIVE.fullmatch(line):
            try:
                line = HANDLERS[match[1]](match[2])
            except Stale as problem:
                sys.exit(f"{path}:{number}: «{match[1]}: {match[2]}»: {problem}.")
        lines.append(line)
    lab = path.stem.split("-")[0]
    name = "introducción" if lab == "lab0" else title(lab)
    front = (
        f"---\ntheme: laboratorio\nlang: es\npaginate: true\ntitle: {json.dumps(f'{lab} · {name}')}\n"
        f"footer: {json.dumps(f'{lab} · {name}')}\n---\n\n"
    )
    return front + "\n".join(lines) + "\n"


def main():
    folder, *decks = sys.argv[1:]
    for deck in map(Path, decks):
        Path(folder, deck.name).write_text(expand(deck))


if __name__ == "__main__":
    main()
