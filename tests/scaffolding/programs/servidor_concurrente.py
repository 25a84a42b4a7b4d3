"""Servidor del protocolo en Python para todos los clientes a la vez: lo que se juzga no depende del lenguaje ni de la forma.

Uso: servidor_concurrente.py PUERTO FORMA [FALTA]. La forma es «procesos», «hilos», «hijos_de_antes» o «eventos».
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading

import servidor

port, shape = int(sys.argv[1]), sys.argv[2]
fault = sys.argv[3] if len(sys.argv) > 3 else ""


class Door:
    """El socket de escucha, y un descriptor de reserva para despedir a un cliente cuando no quedan."""

    def __init__(self):
        self.listener = servidor.listen(port)
        self.spare = os.open(os.devnull, os.O_RDONLY)

    def accept(self):
        while True:
            try:
                return self.listener.accept()[0]
            except OSError:
                if fault == "sin_reserva":
                    continue
                os.close(self.spare)
                with contextlib.suppress(OSError):
                    self.listener.accept()[0].close()
                self.spare = os.open(os.devnull, os.O_RDONLY)


def be_child(door, connection):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if fault != "hijo_con_escucha":
        door.listener.close()
    servidor.attend(connection)
    os._exit(0)


def processes(door):
    children = set()

    def reap(*_):
        with contextlib.suppress(ChildProcessError):
            while (child := os.waitpid(-1, os.WNOHANG)[0]) > 0:
                children.discard(child)

    if fault != "zombis":
        signal.signal(signal.SIGCHLD, reap)
    try:
        while True:
            with door.accept() as connection:
                try:
                    child = os.fork()
                except OSError:
                    continue
                if child == 0:
                    be_child(door, connection)
                children.add(child)
                if fault == "padre_conserva":
                    connection.detach()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()


def threads(door):
    inside, lock = set(), threading.Lock()

    def attend(connection):
        try:
            servidor.serve(connection)
        except OSError:
            pass
        with lock:
            inside.discard(connection)
            connection.close()

    try:
        while True:
            connection = door.accept()
            with lock:
                inside.add(connection)
            try:
                threading.Thread(target=attend, args=(connection,)).start()
            except RuntimeError:
                inside.discard(connection)
                connection.close()
    finally:
        with lock:
            for connection in inside if fault != "no_despierta" else ():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def children_from_the_start(door):
    children = []
    for _ in range(16):
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            while True:
                servidor.attend(door.accept())
        children.append(child)
    try:
        while True:
            os.wait()
    finally:
        for child in children:
            os.kill(child, signal.SIGTERM)
        for child in children:
            os.waitpid(child, 0)


async def converse(reader, writer):
    expecting_data = False
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            try:
                line = (await reader.readuntil(b"\n"))[:-1].removesuffix(b"\r")
            except asyncio.LimitOverrunError:
                writer.write(servidor.BAD_COMMAND)
                break
            if expecting_data:
                writer.write(b"300 DRCV\n")
                expecting_data = False
            elif line == b"DATA":
                expecting_data = True
            elif line == b"QUIT":
                writer.write(b"200 BYE\n")
                break
            else:
                writer.write(b"100 OK\n" if line == b"HELO" else servidor.BAD_COMMAND)
            await writer.drain()
    writer.close()


async def events():
    server = await asyncio.start_server(converse, "127.0.0.1", port, limit=servidor.MAX_LINE)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    server.close()
    os._exit(0)  # el núcleo cierra las conexiones


if shape == "eventos":
    asyncio.run(events())
else:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    {"procesos": processes, "hilos": threads, "hijos_de_antes": children_from_the_start}[shape](Door())
