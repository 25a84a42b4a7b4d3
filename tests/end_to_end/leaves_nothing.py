"""Ejecuta una orden y comprueba que no deja nada vivo.

    leaves_nothing.py ORDEN…                    al terminar la orden, no queda ningún proceso de los que creó
    leaves_nothing.py --interrupt FIFO ORDEN…   cuando alguien escribe en FIFO pulsa Ctrl-C; después no tarda en no quedar nada

Los procesos que la orden deja huérfanos, aunque se hayan separado con setsid(), pasan a ser hijos de este programa
(PR_SET_CHILD_SUBREAPER): así se ven todos. El estado es el de la orden, o 99 si quedó alguno.
"""

import ctypes
import os
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36
SOMETHING_LEFT = 99


def living_children():
    """Recoge a los hijos que ya terminaron y devuelve los que siguen vivos."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return []
    children = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == os.getpid():
            children.append(int(pid))
    return children


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "?"


def main():
    arguments = sys.argv[1:]
    fifo = None
    if arguments[0] == "--interrupt":
        fifo, arguments = arguments[1], arguments[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")

    # Un shell deja ignorado Ctrl-C en lo que lanza en segundo plano; la orden ha de empezar como en una terminal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(arguments, start_new_session=fifo is not None)
    if fifo is not None:
        with open(fifo, "rb") as stream:
            stream.read(1)
        os.killpg(process.pid, signal.SIGINT)
    status = process.wait()

    if fifo is not None:
        # Los que supervisan a los programas se enteran de que murió quien los creó, y los matan. Si alguno no termina
        # nunca, aquí se espera hasta el tiempo límite de la prueba.
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            pass

    left = living_children()
    for pid in left:
        print(f"sigue vivo: {pid} {command_line(pid)}", flush=True)
        os.kill(pid, signal.SIGKILL)
    sys.exit(SOMETHING_LEFT if left else status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
