"""What the user gave as the place to save: a file, or a folder in which the file gets a name of its own."""

import itertools
import os
import re
from pathlib import Path

from slicer.i18n import tr as _


def outputFile(path: str | os.PathLike, name: str) -> Path:
    """Return the file that an output path stands for; in a folder, a new file called `name`."""
    path = Path(path)
    if not path.is_dir():
        return path if path.suffix else path.with_suffix(".dcm")
    stem = re.sub(r"[^\w .()+-]+", "_", name).strip(" .") or "Segmentation"
    numbers = itertools.chain([""], (f" {number}" for number in itertools.count(2)))
    return next(file for number in numbers if not (file := path / f"{stem}{number}.dcm").exists())


def outputProblem(path: str) -> str:
    """Return why nothing can be saved at an output path; empty when it can."""
    if not path:
        return _("Choose the file to save the segmentation in.")
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    if not folder.is_absolute():
        return _("Give the full path of the file to save, not only {path}.").format(path=path)
    if not folder.is_dir():
        return _("There is no folder {folder} to save in.").format(folder=folder)
    if not os.access(folder, os.W_OK):
        return _("Files cannot be saved in {folder}.").format(folder=folder)
    return ""
