"""Output appears whole or not at all.

A file is written beside its final name and takes the name when it is complete,
so a full disk, a cancel or a power cut never leaves half of a segmentation
under the name that somebody will open.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import OutputError


@contextmanager
def whole_file(path: str | os.PathLike[str], expected_bytes: int = 0) -> Iterator[BinaryIO]:
    """Open a temporary file that becomes `path` when the block ends without an exception.

    Parameters
    ----------
    path : path
        Its folder must exist; a file of this name is replaced.
    expected_bytes : int
        Size to come, so that a disk without room is refused before the work; 0 where unknown.

    Raises
    ------
    OutputError
        The folder is absent or not writable, or the disk is full.
    """
    target = Path(path)
    folder = target.parent
    if not folder.is_dir():
        raise OutputError(f"There is no folder {folder}; create it, or choose another one.")
    if target.is_dir():
        raise OutputError(f"{target} is a folder; give the name of a file in it.")
    free = shutil.disk_usage(folder).free
    if free < expected_bytes:
        raise OutputError(
            f"{folder} has {_megabytes(free)} free and {target.name} needs {_megabytes(expected_bytes)}; "
            "make room, or choose another folder."
        )
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=folder)
    except OSError as error:
        raise OutputError(_reason(error, target)) from error
    try:
        os.close(handle)
        with open(name, "wb") as file:  # by its name, so that who writes can also read it back
            yield file
        _take_permissions(name, target)
        os.replace(name, target)
    except OSError as error:
        _remove(name)
        if isinstance(error, OutputError):
            raise
        raise OutputError(_reason(error, target)) from error
    except BaseException:
        _remove(name)
        raise


def _take_permissions(name: str, target: Path) -> None:
    """Give the new file the mode a plainly created one would have; mkstemp makes it private."""
    if target.exists():
        shutil.copymode(target, name)
    elif os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)


def _remove(name: str) -> None:
    with suppress(FileNotFoundError):
        os.remove(name)


def _reason(error: OSError, target: Path) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return (
                f"The disk is full or a limit is reached; {target} was not written. Make room and try again."
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"The folder {target.parent} is not writable; choose another one."
    return f"{target} could not be written: {error.strerror or error}."


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
