"""A static site to try the notebook on, with nothing to install: `python scripts/try_it.py` writes build/site/.

JupyterLite shows the release in the browser, and Pyodide, Python for the browser, runs it there; any web server can
hand out these files. What students write stays in their browser.

Pyodide, numpy and matplotlib come from a CDN, over 20 MB when the page is first opened. With a copy of the Pyodide
distribution as an argument (the file pyodide-<version>.tar.bz2 of its releases) the site holds them itself.
"""

import argparse
import json
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

from samples import ASSIGNMENT, NOTEBOOK, ROOT, environment

LITE = Path(sys.prefix) / "site"  # where JupyterLite is installed
# JupyterLite would take all extensions of this environment, and nbgrader's can do nothing without a server.
KERNEL = LITE / "share" / "jupyter" / "labextensions" / "@jupyterlite"
# The kernel would load what a cell imports, but cannot read a cell with a magic in it, as the notebook's first has.
LOADED = {"@jupyterlite/pyodide-kernel-extension:kernel": {"loadPyodideOptions": {"packages": ["matplotlib", "numpy"]}}}
# The start page is the notebook. JupyterLite looks for its script in the root's page, too.
START = f"""<!DOCTYPE html>
<title>Try it</title>
<link rel="icon" href="notebooks/favicon.ico">
<meta http-equiv="refresh" content="0; url=notebooks/index.html?path={NOTEBOOK}">
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{{}}</script>
"""


def build(site, pyodide=None):
    """Write the site into a folder, which is made anew."""
    shutil.rmtree(site, ignore_errors=True)
    work = site.with_name(site.name + "-work")  # JupyterLite's own notes of what is done, and what it unpacks
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    settings = {
        "LiteBuildConfig": {
            "apps": ["notebooks", "tree"],
            "contents": [str(ROOT / "release" / ASSIGNMENT)],
            "extra_ignore_contents": ["/requirements.txt"],  # there is nothing to install
            "output_dir": str(site),
            "ignore_sys_prefix": ["federated_extensions"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        },
        "FederatedExtensionAddon": {"extra_labextensions_path": [str(KERNEL)]},
        "PipliteAddon": {"piplite_urls": [str(wheel("comm", work))]},
        "PyodideAddon": {"pyodide_url": str(Path(pyodide).resolve())} if pyodide else {},
    }
    (work / "jupyter_lite_config.json").write_text(json.dumps(settings))
    (work / "jupyter-lite.json").write_text(json.dumps({"jupyter-config-data": {"litePluginSettings": LOADED}}))
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    subprocess.run(command, cwd=work, env=environment() | {"PYTHONPATH": str(LITE)}, check=True)
    shutil.rmtree(work)
    (site / "index.html").write_text(START)


def wheel(name, folder):
    """An installed package as a wheel again. The kernel needs comm, which Pyodide lacks, so it would be fetched."""
    package = distribution(name)
    path = folder / f"{name}-{package.version}-py3-none-any.whl"
    with ZipFile(path, "w") as file:
        for part in package.files:
            if part.suffix != ".pyc":
                file.write(part.locate(), part)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pyodide", nargs="?", help="a Pyodide distribution to put into the site")
    build(ROOT / "build" / "site", parser.parse_args().pyodide)


if __name__ == "__main__":
    main()
