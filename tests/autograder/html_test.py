#!/usr/bin/env python3
"""Abre en Chromium, sin pantalla, las páginas de un informe, y falla si algo no está bien.

  html_test.py CARPETA [--pictures CARPETA]

De cada página, en un teléfono y en un monitor: ni un error en la consola, ni una petición que no sea a un archivo, nada que
se salga por la derecha, y ningún enlace que no lleve a ninguna parte. De la clase, además: se ordena y se filtra con el
teclado, y sin JavaScript se lee igual. Con --pictures deja una imagen de la clase y de tres estudiantes, en claro y en
oscuro, y un PDF de cada una.
"""
import argparse
import base64
import contextlib
import html.parser
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse

WIDTHS = (390, 1280)
TALLEST_PICTURE = 8000


class Wrong(Exception):
    """Lo que no está bien, en una frase."""


class Browser:
    """Chromium, con el que se habla en el protocolo de sus herramientas por dos tuberías (--remote-debugging-pipe)."""

    def __init__(self, program, profile):
        reads, self.to = os.pipe()
        self.told, writes = os.pipe()
        options = ['--headless=new', '--remote-debugging-pipe', f'--user-data-dir={profile}', '--no-first-run',
                   '--hide-scrollbars', '--disable-gpu', '--disable-dev-shm-usage']
        if os.geteuid() == 0:
            options.append('--no-sandbox')
        # Chromium lee sus órdenes del descriptor 3 y responde por el 4.
        command = ['sh', '-c', f'exec "$0" "$@" 3<&{reads} 4>&{writes}', program, *options, 'about:blank']
        self.process = subprocess.Popen(command, pass_fds=(reads, writes), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(reads)
        os.close(writes)
        self.pending = b''
        self.numbers = itertools.count(1)
        self.events = []
        self.session = None
        target = next(item for item in self.ask('Target.getTargets')['targetInfos'] if item['type'] == 'page')
        self.session = self.ask('Target.attachToTarget', targetId=target['targetId'], flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.ask(f'{domain}.enable')

    def hear(self):
        while b'\0' not in self.pending:
            some = os.read(self.told, 1 << 20)
            if not some:
                raise Wrong('Chromium terminó antes de tiempo')
            self.pending += some
        message, self.pending = self.pending.split(b'\0', 1)
        return json.loads(message)

    def ask(self, method, **params):
        number = next(self.numbers)
        message = {'id': number, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.to, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.hear()
            if answer.get('id') == number:
                if 'error' in answer:
                    raise Wrong(f'Chromium no aceptó {method}: {answer["error"]["message"]}')
                return answer['result']
            self.events.append(answer)

    def open(self, page):
        self.events.clear()
        self.ask('Page.navigate', url=page.as_uri())
        while not any(event.get('method') == 'Page.loadEventFired' for event in self.events):
            self.events.append(self.hear())

    def value(self, expression):
        answer = self.ask('Runtime.evaluate', expression=expression, returnByValue=True)
        if 'exceptionDetails' in answer:
            raise Wrong(f'«{expression}»: {answer["exceptionDetails"]}')
        return answer['result'].get('value')

    def press(self, key, text=''):
        code = {'Enter': 13, 'Tab': 9}[key]
        self.ask('Input.dispatchKeyEvent', type='keyDown', key=key, code=key, text=text, windowsVirtualKeyCode=code)
        self.ask('Input.dispatchKeyEvent', type='keyUp', key=key, code=key, windowsVirtualKeyCode=code)

    def resize(self, width):
        self.ask('Emulation.setDeviceMetricsOverride', width=width, height=900, deviceScaleFactor=1, mobile=width < 600)

    def complaints(self):
        """Lo que se dijo en la consola y lo que se pidió fuera, desde que se abrió la página."""
        for event in self.events:
            method, params = event.get('method'), event.get('params', {})
            if method == 'Runtime.exceptionThrown':
                yield f'una excepción: {params["exceptionDetails"]["text"]}'
            elif method == 'Runtime.consoleAPICalled':
                yield f'la consola dice: {params["args"]}'
            elif method == 'Log.entryAdded':
                yield f'la consola dice: {params["entry"]["text"]}'
            elif method == 'Network.requestWillBeSent':
                url = params['request']['url']
                if not url.startswith(('file:', 'data:')):
                    yield f'pide {url}'

    def close(self):
        self.session = None
        with contextlib.suppress(Wrong, OSError):
            self.ask('Browser.close')
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.told)


@contextlib.contextmanager
def browser():
    program = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    if not program:
        raise Wrong('hace falta Chromium: instala el paquete «chromium»')
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        opened = Browser(program, profile)
        try:
            yield opened
        finally:
            opened.close()


class Page(html.parser.HTMLParser):
    """Los enlaces, los identificadores y los títulos de una página, que tiene que estar bien formada."""

    VOID = ('meta', 'link', 'input', 'rect', 'line')

    def __init__(self, file):
        super().__init__()
        self.name = file.name
        self.links, self.ids, self.headings, self.open = [], [], [], []
        self.feed(file.read_text(encoding='utf-8', errors='replace'))
        if self.open:
            raise Wrong(f'{self.name}: no se cierra {self.open}')

    def handle_starttag(self, tag, attributes):
        strange = [name for name, _ in attributes if not re.fullmatch('[a-z][a-z0-9-]*', name)]
        if strange:
            raise Wrong(f'{self.name}, línea {self.getpos()[0]}: un atributo mal escrito en <{tag}>: {strange}')
        if tag not in self.VOID:
            self.open.append(tag)
        attributes = dict(attributes)
        if tag == 'a':
            self.links.append(attributes['href'])
        if 'id' in attributes:
            self.ids.append(attributes['id'])
        if tag in ('h1', 'h2', 'h3', 'h4'):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        if tag in self.VOID:  # en SVG, <rect/>
            return
        if not self.open or self.open.pop() != tag:
            raise Wrong(f'{self.name}, línea {self.getpos()[0]}: sobra </{tag}>, o falta otra antes')


def check_links(files):
    pages = {file.name: Page(file) for file in files}
    for name, page in pages.items():
        if len(page.ids) != len(set(page.ids)):
            raise Wrong(f'{name}: hay identificadores repetidos')
        if page.headings[0] != 1 or any(after > before + 1 for before, after in zip(page.headings, page.headings[1:])):
            raise Wrong(f'{name}: los títulos se saltan un nivel: {page.headings}')
        for link in page.links:
            target, _, section = link.partition('#')
            to = pages.get(urllib.parse.unquote(target) or name)
            if to is None or (section and section not in to.ids):
                raise Wrong(f'{name}: el enlace «{link}» no lleva a ninguna parte')


OVERFLOW = '''(() => {
  const scrolls = (node) => node && getComputedStyle(node).overflowX === 'auto';
  const inside = (node) => node.closest('.unseen, .skip') || (!node.matches('.wide') && scrolls(node.closest('.wide')));
  const out = [...document.querySelectorAll('body *')].find((node) => !inside(node) &&
    node.getBoundingClientRect().right > innerWidth + 1);
  return document.documentElement.scrollWidth > innerWidth || out ? (out ?? document.body).outerHTML.slice(0, 200) : '';
})()'''


def check_page(chromium, file):
    chromium.open(file)
    chromium.value('for (const item of document.querySelectorAll("details")) item.open = true')
    for width in WIDTHS:
        chromium.resize(width)
        overflow = chromium.value(OVERFLOW)
        needed = chromium.value('innerWidth')  # un teléfono aleja la página hasta que cabe
        if overflow or needed != width:
            raise Wrong(f'{file.name} a {width} px: no cabe, necesita {needed} px {overflow}')
    for complaint in chromium.complaints():
        raise Wrong(f'{file.name}: {complaint}')


def check_table(chromium, file):
    """Ordenar y filtrar la tabla, con el teclado."""
    chromium.resize(1280)
    chromium.open(file)
    rows = chromium.value('rows.length')
    visible = 'rows.filter((row) => !row.hidden).length'
    chromium.value('document.querySelector("th.num button").focus()')
    column = 'JSON.stringify([...body.rows].map((row) => Number(row.cells[1].dataset.value)))'
    for direction, sign in (('descending', -1), ('ascending', 1)):
        chromium.press('Enter', '\r')
        values = json.loads(chromium.value(column))
        if values != sorted(values, key=lambda value: sign * value) or len(values) != rows:
            raise Wrong(f'la tabla no se ordena: {direction}, {values}')
        if chromium.value('document.activeElement.parentElement.ariaSort') != direction:
            raise Wrong(f'el orden no se dice: {direction}')
    chromium.value('document.getElementById("search").focus()')
    name = chromium.value('body.rows[rows.length - 1].cells[0].querySelector("bdi").textContent')
    without_accents = ''.join(letter for letter in unicodedata.normalize('NFD', name) if not unicodedata.combining(letter))
    chromium.ask('Input.insertText', text=without_accents.upper())
    found = chromium.value(visible)
    if not 0 < found < rows or not chromium.value('shown.textContent').endswith(f'{found} de {rows}'):
        raise Wrong(f'el filtro enseña {found} filas de {rows}')
    chromium.press('Tab')
    if chromium.value('document.activeElement.id') != 'kind':
        raise Wrong('con el tabulador no se llega del buscador a la lista')
    chromium.ask('Emulation.setScriptExecutionDisabled', value=True)
    chromium.open(file)
    if chromium.value('document.querySelectorAll("table.class tbody tr").length') != rows:
        raise Wrong('sin JavaScript faltan filas')
    if chromium.value('getComputedStyle(document.getElementById("controls")).display') != 'none':
        raise Wrong('sin JavaScript aparecen controles que no hacen nada')
    chromium.ask('Emulation.setScriptExecutionDisabled', value=False)


def take_pictures(chromium, files, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        for width, scheme in itertools.product(WIDTHS, ('light', 'dark')):
            chromium.resize(width)
            chromium.ask('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': scheme}])
            chromium.open(file)
            height = min(chromium.value('document.documentElement.scrollHeight'), TALLEST_PICTURE)
            clip = {'x': 0, 'y': 0, 'width': width, 'height': height, 'scale': 1}
            picture = chromium.ask('Page.captureScreenshot', captureBeyondViewport=True, clip=clip)
            (folder / f'{file.stem}-{width}-{scheme}.png').write_bytes(base64.b64decode(picture['data']))
        printed = chromium.ask('Page.printToPDF', printBackground=False, preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
        (folder / f'{file.stem}.pdf').write_bytes(base64.b64decode(printed['data']))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('--pictures', type=pathlib.Path)
    asked = parser.parse_args()
    files = sorted(asked.folder.resolve().glob('*.html'))
    index = asked.folder.resolve() / 'index.html'
    try:
        if index not in files:
            raise Wrong(f'en «{asked.folder}» tenía que estar index.html')
        check_links(files)
        with browser() as chromium:
            for file in files:
                check_page(chromium, file)
            check_table(chromium, index)
            if asked.pictures:
                take_pictures(chromium, [index, *[file for file in files if file != index][:3]], asked.pictures)
    except Wrong as wrong:
        sys.exit(f'{wrong}')
    print(f'{len(files)} páginas sin nada que decir')


main()
