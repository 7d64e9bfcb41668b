"""Files that are there whole or not at all."""

import contextlib
import errno
import os
from pathlib import Path


def write_all(contents):
    """Write texts to files, all or none; what a link points to is written, and the link stays.

    Parameters
    ----------
    contents : dict of Path to str
        Of files in folders that exist.

    Raises
    ------
    OSError
        One of them, its ``filename``, cannot be written; none is.
    """
    places = {path: Path(os.path.realpath(path)) for path in contents}
    unfinished = {path: place.parent / f".{place.name}.unfinished" for path, place in places.items()}
    try:
        for path, text in contents.items():
            if path.is_dir():  # which would be found out only when others are in their places
                raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            unfinished[path].write_text(text, encoding="utf-8", newline="")
        for path, place in places.items():
            unfinished[path].replace(place)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        for path in unfinished.values():
            with contextlib.suppress(OSError):
                path.unlink()
