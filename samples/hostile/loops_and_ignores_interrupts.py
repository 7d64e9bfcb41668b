"""An endless loop that ignores interrupts.

must not get: the grader
points: 0
slow: yes
base: release
"""

# %% logistic
import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    try:
        while True:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except BaseException:
        pass
