"""Several files that appear together or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def allOrNone(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield a temporary file for each path; they take the places of `paths` when the block ends well.

    Files that stood there before come back if any of them cannot be replaced.

    Parameters
    ----------
    paths : sequence of Path
        All different, in one folder, which must exist.

    Raises
    ------
    OutputError
        The folder is absent, not writable or has no room.
    """
    from dicomsegcodec.errors import OutputError

    folder = paths[0].parent
    if not folder.is_dir():
        raise OutputError(f"There is no folder {folder}; create it, or choose another one.")
    for path in paths:
        if path.is_dir():
            raise OutputError(f"{path} is a folder; give the name of a file in it.")
    try:
        work = Path(tempfile.mkdtemp(prefix=".DicomSegIO.", suffix=".part", dir=folder))
    except OSError as error:
        raise OutputError(f"The folder {folder} is not writable; choose another one.") from error
    try:
        fresh = [work / f"new{place}" for place in range(len(paths))]
        yield fresh
        _replaceAll(fresh, paths, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _replaceAll(fresh: Sequence[Path], paths: Sequence[Path], work: Path) -> None:
    from dicomsegcodec.errors import OutputError

    former: list[tuple[Path, Path]] = []
    placed: list[Path] = []
    path = paths[0]
    try:
        for place, path in enumerate(paths):
            if path.exists():
                shutil.copymode(path, fresh[place])
                os.replace(path, work / f"old{place}")
                former.append((work / f"old{place}", path))
            os.replace(fresh[place], path)
            placed.append(path)
    except OSError as error:
        for done in placed:
            with suppress(OSError):
                done.unlink()
        for kept, origin in former:
            os.replace(kept, origin)
        raise OutputError(f"{path} could not be written: {error.strerror or error}.") from error


def numbered(path: Path, count: int) -> list[Path]:
    """Return as many paths as files: `seg.dcm`, or `seg_1.dcm`, `seg_2.dcm` and so on."""
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}_{number}{path.suffix}") for number in range(1, count + 1)]
