"""A real browser, and the Jupyter servers that it visits.

Nothing is loaded from the network: what a page asks for outside of this machine is noted down and refused.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, sync_playwright

import tiny
from samples import ROOT

PICTURES = ROOT / "build" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "NO BROWSER: nobody has opened JupyterLab, the formgrader and the pages. On Debian: sudo apt-get install chromium; "
    "elsewhere: .venv/bin/playwright install --with-deps chromium"
)
SECONDS = 60  # for any one thing on a slow machine


@contextmanager
def chromium():
    """Chromium without a window; where there is none that starts, the tests are skipped."""
    with sync_playwright() as playwright:
        browser = _launched(playwright.chromium)
        yield browser
        browser.close()


def _launched(chromium):
    args = ["--no-sandbox"] if os.getuid() == 0 else []  # Chromium has no sandbox for root
    why = ""
    for path in (*filter(None, map(shutil.which, NAMES)), None):  # None: the one that Playwright has installed
        try:
            return chromium.launch(executable_path=path, args=args)
        except Error as error:
            why += f"\n{path} does not start: {error.message[:300]}" if path else ""
    pytest.skip(MISSING + why)


@contextmanager
def visit(browser, name, server=None, height=800):
    """A page that notes what goes wrong in it; if what is done with it fails, all there is to know is told.

    Parameters
    ----------
    name : str
        Of the picture that a failure leaves behind.
    server : Server, optional

    Yields
    ------
    page : playwright.sync_api.Page
        With `page.problems`, errors and failed requests, and `page.outside`, addresses on other machines.
    """
    context = browser.new_context(viewport={"width": 1200, "height": height}, reduced_motion="reduce")
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    page.problems, page.outside = [], []

    def outside(url):
        return urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname != "127.0.0.1"

    def refuse(route):
        page.outside.append(route.request.url)
        route.abort()

    context.route(outside, refuse)
    page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("requestfailed", lambda request: page.problems.append(f"{request.url}: {request.failure}"))
    page.on("dialog", lambda dialog: (page.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    try:
        yield page
    except BaseException as error:
        error.add_note(f"{page.url}, in the browser's console: {json.dumps(page.problems, indent=1)}")
        if server:
            error.add_note(f"the last of the server's log:\n{server.log.read_text()[-3000:]}")
        error.add_note(f"a picture of it: {picture(page, f'failed-{name}')}")
        raise
    finally:
        context.close()


def picture(page, name, **options):
    """Write a picture of what is to be seen; its path."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide", **options)
    return path


class Server:
    """JupyterLab in a folder, as students and instructors start it, but for the settings of whoever runs the tests.

    Parameters
    ----------
    folder : Path
    home : Path
        For settings, kernels' files and the log.
    app : str, optional
        Another of Jupyter's: "notebook".
    """

    def __init__(self, folder, home, app="jupyterlab"):
        self.log, self.runtime = home / "log", home / "runtime"
        settings = home / "config" / "labconfig"
        settings.mkdir(parents=True)
        # or JupyterLab would ask whether it may fetch news
        disabled = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
        (settings / "page_config.json").write_text(json.dumps(disabled))
        own = {name: value for name, value in tiny.environment().items() if not name.startswith("JUPYTER")}
        own |= {f"JUPYTER_{name.upper()}_DIR": str(home / name) for name in ("config", "data", "runtime")}
        own |= {"IPYTHONDIR": str(home / "ipython")}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]  # if it is taken meanwhile, the server takes another
        command = [sys.executable, "-m", app, "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
        command += ["--allow-root"] if os.getuid() == 0 else []
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=own, stdout=log, stderr=log)

    def wait(self):
        """Wait until it serves, and learn where."""
        end = time.monotonic() + SECONDS
        while not (facts := self._facts()):
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        self.url, self.token = facts["url"], facts["token"]

    def _facts(self):
        """What the server writes down of itself when it is ready."""
        for path in self.runtime.glob("jpserver-*.json"):
            with suppress(ValueError):  # not yet written
                return json.loads(path.read_text())

    def __call__(self, path):
        """The address of a page, for somebody who may see it."""
        return f"{self.url}{path}?token={self.token}"

    def stop(self):
        """End it, and so its kernels."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def server(folder, home, app="jupyterlab"):
    """A `Server` that is ready, and is ended afterwards."""
    server = Server(folder, home, app)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
