"""Files that are there whole or not at all."""

import contextlib
import errno
import os


def write_all(contents):
    """Write texts to files, all or none.

    Parameters
    ----------
    contents : dict of Path to str
        Of files in folders that exist.

    Raises
    ------
    OSError
        One of them, its ``filename``, cannot be written; none is.
    """
    unfinished = {path: path.with_name(f".{path.name}.unfinished") for path in contents}
    try:
        for path, text in contents.items():
            if path.is_dir():  # which would be found out only when others are in their places
                raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            unfinished[path].write_text(text, encoding="utf-8", newline="")
        for path in contents:
            unfinished[path].replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        for path in unfinished.values():
            with contextlib.suppress(OSError):
                path.unlink()
