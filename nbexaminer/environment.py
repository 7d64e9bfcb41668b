"""Which packages are installed: what a grade may depend on beside submission, tests and settings."""

import functools
import hashlib
import platform
from importlib import metadata
from pathlib import Path


@functools.cache
def environment():
    """{package: version} of all that is installed; of Python its version, of nbexaminer a hash of its code."""
    found = {package.name: package.version for package in metadata.distributions()}
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    return found | {"python": platform.python_version(), "nbexaminer": code.hexdigest()[:12]}


def differences(one, other):
    """In words, what is not the same in two environments; "" if all is.

    Parameters
    ----------
    one, other : dict of str to str
        What `environment` gives.
    """
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    some = [f"{name} {other.get(name, 'missing')}, not {one.get(name, 'installed')}" for name in names[:3]]
    return "; ".join(some) + (f"; and {len(names) - 3} more" if len(names) > 3 else "")
