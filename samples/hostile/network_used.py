"""Connections to a server on this machine, to an abstract socket, to the internet.

must not get: socket
points: 0
base: release
"""

# %% logistic
import socket

for host in ("127.0.0.1", "localhost", "0.0.0.0", "::1"):
    try:
        socket.create_connection((host, @PORT@), 1).send(b"from a student")
    except OSError as error:
        print(error)
try:
    abstract = socket.socket(socket.AF_UNIX)
    abstract.connect("\0@ABSTRACT@")
    abstract.send(b"from a student")
except OSError as error:
    print(error)
try:
    print(socket.gethostbyname("example.invalid"))
except OSError as error:
    print(error)
