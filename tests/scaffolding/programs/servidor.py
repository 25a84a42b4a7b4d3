"""Servidor del protocolo en Python, uno por cliente y por turno: los evaluadores juzgan programas, no lenguajes.

Uso: servidor.py PUERTO [FALTA]. La falta, si se da, es un error de verdad que alguien comete.
"""

import os
import select
import socket
import sys
import time

fault = sys.argv[2] if len(sys.argv) > 2 else ""


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
    if fault == "no_lee":
        time.sleep(3600)
    pending = b""
    expecting_data = False
    while True:
        newline = pending.find(b"\n")
        if newline < 0:
            while fault == "espera_con_limite" and not poll.poll(20):
                pass
            chunk = connection.recv(4096)
            if not chunk:
                while fault == "fin_sin_salir":
                    connection.recv(4096)
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
            connection.sendall(b"100 OK\r\n" if fault != "otra_respuesta" else b"100 0K\n")
            if fault == "responde_de_mas":
                connection.sendall(b"de nada\n")
        elif line == b"QUIT":
            connection.sendall(b"200 BYE\n")
            return
        else:
            connection.sendall(b"400 BCMD\r\nCommand-description: Bad command\r\n")


def main():
    if fault == "no_escucha":
        time.sleep(3600)
    if fault == "termina":
        sys.exit("no me apetece")
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                serve(connection)


main()
