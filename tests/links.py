#!/usr/bin/env python3
"""Comprueba los enlaces del kit: que existan los archivos, las anclas y las rutas que se nombran, sin salir a la red.

    links.py [CARPETA]      la raíz de un kit; si no, la actual

Mira el Markdown de README.es.md, labs, slides y tests y, si están hechas, las páginas de build/docs y build/slides. Los enlaces a
otros sitios no se siguen; pero una página no puede necesitarlos para verse.
"""
import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

MARKDOWN = ("README.es.md", "labs/*/*.md", "slides/*.md", "tests/**/*.md")
PAGES = ("build/docs/html/*.html", "build/slides/*.html")
FOLDERS = r"(?:labs|solutions|scaffolding|tests|slides|\.ci|\.devcontainer)"


class Page(HTMLParser):
    """Las anclas de una página, sus enlaces y lo que pide para verse."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.resources = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.anchors |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        target = attributes.get("href")
        if tag in ("a", "area") and target:
            self.links.append(target)
        elif tag == "link" and target:
            self.resources.append(target)
        if attributes.get("src"):
            self.resources.append(attributes["src"])


def slug(heading):
    """El ancla que GitHub da a un título."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def prose(text):
    return re.sub(r"^(```+).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)


@cache
def anchors(path):
    text = path.read_text(errors="replace")
    if path.suffix == ".md":
        return {slug(heading) for heading in re.findall(r"^#+ (.*)", prose(text), re.MULTILINE)}
    return Page(text).anchors


def problem_with(source, link):
    """Qué le pasa a un enlace relativo, si le pasa algo."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    if link == "#nested-classes":  # Doxygen lo pone también donde esas clases son privadas, y no las cuenta
        return None
    target = source.parent / unquote(parts.path) if parts.path else source
    if not target.exists():
        return f"no existe {link}"
    if parts.fragment and target.suffix in (".md", ".html") and unquote(parts.fragment) not in anchors(target):
        return f"no existe el ancla {link}"
    return None


def check_markdown(root, path):
    text = prose(path.read_text())
    links = re.findall(r"\]\(<?([^)\s>]+)>?[^)]*\)", re.sub(r"`[^`\n]*`", "", text))
    yield from (problem_with(path, link) for link in links)
    for name in re.findall(rf"`({FOLDERS}/[^`\s]*)`", text):
        # labN, NOMBRE… ocupan el lugar de un nombre cualquiera.
        pattern = re.sub(r"labN|NOMBRE|\bN\b|:\d+$", lambda word: "" if word[0][0] == ":" else "*", name).rstrip("/")
        if not any(root.glob(pattern)):
            yield f"se nombra {name}, y no existe"


def check_page(path):
    page = Page(path.read_text(errors="replace"))
    yield from (problem_with(path, link) for link in page.links if not link.startswith("javascript:"))
    for resource in page.resources:
        outside = re.match(r"(https?:)?//", resource)
        yield f"necesita {resource}, que está en la red" if outside else problem_with(path, resource)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    failed = False
    checked = 0
    for patterns, check in ((MARKDOWN, lambda path: check_markdown(root, path)), (PAGES, check_page)):
        for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
            checked += 1
            for problem in dict.fromkeys(filter(None, check(path))):
                print(f"{path.relative_to(root)}: {problem}")
                failed = True
    if checked == 0:
        sys.exit(f"En {root} no hay nada que comprobar: ¿es la raíz del kit?")
    print(f"Enlaces de {checked} archivos.")
    sys.exit(failed)


if __name__ == "__main__":
    main()
