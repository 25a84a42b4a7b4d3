#!/usr/bin/env python3
"""Inventa entregas hostiles y comprueba que recibirlas ni falla ni toca nada fuera de la carpeta de trabajo.

    fuzz_intake.py CASOS [--seed N] [--first N] [--program RUTA]

Cada caso depende solo de la semilla y de su número: uno que falle se repite con --first NÚMERO y un solo caso.
"""
import argparse
import gzip
import hashlib
import io
import os
import pathlib
import random
import select
import shutil
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

SECONDS = 60  # de un caso; es una red de seguridad
PROGRAM = b"int main() {}\n"
PIECES = [
    b"lab1.cpp", b"LAB2.CPP", b"lab7.cpp", b"lab1-socket", b"labs", b"lab1.cpp.txt", b"leeme.txt", b"ana", b"eva",
    b"ana_intento2", b"ana_attempt999999", b"intento2", b"..", b".", b"", b"C:", b".git", b"__MACOSX", b"a b (1)",
    "José".encode(), "José".encode("latin-1"), "José".encode("cp437"), "日本".encode(), b"\xed\xa0\x80", b"\xf8\x88",
    b"a\nb", b"\x1b[2J", b"x" * 300, b"entrega.zip", b"entrega.tar.gz", b"x.rar", b"submission_metadata.yml",
    "Ruiz Ana_12_assignsubmission_file_".encode(), b"Ruiz Ana_12_assignsubmission_file_lab1.cpp",
    b"Soto_assignsubmission_file_", b"_3_assignsubmission_", b"submission_10", b"submission_11",
]
GOOD = [b"lab1.cpp", b"a/LAB2.cpp", b"lab7-x/lab7.cpp", b"entrega.zip", b"x/entrega.tar.gz", b"ana/lab1.cpp", b"eva.zip"]
METADATA = """---
submission_10:
  :submitters:
  - :name: Ana
    :sid: '7'
    :email: ana@example.com
  :created_at: &1 2026-04-26 17:34:00.861687000 Z
  :history:
  - :created_at: 2026-04-25 10:00:00 Z
submission_11:
  :submitters:
  - :name: "Eva \\"la\\" \\xE9"
  - :name: *1
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: *1
""".encode()


class Case:
    """Un caso: lo que se entrega, en una carpeta propia con algo al lado que no se debe tocar."""

    def __init__(self, base, seed, number):
        self.random = random.Random(f"{seed}/{number}")
        self.base = base
        self.outside = base / "fuera"
        self.submissions = base / "entregas"
        self.work = base / "a" / "b" / "c" / "trabajo"  # hondo: un «../../x» también se queda en base
        self.outside.mkdir(parents=True)
        self.work.parent.mkdir(parents=True)
        (self.outside / "lab1.cpp").write_bytes(PROGRAM)

    def chance(self, probability):
        return self.random.random() < probability

    def name(self):
        if self.chance(0.4):  # uno que se pueda aceptar
            return self.random.choice(GOOD)
        pieces = self.random.choices(PIECES, k=self.random.choice([1, 1, 2, 2, 3, 3, 4, 40]))
        path = self.random.choice([b"/", b"/", b"/", b"\\"]).join(pieces)
        if self.chance(0.05):
            path = bytes(self.base) + b"/" + path
        if self.chance(0.05):
            path = b"../../../" + path
        return path

    def contents(self, depth):
        kind = self.random.randrange(12)
        if kind == 0:
            return b""
        if kind == 1:
            return b"\xef\xbb\xbf// \xf1\r\n"
        if kind == 2:
            return self.random.randbytes(self.random.randrange(3000))
        if kind == 3 and self.chance(0.1):
            return bytes(self.random.choice([2 << 20, 20 << 20]))
        if kind < 8 and depth < 4:
            return self.archive(depth + 1)
        return PROGRAM

    def members(self, depth):
        """Nombre, contenido, clase y destino del enlace de lo que se mete en un comprimido."""
        for _ in range(self.random.randrange(8)):
            kind = self.random.choices(["file", "folder", "symlink", "hardlink", "fifo", "device"], [12, 2, 2, 2, 1, 1])[0]
            target = self.random.choice([bytes(self.outside), bytes(self.outside / "lab1.cpp"), b"..", self.name()])
            yield self.name(), self.contents(depth) if kind == "file" else b"", kind, target

    def archive(self, depth=0):
        data = self.zip(depth) if self.chance(0.5) else self.tar(depth)
        return self.mutated(data) if self.chance(0.25) else data

    def zip(self, depth):
        """A mano, para que los nombres, los tamaños y los atributos puedan ser cualesquiera."""
        modes = {"file": stat.S_IFREG, "folder": stat.S_IFDIR, "symlink": stat.S_IFLNK, "hardlink": stat.S_IFREG,
                 "fifo": stat.S_IFIFO, "device": stat.S_IFCHR}
        body, index, count = b"", b"", 0
        for name, data, kind, target in self.members(depth):
            data = target if kind == "symlink" else data
            packed, method = data, 0
            if self.chance(0.6):
                deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
                packed, method = deflater.compress(data) + deflater.flush(), 8
            flags = self.random.choice([0, 0, 0, 0, 0x800, 0x800, 0x808, 1])
            size = len(data) if self.chance(0.9) else self.random.choice([0, 1, 1 << 20, (1 << 32) - 1])
            common = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 0, zlib.crc32(data), len(packed), size, len(name), 0)
            index += (struct.pack("<4sH", b"PK\1\2", 3 << 8 | 20) + common +
                      struct.pack("<HHHII", 0, 0, 0, (modes[kind] | 0o644) << 16, len(body)) + name)
            body += b"PK\3\4" + common + name + packed
            count += 1
        return body + index + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(index), len(body), 0)

    def tar(self, depth):
        types = {"file": tarfile.REGTYPE, "folder": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE,
                 "hardlink": tarfile.LNKTYPE, "fifo": tarfile.FIFOTYPE, "device": tarfile.CHRTYPE}
        output = io.BytesIO()
        layout = self.random.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
        with tarfile.open(fileobj=output, mode="w", format=layout, encoding="utf-8", errors="surrogateescape") as tar:
            for name, data, kind, target in self.members(depth):
                info = tarfile.TarInfo(name.decode(errors="surrogateescape"))
                info.type, info.size = types[kind], len(data)
                if kind in ("symlink", "hardlink"):
                    info.linkname = target.decode(errors="surrogateescape")
                try:
                    tar.addfile(info, io.BytesIO(data))
                except UnicodeEncodeError:  # en las cabeceras pax todo es UTF-8
                    pass
        data = output.getvalue()
        if self.chance(0.3):
            data = self.with_sums(self.mutated(data))
        return gzip.compress(data, 1) if self.chance(0.8) else data

    @staticmethod
    def with_sums(data):
        """Corrige las sumas de las cabeceras de un tar estropeado: si no, no se pasa de la primera."""
        data = bytearray(data)
        for at in range(0, len(data) - 511, 512):
            if data[at + 257:at + 262] == b"ustar":
                data[at + 148:at + 156] = b" " * 8
                data[at + 148:at + 156] = b"%06o\0 " % sum(data[at:at + 512])
        return bytes(data)

    def mutated(self, data):
        data = bytearray(data)
        for _ in range(self.random.choice([1, 1, 2, 5, 20])):
            if not data:
                break
            at, length = self.random.randrange(len(data)), self.random.choice([1, 1, 2, 4, 8, 100])
            kind = self.random.randrange(6)
            if kind == 0:
                data[at:at + length] = self.random.randbytes(length)
            elif kind == 1:
                data[at] ^= 1 << self.random.randrange(8)
            elif kind == 2:
                data[at:at + length] = self.random.choice([b"\0", b"\xff", b"7", b"/"]) * length
            elif kind == 3:
                del data[at:at + length]
            elif kind == 4:
                data[at:at] = data[self.random.randrange(len(data)):][:length]
            elif self.chance(0.2):
                del data[at:]
        return bytes(data)

    def loose_path(self):
        """Un nombre que se pueda poner en el disco, dentro de las entregas."""
        parts = [part[:200] for part in self.name().split(b"/") if part not in (b"", b".", b"..")]
        return os.path.join(bytes(self.submissions), *(parts[:6] or [b"ana"]))

    def put(self):
        """Algo más en la carpeta de entregas."""
        path = self.loose_path()
        kind = self.random.randrange(12)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if kind == 0:
                os.symlink(self.random.choice([self.outside, self.outside / "lab1.cpp", ".."]), path)
            elif kind == 1:
                os.mkfifo(path)
            elif kind == 2:
                os.link(self.outside / "lab1.cpp", path)
            elif kind == 3:
                os.makedirs(path, exist_ok=True)
            else:
                is_packed = path.endswith((b".zip", b".gz"))
                data = self.archive() if is_packed or kind < 6 else self.contents(3)
                # «xb»: lo que ya haya ahí puede ser una tubería, y abrirla para escribir no acabaría nunca
                with open(path + (b".zip" if kind < 6 and not is_packed else b""), "xb") as file:
                    file.write(data)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            pass

    def hand_in(self):
        if self.chance(0.3):
            self.submissions = self.submissions.with_suffix(".zip")
            self.submissions.write_bytes(self.archive())
            return
        self.submissions.mkdir()
        for _ in range(self.random.randrange(1, 8)):
            self.put()
        if self.chance(0.2):
            metadata = self.submissions / "submission_metadata.yml"
            if not metadata.exists() and not metadata.is_symlink():
                metadata.write_bytes(self.mutated(METADATA) if self.chance(0.7) else METADATA)

    def everything_else(self):
        """Lo que hay fuera de la carpeta de trabajo, de modo que cualquier cambio se note."""
        found = {}
        for folder, folders, files in os.walk(bytes(self.base)):
            if folder == bytes(self.work.parent):
                folders[:] = [name for name in folders if name != bytes(self.work.name, "ascii")]
            for name in folders + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                data = b""
                if stat.S_ISREG(status.st_mode):
                    with open(path, "rb") as file:
                        data = hashlib.sha256(file.read()).digest()
                # La hora de la carpeta que contiene la de trabajo sí cambia: ahí se crea y se borra.
                time = 0 if path == bytes(self.work.parent) else status.st_mtime_ns
                found[path] = (status.st_mode, status.st_nlink if not stat.S_ISDIR(status.st_mode) else 0, time, data)
        return found

    def stray(self):
        """Lo que hay en la carpeta de trabajo y no debería."""
        for path in self.work.rglob("*"):
            parts = path.relative_to(self.work).parts
            is_fine = path.is_dir() if len(parts) == 1 else parts[1] in ("lab1.cpp", "lab2.cpp", "lab7.cpp")
            if path.is_symlink() or not is_fine or not parts[0].isdigit() or len(parts) > 2:
                return path
        return None


def fail(number, what):
    sys.exit(f"caso {number}: {what}\nPara repetirlo: --first {number}, con un solo caso y la misma semilla.")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("cases", type=int)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--program", default="build/bin/intake_fuzz")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        root = pathlib.Path(name)
        (root / "cwd").mkdir()
        program = subprocess.Popen([os.path.abspath(chosen.program)], cwd=root / "cwd", stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        try:
            totals = run(program, root, chosen)
        finally:
            program.kill()
            program.wait()
            program.stdin.close()
            program.stdout.close()
    print(f"{chosen.cases} casos: en {totals['frase']} no había entregas que recibir; en los demás, {totals['entregas']} "
          f"entregas y {totals['archivos']} archivos aceptados. Ningún fallo, y nada tocado fuera.")


def run(program, root, chosen):
    totals = {"frase": 0, "entregas": 0, "archivos": 0}
    for number in range(chosen.first, chosen.first + chosen.cases):
        base = root / "caso"
        case = Case(base, chosen.seed, number)
        case.hand_in()
        before = case.everything_else()
        program.stdin.write(bytes(case.submissions) + b"\t" + bytes(case.work) + b"\n")
        program.stdin.flush()
        ready, _, _ = select.select([program.stdout], [], [], SECONDS)
        if not ready:
            fail(number, f"lleva {SECONDS} s")
        words = program.stdout.readline().split()
        if not words:
            fail(number, f"el programa acabó con estado {program.wait()}")
        if case.everything_else() != before or any((root / "cwd").iterdir()):
            fail(number, "cambió algo fuera de la carpeta de trabajo")
        if case.stray():
            fail(number, f"en la carpeta de trabajo está {case.stray()}")
        if words[0] == b"frase":
            totals["frase"] += 1
        else:
            totals["entregas"] += int(words[1])
            totals["archivos"] += int(words[3])
        shutil.rmtree(base)
    return totals


if __name__ == "__main__":
    main()
