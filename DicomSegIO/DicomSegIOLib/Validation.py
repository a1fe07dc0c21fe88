"""What stands against an export or is worth knowing before it: findings in words, never exceptions."""

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from .Options import ExportOptions
from .SegmentationNode import chosenIds, describeSegments, hasLabelmaps, readNode, requireSourceGeometry

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.geometry import Planes
    from dicomsegcodec.layers import LayeredSegmentation
    from dicomsegcodec.segments import Segment

    from .Exporting import Files

_LABEL_LENGTH = 64


def validateExport(
    segmentationNode, sourceFiles: "Files | None", options: ExportOptions | None = None
) -> "list[Finding]":
    """Return what is doubtful about an export; an ERROR among the findings blocks it.

    Reads the headers of the source images and looks at the voxels; nothing is written or changed.
    """
    from dicomsegcodec.errors import SegError
    from dicomsegcodec.findings import Finding, Severity

    options = options or ExportOptions()
    findings: list[Finding] = []

    def say(severity: "Severity", text: str) -> None:
        findings.append(Finding(severity, text))

    try:
        options.forCodec()
    except SegError as error:
        say(Severity.ERROR, str(error))
    missing = _missingFiles(sourceFiles)
    if missing:
        say(Severity.ERROR, missing)
    if segmentationNode is None:
        say(Severity.ERROR, "No segmentation: choose the one to export.")
        return findings
    segmentation = segmentationNode.GetSegmentation()
    try:
        ids = chosenIds(segmentation, options.segmentIds)
        segments, doubts = describeSegments(segmentation, ids)
        findings += doubts
        findings += _doubtfulDescriptions(segments)
        if not hasLabelmaps(segmentation, ids):
            requireSourceGeometry(segmentation)
            source = segmentation.GetSourceRepresentationName()
            say(Severity.NOTE, f"The segments are stored as {source}; the export makes voxels of them.")
        elif not missing and all(finding.severity is not Severity.ERROR for finding in findings):
            findings += _doubtfulVoxels(segmentationNode, sourceFiles, options, doubts)
    except SegError as error:
        say(Severity.ERROR, str(error))
    return findings


def _missingFiles(sourceFiles: "Files | None") -> str:
    """Say which source files are not there; empty if all are."""
    if isinstance(sourceFiles, (str, os.PathLike)):
        return "" if Path(sourceFiles).exists() else f"There is no file or folder {sourceFiles}."
    files = list(sourceFiles or ())
    if not files:
        return "No source image: choose the volume that was segmented."
    absent = [file for file in files if not Path(file).is_file()]
    if not absent:
        return ""
    return f"{len(absent)} of {len(files)} source files are missing; the first is {absent[0]}."


def _doubtfulDescriptions(segments: "list[Segment]") -> "list[Finding]":
    from dicomsegcodec.findings import Finding, Severity
    from dicomsegcodec.segments import TISSUE

    findings = []
    uncoded = [segment for segment in segments if segment.category == segment.type == TISSUE]
    if uncoded:
        text = f"{_count(uncoded)} still the default code Tissue."
        findings.append(Finding(Severity.WARNING, text, _where(uncoded)))
    long = [segment for segment in segments if len(segment.label) > _LABEL_LENGTH]
    if long:
        text = (
            f"{_count(long)} a name longer than {_LABEL_LENGTH} characters; other programs show its "
            "beginning only."
        )
        findings.append(Finding(Severity.NOTE, text, _where(long)))
    return findings


def _doubtfulVoxels(
    segmentationNode, sourceFiles: "Files", options: ExportOptions, known: "list[Finding]"
) -> "list[Finding]":
    """Return what is doubtful about where the segments lie.

    Raises
    ------
    SegError
        The segments cannot be written on the images.
    """
    from dicomsegcodec.findings import Finding, Severity
    from dicomsegcodec.occupancy import find_occupancy

    contents = readNode(segmentationNode, options.segmentIds)
    findings = [finding for finding in contents.findings if finding not in known]
    layered = contents.onPlanes(_planesOf(sourceFiles))
    occupancy = find_occupancy(layered)
    present = occupancy.present.any(axis=1).tolist()
    empty = [segment for segment, has in zip(layered.segments, present, strict=True) if not has]
    if empty:
        text = f"{_count(empty)} no voxel; the file only describes {'it' if len(empty) == 1 else 'them'}."
        findings.append(Finding(Severity.NOTE, text, _where(empty)))
    if options.segmentationType == "LABELMAP" and len(layered.layers) > 1:
        _refuseOverlap(layered, occupancy)
    return findings


def _planesOf(sourceFiles: "Files") -> "Planes":
    """Return the planes of source images; the headers are read again only if a file changed since."""
    if isinstance(sourceFiles, (str, os.PathLike)):
        given: str | tuple[str, ...] = str(sourceFiles)
        files = [file for file in sorted(Path(given).rglob("*")) if file.is_file()] or [Path(given)]
    else:
        given = tuple(str(file) for file in sourceFiles)
        files = [Path(file) for file in given]
    stamps = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    return _readPlanes(given, stamps)


@lru_cache(maxsize=1)
def _readPlanes(sourceFiles: "Files", _stamps: tuple[tuple[str, int, int], ...]) -> "Planes":
    from dicomsegcodec.sources import read_sources

    return read_sources(sourceFiles).planes


def _refuseOverlap(layered: "LayeredSegmentation", occupancy) -> None:
    """Raise OverlappingSegments where a label map would; only planes with several segments are looked at."""
    import numpy as np

    from dicomsegcodec.raster import LabelCutter

    cutter = LabelCutter(layered, occupancy, np.dtype(np.uint16))
    out = np.zeros(layered.planes.shape, np.uint16)
    for plane in np.flatnonzero(occupancy.present.sum(axis=0) > 1).tolist():
        out[...] = 0
        cutter.into(plane, out)


def _count(segments: "list[Segment]") -> str:
    return "1 segment has" if len(segments) == 1 else f"{len(segments)} segments have"


def _where(segments: "list[Segment]") -> str:
    names = [segment.label for segment in segments]
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
