"""Servidor del protocolo en Python, uno por cliente y por turno: los evaluadores juzgan programas, no lenguajes.

Uso: servidor.py PUERTO [FALTA]. La falta, si se da, es un error de verdad que alguien comete. Dos no son faltas, sino otras
formas de hacerlo bien: «doble_pila» escucha en todas las direcciones de IPv6 y de IPv4, y «sin_manejador» deja que SIGTERM
lo mate.
"""

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time

MAX_LINE = 1 << 20
BAD_COMMAND = b"400 BCMD\r\nCommand-description: Bad command\r\n"

HELLO_REPLIES = {"otra_respuesta": b"100 0K\n", "sin_fin_de_linea": b"100 OK", "responde_de_mas": b"100 OK\nde nada\n"}  # las que son una falta

fault = sys.argv[2] if len(sys.argv) > 2 else ""
left_pending = b""  # con la falta «recuerda», lo que dejó a medias el cliente anterior
kept = []  # con la falta «no_cierra», las conexiones de todos los clientes


# Ocho bytes por línea, todas distintas: se sabe de dónde sale cada trozo.
LONG_REPLY = b"".join(b"%07d\n" % number for number in range(32768))


def send_long_reply(connection):
    """Con un búfer pequeño, send() toma solo una parte si algo lo interrumpe."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    if fault == "respuesta_larga":
        connection.sendall(LONG_REPLY)
    elif fault == "envia_una_vez":
        connection.send(LONG_REPLY)
    elif fault == "envia_desde_el_principio":
        while connection.send(LONG_REPLY) < len(LONG_REPLY):
            pass


def serve(connection):
    if fault == "espera_con_limite":
        poll = select.poll()
        poll.register(connection, select.POLLIN)
    if fault == "envia_sin_leer":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.recv(1)
        connection.sendall(bytes(64 << 20))
    if fault == "no_lee":
        time.sleep(3600)
    global left_pending
    pending = left_pending
    expecting_data = False
    while True:
        newline = pending.find(b"\n")
        if newline > MAX_LINE or newline < 0 and len(pending) > MAX_LINE and fault != "sin_limite":
            connection.sendall(BAD_COMMAND)
            return
        if newline < 0:
            while fault == "espera_con_limite" and not poll.poll(20):
                pass
            chunk = connection.recv(4096)
            if not chunk:
                while fault == "fin_sin_salir":
                    connection.recv(4096)
                if fault == "recuerda":
                    left_pending = pending
                return
            if fault == "un_recv_es_un_mensaje":
                chunk = chunk.rstrip(b"\n") + b"\n"
            pending += chunk
            continue
        line, pending = pending[:newline].removesuffix(b"\r"), pending[newline + 1 :]
        if fault == "tira_lo_que_sobra":
            pending = b""
        if line == b"LARGA":
            send_long_reply(connection)
            continue
        if fault == "muere":
            os.abort()
        if fault == "se_multiplica":
            while True:
                os.fork()
        if fault == "imprime_sin_fin":
            while True:
                print("x" * 65536)
        if expecting_data:
            expecting_data = False
            connection.sendall(b"300 DRCV\n")
        elif line == b"DATA":
            expecting_data = True
        elif line == b"HELO":
            if fault == "espera_de_mas":
                connection.recv(4096)
            if fault == "da_vueltas":
                while True:
                    pass
            if fault == "sondea":
                while True:
                    time.sleep(0.001)
            if fault == "sondea_despacio":
                while True:
                    time.sleep(0.25)
            if fault == "corta":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            if fault == "cierra":
                return
            connection.sendall(HELLO_REPLIES.get(fault, b"100 OK\r\n"))
        elif line == b"QUIT":
            connection.sendall(b"200 BYE\n")
            return
        else:
            connection.sendall(BAD_COMMAND)


def attend(connection):
    with connection:
        try:
            serve(connection)
        except ConnectionError as error:
            if fault == "un_error_es_el_fin":
                raise
            print("cliente perdido:", error, file=sys.stderr)
        if fault == "no_cierra":
            with contextlib.suppress(OSError):  # si el cliente cortó, ya no hay nada que cerrar
                connection.shutdown(socket.SHUT_RDWR)


def listen(port):
    if fault == "doble_pila":
        return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    if fault == "otro_puerto":
        port = 0
    if fault == "sin_reuseaddr":
        listener = socket.socket()
        listener.bind(("127.0.0.1", port))
        listener.listen()
        return listener
    return socket.create_server(("127.0.0.1", port))


def main():
    if fault == "no_escucha":
        time.sleep(3600)
    if fault == "termina":
        sys.exit("no me apetece")
    if fault == "ignora_sigterm":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif fault != "sin_manejador":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listen(int(sys.argv[1])) as listener:
        while True:
            connection, _ = listener.accept()
            if fault == "no_cierra":
                kept.append(connection.dup())
            if fault == "concurrente":
                threading.Thread(target=attend, args=(connection,), daemon=True).start()
            else:
                attend(connection)


if __name__ == "__main__":
    main()
