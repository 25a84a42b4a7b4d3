#!/usr/bin/env python3
"""Con qué compararse: cuántos servidores equivocados de tests/chaffs/ satisfacen a un cliente corriente.

  happy_path.py [NÚMERO…]   los laboratorios que son servidores enteros (6 y 7), o solo los que se digan

Un cliente corriente conecta, mantiene una conversación con los cuatro códigos, comprueba cada respuesta, que el servidor
cierra al final, y lo repite con un segundo cliente. Es lo que hace quien prueba su servidor a mano, o un evaluador que
solo compara la salida. Como no puede preguntar al núcleo, espera con un tiempo límite.
"""
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import grade_graders

VARIANTS = {6: [[]], 7: [['procesos'], ['hilos']]}
PATIENCE = 5  # segundos
STEPS = ((b'HELO\n', b'100 OK\n'), (b'DATA\nhola\n', b'300 DRCV\n'),
         (b'saluda\n', b'400 BCMD\r\nCommand-description: Bad command\r\n'), (b'QUIT\n', b'200 BYE\n'))


@contextlib.contextmanager
def running(program, arguments):
    """El servidor, en un puerto libre, hasta que acaba el bloque."""
    with socket.socket() as chosen:
        chosen.bind(('127.0.0.1', 0))
        port = chosen.getsockname()[1]
    process = subprocess.Popen([program, *arguments, str(port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # el grupo entero: también los hijos del servidor
        process.wait()


def connected(port):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(('127.0.0.1', port), PATIENCE)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def converse(port):
    with connected(port) as client:
        for sent, expected in STEPS:
            client.sendall(sent)
            received = b''
            while len(received) < len(expected.replace(b'\r', b'')) and (block := client.recv(4096)):
                received += block.replace(b'\r', b'')
            if received != expected.replace(b'\r', b''):
                return False
        return client.recv(1) == b''


def satisfied(program, lab):
    try:
        for arguments in VARIANTS[lab]:
            with running(program, arguments) as port:
                if not (converse(port) and converse(port)):
                    return False
    except OSError:
        return False
    return True


def main():
    labs = [int(number) for number in sys.argv[1:]] or [*VARIANTS]
    for lab in labs:
        if lab not in VARIANTS:
            sys.exit(f'lab{lab} no es un servidor entero: lo son {", ".join(f"lab{number}" for number in VARIANTS)}')
        cases = [case for case in grade_graders.all_cases() if case.lab == lab]
        for case in cases:
            if case.kind == 'solution':
                with grade_graders.program_of(case) as program:
                    assert satisfied(program, lab), 'el cliente corriente no aprueba ni a la solución'
        chaffs = [case for case in cases if case.kind == 'chaff']
        passed = []
        for case in chaffs:
            with grade_graders.program_of(case) as program:
                if satisfied(program, lab):
                    passed.append(case)
        print(f'lab{lab}: {len(chaffs)} servidores equivocados; un cliente corriente rechaza {len(chaffs) - len(passed)}')


if __name__ == '__main__':
    main()
