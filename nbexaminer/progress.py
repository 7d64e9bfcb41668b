"""What a terminal shows while a class is graded: a bar, or plain lines where there is no terminal."""

import os
import sys
import time

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm


def say(text):
    """Print, and be content if nobody reads it (any more), or if the terminal does not know a letter."""
    try:
        sys.stdout.reconfigure(errors="backslashreplace")
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


BAR = "{percentage:3.0f}% |{bar}| {n} of {total}, {elapsed}{postfix}"


class Progress:
    """A context in which submissions are graded, one after the other or at once.

    Parameters
    ----------
    total : int
        How many there are.
    log : logging.Logger
        What it says appears above the bar.
    """

    def __init__(self, total, log):
        self.running = {}  # {student: since when}
        self.total, self.count, self.log = total, 0, log
        self.bar = tqdm(total=total, bar_format=BAR, disable=not sys.stderr.isatty(), dynamic_ncols=True)
        self._redirect = logging_redirect_tqdm([log])

    def __enter__(self):
        before = list(self.log.handlers)
        self._redirect.__enter__()
        level = max((handler.level for handler in before if handler not in self.log.handlers), default=0)
        for handler in self.log.handlers:  # tqdm's own would show everything
            if handler not in before:
                handler.setLevel(level)
        return self

    def __exit__(self, *exception):
        self.bar.set_postfix_str("", refresh=False)
        self.bar.close()
        self._redirect.__exit__(*exception)

    def started(self, student):
        self.running[student] = time.monotonic()

    def done(self, student, what):
        """A submission is done; `what` came of it, in a few words."""
        self.running.pop(student, None)
        self.count += 1
        self.bar.update()
        if self.bar.disable:
            say(f"{self.count} of {self.total}  {student}  {what}")

    def tick(self):
        """Show who takes longest. To be called a few times a second."""
        if self.running and not self.bar.disable:
            slowest = min(self.running, key=self.running.get)
            seconds = time.monotonic() - self.running[slowest]
            self.bar.set_postfix_str(f"longest so far: {slowest[:30]}, {seconds:.0f} s")
