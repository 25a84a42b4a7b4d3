#!/usr/bin/env python3
"""Comprueba las presentaciones ya hechas, con Chromium: que nada se sale, que nada falta y que nada se pide a la red.

    check.py CHROMIUM PRESENTACIÓN.html=MEDIDA.html…

La primera es la que se reparte; la segunda, la misma con las diapositivas una debajo de otra, para medirlas.
"""
import html
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SLIDES = range(12, 26)

MEASURE = """
<script>
addEventListener("load", () => {
  const problems = [];
  const slides = [...document.querySelectorAll("section")];
  slides.forEach((slide, index) => {
    const say = what => problems.push(`diapositiva ${index + 1} («${slide.querySelector("h1,h2")?.textContent ?? "sin título"}»): ${what}`);
    const zoom = slide.getBoundingClientRect().width / slide.offsetWidth;
    const floor = slide.getBoundingClientRect().top + (slide.offsetHeight - 52) * zoom;
    const wall = slide.getBoundingClientRect().left + (slide.offsetWidth - 50) * zoom;
    for (const part of slide.querySelectorAll("*")) {
      if (part.tagName === "FOOTER") continue;
      const box = part.getBoundingClientRect();
      const over = Math.max(box.bottom - floor, box.right - wall) / zoom;
      if (over > 1 && box.width > 0) { say(`<${part.localName}> se sale ${Math.round(over)} puntos`); break; }
    }
    for (const part of slide.querySelectorAll("pre, table"))
      if (part.scrollWidth > part.clientWidth + 1) say(`<${part.localName}> es demasiado ancho`);
    for (const image of slide.querySelectorAll("img"))
      if (image.naturalWidth === 0) say(`falta la imagen ${image.getAttribute("src")}`);
  });
  const asked = performance.getEntriesByType("resource").map(entry => entry.name).filter(name => /^https?:/.test(name));
  asked.forEach(name => problems.push(`se pide ${name}`));
  const result = document.createElement("pre");
  result.id = "medida";
  result.textContent = JSON.stringify({ slides: slides.length, problems });
  document.body.append(result);
});
</script>
"""


def measured(chromium, page):
    """Cuántas diapositivas hay y lo que Chromium encuentra mal."""
    page.write_text(page.read_text() + MEASURE)
    with tempfile.TemporaryDirectory() as profile:
        order = [chromium, "--headless", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom", page.resolve().as_uri()]
        if os.geteuid() == 0:
            order.insert(1, "--no-sandbox")
        done = subprocess.run(order, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<pre id="medida">(.*?)</pre>', done.stdout, re.DOTALL)
    if not found:
        sys.exit(f"{page}: Chromium no la ha medido (estado {done.returncode}):\n{done.stderr[-800:]}")
    return json.loads(html.unescape(found[1]))


def problems_in(chromium, deck, page):
    result = measured(chromium, page)
    problems = result["problems"]
    text = deck.read_text()
    for request in re.findall(r"(?:\bsrc=[\"']?|url\([\"']?|@import\s+[\"']|<link[^>]*href=[\"']?)(https?:[^\"')>\s]+)", text):
        problems.append(f"se pediría {request}")
    notes = re.findall(r'<div class="bespoke-marp-note" data-index="(\d+)"[^>]*>(.*?)</div>', text, re.DOTALL)
    minutes = {int(index): re.findall(r"\b(\d+) min\b", note) for index, note in notes}
    for index in range(result["slides"]):
        if len(minutes.get(index, [])) != 1:
            problems.append(f"diapositiva {index + 1}: sus notas no dicen, una vez, cuántos minutos dura («3 min»)")
    if result["slides"] not in SLIDES:
        problems.append(f"tiene {result['slides']} diapositivas, y deben ser de {SLIDES[0]} a {SLIDES[-1]}")
    total = sum(int(found[0]) for found in minutes.values() if found)
    return problems, f"{result['slides']} diapositivas, {total} min"


def main():
    chromium, *pairs = sys.argv[1:]
    failed = False
    for pair in pairs:
        deck, page = map(Path, pair.split("="))
        problems, summary = problems_in(chromium, deck, page)
        print(f"{'✗' if problems else '✓'} {deck}: {summary}")
        for problem in problems:
            print(f"  {problem}")
        failed = failed or bool(problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
