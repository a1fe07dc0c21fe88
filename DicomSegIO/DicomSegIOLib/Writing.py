"""Planned objects to files, all of them or none."""

from pathlib import Path
from typing import TYPE_CHECKING

from .Files import allOrNone, numbered
from .Planning import ObjectsToWrite, ObjectToWrite

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding, Progress
    from dicomsegcodec.write import PlannedObject


def writeObjects(
    path: Path, objects: ObjectsToWrite, progress: "Progress | None" = None
) -> "tuple[list[Path], list[Finding]]":
    """Write objects and return their files, and what was mended or is worth knowing, each once.

    Raises
    ------
    OutputError
    Cancelled
        Nothing was written.
    """
    from dicomsegcodec.findings import tell
    from dicomsegcodec.write import write_object

    paths = numbered(path, len(objects.objects))
    if len(paths) == 1:
        tell(progress, 0.0, "Planning frames")
        planned = _plan(objects.objects[0])
        write_object(path, planned, progress)
        return paths, list(planned.findings)
    findings: dict[Finding, None] = {}
    with allOrNone(paths) as fresh:
        for place, (file, one) in enumerate(zip(fresh, objects.objects, strict=True)):
            share = partOf(progress, place / len(paths), (place + 1) / len(paths))
            tell(share, 0.0, "Planning frames")
            planned = _plan(one)
            write_object(file, planned, share)
            findings |= dict.fromkeys(planned.findings)
    return paths, list(findings)


def _plan(one: ObjectToWrite) -> "PlannedObject":
    from dicomsegcodec.write import plan_object

    return plan_object(one.layered, one.sources, one.options)


def partOf(progress: "Progress | None", first: float, last: float) -> "Progress | None":
    """Return a progress function for a part of the work, from `first` to `last` of the whole."""
    if progress is None:
        return None
    return lambda fraction, stage: progress(first + fraction * (last - first), stage)
