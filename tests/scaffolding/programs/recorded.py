"""Una conversación conocida, para la grabadora: recorded.py ARCHIVO. El servidor hace de programa del laboratorio y este
proceso, de demostración: cuenta en el archivo quién es quién, como ella."""
import json
import os
import socket
import sys
import time

log = open(sys.argv[1], "a", buffering=1)


def tell(kind, **fields):
    event = {"t": time.clock_gettime_ns(time.CLOCK_MONOTONIC), "actor": "demostración", "kind": kind, **fields}
    log.write(json.dumps(event) + "\n")


def serve(port_pipe):
    listener = socket.create_server(("127.0.0.1", 0))
    os.write(port_pipe, str(listener.getsockname()[1]).encode())
    connection, _ = listener.accept()
    data = b""
    while len(data) < 6:
        data += connection.recv(100)
    connection.send(b"respuesta")
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(100) == b""
    connection.close()
    listener.close()


tell("begin", pid=os.getpid())
tell("title", text="prueba", detail="")
read_end, write_end = os.pipe()
start, go = os.pipe()
child = os.fork()
if child == 0:
    os.read(start, 1)
    serve(write_end)
    os._exit(0)
tell("program", pid=child)
tell("sides", client="cliente", server="servidor")
tell("step", number=1, heading='Un paso <y "comillas">', why="")
os.write(go, b"x")
port = int(os.read(read_end, 10))
client = socket.socket()
client.bind(("127.0.0.2", 0))
client.connect(("127.0.0.1", port))
client.send(b"uno")
client.send(b"dos")
data = b""
while len(data) < 9:
    data += client.recv(100)
assert client.recv(100) == b""
client.close()
assert os.waitpid(child, 0)[1] == 0
tell("end", text="fin")
