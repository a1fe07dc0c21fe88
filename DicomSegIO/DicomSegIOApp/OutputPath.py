"""Where the user wants the segmentation: a file, a folder in which it gets a name, the DICOM database."""

import itertools
import os
import re
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

_PLACES = ("segmentation", "series", "type")


def outputFile(path: str | os.PathLike, name: str) -> Path:
    """Return the file that an output path stands for; in a folder, a new file called `name`."""
    path = Path(path)
    if not path.is_dir():
        return path if path.suffix else path.with_suffix(".dcm")
    stem = re.sub(r"[^\w .()+-]+", "_", name).strip(" .") or "Segmentation"
    numbers = itertools.chain([""], (f" {number}" for number in itertools.count(2)))
    return next(file for number in numbers if not (file := path / f"{stem}{number}.dcm").exists())


def fileName(parameters: Any) -> str:
    """Return the name of a new file, as the pattern has it."""
    name = parameters.segmentation.GetName()
    values = {
        "segmentation": name,
        "series": parameters.seriesDescription or name,
        "type": parameters.segmentationType.name.lower(),
    }
    pattern = parameters.fileNamePattern or "{segmentation}"
    return re.sub(r"{(\w+)}", lambda match: values.get(match[1], match[0]), pattern)


def outputProblem(parameters: Any, database: Any) -> str:
    """Return why nothing can be saved with these parameters; empty when it can."""
    for place in re.findall(r"{(.*?)}", parameters.fileNamePattern):
        if place not in _PLACES:
            text = _("The file name may hold {places}, not {place}.")
            return text.format(places=", ".join(f"{{{known}}}" for known in _PLACES), place=f"{{{place}}}")
    if parameters.addToDatabase and (database is None or not database.isOpen):
        return _("The DICOM database is not open. Open it, or do not add the segmentation to it.")
    path = parameters.outputPath
    if path:
        return _pathProblem(path)
    if parameters.addToDatabase:
        return ""
    return _("Choose the file to save the segmentation in, or add it to the DICOM database.")


def _pathProblem(path: str) -> str:
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    if not folder.is_absolute():
        return _("Give the full path of the file to save, not only {path}.").format(path=path)
    if not folder.is_dir():
        return _("There is no folder {folder} to save in.").format(folder=folder)
    if not os.access(folder, os.W_OK):
        return _("Files cannot be saved in {folder}.").format(folder=folder)
    return ""
