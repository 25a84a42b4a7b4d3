#!/usr/bin/env python3
"""Busca faltas de ortografía en lo que lee una persona: guías, presentaciones, mensajes, comentarios, pistas y errores.

    check.py            desde la raíz del kit; usa hunspell, con el diccionario es_ES y las palabras de palabras.txt

Lo que no es prosa no se mira: el código entre comillas invertidas, los nombres con «_», cifras o mayúsculas por dentro, lo que
lleva paréntesis detrás y lo que va en mayúsculas.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_PROSE = re.compile(
    r"https?:\S+"
    r"|[\w.-]*[/_:=@$\\][\w./:=@$\\-]*"  # rutas, nombres de C++, variables de entorno
    r"|\w+(?=\(|\+\+)"  # llamadas
    r"|-\w[\w-]*"  # opciones
    r"|\w*\d\w*"
    r"|\w+\.\w+"  # archivos
)
WORD = re.compile(r"[^\W\d_]+")


def markdown(text):
    text = re.sub(r"^(```+).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!-- (?:título|código|error|equivocado|grabación|_class): .*? -->", "", text)
    text = re.sub(r"\*[^*\n]+\*(?=[;,| ])", lambda match: match[0] if match[0][1] == "*" else "", text)  # en inglés
    return re.sub(r"`[^`]*`|\]\([^)]*\)|</?\w[^>]*>", " ", text)


def comments(text):
    prose = "\n".join(re.findall(r"(?<![:\"])//[/!]?<?(.*)", text))
    return re.sub(r"`[^`]*`|@param +\w+|[@%]\w+|NOLINT\S*", " ", prose)


def cpp(text):
    """Los comentarios y los textos entre comillas que parecen frases."""
    strings = [string for string in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text) if " " in string]
    return comments(text) + "\n" + re.sub(r"`[^`]*`|</?\w[^>\n]*>?|\\.|%\w+", " ", "\n".join(strings))


def script(text):
    return re.sub(r"`[^`]*`", " ", "\n".join(re.findall(r"(?:^|\s)#[ ](.*)", text)))


def rubric(text):
    """Los textos de una rúbrica, estén donde estén."""
    pending, found = [json.loads(text)], []
    while pending:
        value = pending.pop()
        if isinstance(value, (dict, list)):
            pending += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str) and " " in value:
            found.append(re.sub(r"`[^`]*`", " ", value))
    return "\n".join(found)


def chaff(text):
    return "\n".join(re.findall(r"^(?:Error|Diagnóstico): (.*)", text.partition("\n--- ")[0], re.MULTILINE))


READERS = [
    (("README.es.md", "labs/*/*.md", "slides/*.md", "tests/**/*.md"), markdown),
    (("labs/**/*.?pp", "solutions/**/*.?pp", "scaffolding/**/*.?pp", "tests/*.cpp", "tests/wheats/**/*.cpp"), cpp),
    (("tests/scaffolding/*.cpp", "tests/autograder/*.cpp"), comments),
    (("Makefile", "scaffolding/machine/*", "slides/*.sh", "tests/end_to_end/*.ba*"), script),
    (("labs/*/rubric.json",), rubric),
    (("tests/chaffs/*/*.patch",), chaff),
]


def words():
    """Cada palabra y dónde aparece por primera vez."""
    found = {}
    for patterns, reader in READERS:
        for path in sorted(path for pattern in patterns for path in Path().glob(pattern)):
            prose = NOT_PROSE.sub(" ", reader(path.read_text()))
            for word in WORD.findall(prose):
                if len(word) > 1 and word[1:] == word[1:].lower():
                    found.setdefault(word, path)
    return found


def main():
    lines = (HERE / "palabras.txt").read_text().splitlines()
    known = {word.lower() for line in lines if not line.startswith("#") for word in line.split()}
    found = {word: path for word, path in words().items() if word.lower() not in known}
    order = ["hunspell", "-d", "es_ES", "-i", "utf-8", "-l"]
    done = subprocess.run(order, input="\n".join(found), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"hunspell no ha podido mirar la ortografía: {done.stderr.strip()}")
    wrong = sorted(set(done.stdout.split()), key=str.lower)
    for word in wrong:
        print(f"{found.get(word, '?')}: «{word}»")
    if wrong:
        sys.exit("Si es una palabra del kit y está bien escrita, añádela a tests/spelling/palabras.txt.")


if __name__ == "__main__":
    main()
