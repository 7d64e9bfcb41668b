"""Pyodide's CDN, as far as what it has is to be had elsewhere: enough to start Python in a page without it.

Pyodide itself is an npm package, and packages in plain Python are on PyPI. numpy and matplotlib for the browser are
nowhere else: modules that only tell that they are imported stand in for them.
"""

import hashlib
import json
import runpy
import shutil
import subprocess
import sys
import tarfile
from zipfile import ZipFile

import pytest
from packaging.utils import canonicalize_name, parse_wheel_filename

import try_it

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
START = ("micropip", "ipython", "jedi")  # what the kernel wants to start
STAND_INS = {"numpy": ("numpy",), "matplotlib": ("matplotlib", "matplotlib/pyplot")}
TYPES = {".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json"}
MISSING = "NO NPM: nobody has run Python on the page to try it; Pyodide is not to be had from npm and PyPI: "


def fill(folder):
    """Put into a folder what the kernel asks the CDN for; without npm or a network the test is skipped."""
    constants = try_it.LITE / "jupyterlite_pyodide_kernel" / "constants.py"
    version = runpy.run_path(str(constants))["PYODIDE_VERSION"]
    fetch(folder, "npm", "pack", "--fetch-retries=0", f"pyodide@{version}")
    with tarfile.open(folder / f"pyodide-{version}.tgz") as package:
        for name in CORE:
            (folder / name).write_bytes(package.extractfile(f"package/{name}").read())
        lock = json.load(package.extractfile("package/pyodide-lock.json"))
    packages = lock["packages"]
    python = lock["info"]["python"].rpartition(".")[0]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--only-binary=:all:"]
    pins = [f"{name}=={packages[name]['version']}" for name in closure(packages, START)]
    fetch(folder, *pip, f"--python-version={python}", *pins)
    for name, modules in STAND_INS.items():
        packages[name]["depends"] = []
        stand_in(folder, packages[name], modules)
    wheels = {parse_wheel_filename(path.name)[0]: path for path in folder.glob("*.whl")}
    lock["packages"] = {name: packages[name] for name in wheels}
    for name, path in wheels.items():  # those in the CDN are Pyodide's own builds
        packages[name] |= {"file_name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))


def fetch(folder, *command):
    if not shutil.which(command[0]):
        pytest.skip(f"{MISSING}there is no {command[0]}")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{MISSING}{done.stderr.strip()[:300]}")


def closure(packages, names):
    """The names, and those of all that these packages depend on."""
    found, rest = set(), list(names)
    while rest:
        name = canonicalize_name(rest.pop())
        if name not in found:
            found.add(name)
            rest += packages[name]["depends"]
    return found


def stand_in(folder, package, modules):
    """Write a wheel in place of one of the lock's, with modules that print their names."""
    name, version = package["name"], package["version"]
    with ZipFile(folder / package["file_name"], "w") as file:
        for module in modules:
            file.writestr(f"{module}/__init__.py", "print(__name__, 'is imported')")
        file.writestr(f"{name}-{version}.dist-info/METADATA", f"Name: {name}\nVersion: {version}\n")


def play(context, folder):
    """Answer from a folder what pages ask the CDN for."""

    def answer(route):
        path = folder / route.request.url.partition("?")[0].rpartition("/")[2]
        if not path.is_file():
            return route.fallback()
        headers = {"access-control-allow-origin": "*"}
        headers["content-type"] = TYPES.get(path.suffix, "application/octet-stream")
        route.fulfill(body=path.read_bytes(), headers=headers)

    context.route("**/pyodide/v*/**", answer)
