"""Cliente del protocolo en Python: el evaluador del laboratorio 3 juzga programas enteros, no lenguajes.

Uso: cliente.py HOST SERVICIO [FALTA]. La falta, si se da, es un error de verdad que alguien comete.
"""

import socket
import sys

fault = sys.argv[3] if len(sys.argv) > 3 else ""


def reply_from(stream):
    line = stream.readline()
    if not line.endswith(b"\n"):
        sys.exit("el servidor cerró sin terminar su respuesta")
    line = line.rstrip(b"\r\n").decode()
    print(line, flush=True)
    if line.startswith("400") and fault != "una_linea":
        print(stream.readline().rstrip(b"\r\n").decode(), flush=True)
    return line


def connect(host, service):
    if fault != "solo_la_primera":
        return socket.create_connection((host, service))
    family, kind, protocol, _, address = socket.getaddrinfo(host, service, type=socket.SOCK_STREAM)[0]
    connection = socket.socket(family, kind, protocol)
    connection.connect(address)
    return connection


def main():
    with connect(sys.argv[1], sys.argv[2]) as connection, connection.makefile("rb") as stream:
        for line in iter(sys.stdin.readline, ""):
            connection.sendall(line.encode())
            if line == "DATA\n":
                print("Input data to send: ", end="", flush=True)
                connection.sendall(sys.stdin.readline().encode())
            if reply_from(stream) == "200 BYE":
                return
        sys.exit("la entrada terminó sin QUIT")


main()
