import os
import shutil
import socket
from collections import Counter

import pytest
from jupyter_client.manager import KernelManager

import browser
import tiny
from nbexaminer.student import Namespace, Student

ALONE = {"test_grading", "test_killed"}  # files whose tests share nothing, and take long


@pytest.hookimpl(tryfirst=True)  # xdist looks at the groups next
def pytest_collection_modifyitems(items):
    """With several processes a file belongs to one of them, which makes its class once; tests of ALONE to any.

    These come last, as then there is something to do for whoever is done.
    """
    items.sort(key=lambda item: item.path.stem in ALONE)
    for item in items:
        if item.path.stem not in ALONE:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def pytest_xdist_auto_num_workers():
    """One more than there are cores, as a third of the time is spent on waiting."""
    return os.cpu_count() + 1


def pytest_terminal_summary(terminalreporter):
    """Say aloud what was not tested, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        terminalreporter.section("NOT TESTED", red=True, bold=True)
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} tests: {reason}", red=True)


class Notebook:
    """A plain local kernel with the student's side installed. Calling it runs a cell of the student's."""

    def __init__(self, **options):
        ours, theirs = socket.socketpair()
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(pass_fds=(theirs.fileno(),))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.student = Student(ours, self.manager.interrupt_kernel, **{"timeout": 5, "grace": 1, **options})
        self.student.install(self.client, theirs.fileno())
        theirs.close()

    def __call__(self, code):
        self.client.execute_interactive(code, timeout=30, output_hook=lambda message: None)

    def test(self, code, **names):
        """Run a test cell in our own process. Returns its names."""
        namespace = Namespace(self.student, names)
        exec(code, namespace)
        return namespace

    def stop(self):
        self.student.close()
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="session")
def notebook():
    """One kernel for all tests that leave it as it was."""
    notebook = Notebook()
    yield notebook
    notebook.stop()


@pytest.fixture
def doomed():
    """A kernel for a test that breaks it."""
    notebook = Notebook(timeout=4)
    yield notebook
    notebook.stop()


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """The tiny course, released. To be copied."""
    folder = tmp_path_factory.mktemp("released")
    tiny.make(folder)
    return folder


@pytest.fixture
def course(released, tmp_path):
    """The tiny course, released, with a gradebook of its own."""
    return shutil.copytree(released, tmp_path / "course")


@pytest.fixture(scope="module", name="browser")
def chromium():
    with browser.chromium() as chromium:
        yield chromium
