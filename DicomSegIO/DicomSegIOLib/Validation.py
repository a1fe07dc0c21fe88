"""What stands against an export or is worth knowing before it: findings in words, never exceptions.

Asked again and again while a user chooses: what has not changed since is not looked at again. Segments and
images are told by their times of modification, files by theirs and their sizes.
"""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .Compressions import possibleCompressions
from .Looking import findOccupancy
from .Memory import Memory
from .NodeContents import NodeContents
from .Options import ExportOptions
from .Placing import Placement, place
from .Planning import decideOnOverlaps, readImages
from .SegmentationNode import chosenIds, describeSegments, hasLabelmaps, readNode, requireSourceGeometry

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.segments import Segment
    from dicomsegcodec.sources import SourceImages

    from .Exporting import Files

_LABEL_LENGTH = 64
_memory = Memory()


def validateExport(
    segmentationNode,
    sourceFiles: "Files | None",
    options: ExportOptions | None = None,
    fractionVolumes: Mapping[str, Any] | None = None,
    estimate: bool = False,
) -> "list[Finding]":
    """Return what is doubtful about an export; an ERROR among the findings blocks it.

    Reads the headers of the source images and looks at the voxels; nothing is written or changed.

    Parameters
    ----------
    fractionVolumes : mapping of str to vtkMRMLScalarVolumeNode, optional
        As of `ExportSession`.
    estimate : bool
        Say about how large the files become, too.

    Returns
    -------
    list of ExportFinding
        Each may have keys of `Findings.FIXES`, for what could be done about it.
    """
    from dicomsegcodec.errors import SegError
    from dicomsegcodec.findings import Severity

    from .Findings import blocking, note, ofError

    _memory.turn()
    options = options or ExportOptions()
    findings: list[Finding] = []
    try:
        options.forCodec()
    except SegError as error:
        findings.append(blocking(str(error), "changeOptions"))
    missing = _missingFiles(sourceFiles)
    findings += missing
    if segmentationNode is None:
        findings.append(blocking("No segmentation: choose the one to export.", "chooseSegmentation"))
        return findings
    segmentation = segmentationNode.GetSegmentation()
    try:
        ids = chosenIds(segmentation, options.segmentIds)
        segments, doubts = describeSegments(segmentation, ids, memo=_memory)
        findings += doubts
        findings += _doubtfulDescriptions(segments, ids)
        if not hasLabelmaps(segmentation, ids):
            requireSourceGeometry(segmentation)
            source = segmentation.GetSourceRepresentationName()
            findings.append(note(f"The segments are stored as {source}; the export makes voxels of them."))
        elif not missing and all(finding.severity is not Severity.ERROR for finding in findings):
            contents = readNode(segmentationNode, options.segmentIds, options, fractionVolumes, _memory)
            findings += [finding for finding in contents.findings if finding not in doubts]
            findings += _doubtfulVoxels(contents, _images(sourceFiles), options, estimate)
    except SegError as error:
        findings.append(ofError(error))
    return findings


# --- files --------------------------------------------------------------------------------------------------


def _missingFiles(sourceFiles: "Files | None") -> "list[Finding]":
    """Say which source files are not there."""
    from .Findings import blocking

    if isinstance(sourceFiles, (str, os.PathLike)):
        if Path(sourceFiles).exists():
            return []
        return [blocking(f"There is no file or folder {sourceFiles}.", "chooseFolder")]
    files = list(sourceFiles or ())
    if not files:
        text = "No source image: choose the volume that was segmented."
        return [blocking(text, "chooseReference", "chooseFolder")]
    absent = [file for file in files if not os.path.isfile(file)]
    if not absent:
        return []
    text = f"{len(absent)} of {len(files)} source files are missing; the first is {absent[0]}."
    return [blocking(text, "chooseFolder")]


def _images(sourceFiles: "Files") -> "list[SourceImages]":
    """Return the source images; the headers are read again only if a file changed since."""
    if isinstance(sourceFiles, (str, os.PathLike)):
        given: str | tuple[str, ...] = str(sourceFiles)
        files = [str(file) for file in sorted(Path(given).rglob("*")) if file.is_file()] or [given]
    else:
        given = tuple(os.fspath(file) for file in sourceFiles)
        files = list(given)
    return _readImages(given, _stamps(files))


def _stamps(files: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    states = [os.stat(file) for file in files]
    return tuple((file, state.st_mtime_ns, state.st_size) for file, state in zip(files, states, strict=True))


@lru_cache(maxsize=2)
def _readImages(sourceFiles: "Files", _stamps: tuple[tuple[str, int, int], ...]) -> "list[SourceImages]":
    return readImages(sourceFiles)


# --- segments -----------------------------------------------------------------------------------------------


def _doubtfulDescriptions(segments: "Sequence[Segment]", ids: Sequence[str]) -> "list[Finding]":
    from dicomsegcodec.segments import TISSUE

    from .Findings import note, warning

    findings: list[Finding] = []
    uncoded = [place for place, segment in enumerate(segments) if segment.category == segment.type == TISSUE]
    if uncoded:
        text = f"{_count(uncoded)} still the default code Tissue."
        where, about = _which(segments, ids, uncoded)
        findings.append(warning(text, "matchCodes", segmentIds=about, where=where))
    long = [place for place, segment in enumerate(segments) if len(segment.label) > _LABEL_LENGTH]
    if long:
        text = (
            f"{_count(long)} a name longer than {_LABEL_LENGTH} characters; other programs show its "
            "beginning only."
        )
        where, about = _which(segments, ids, long)
        findings.append(note(text, "renameLong", segmentIds=about, where=where))
    return findings


def _doubtfulVoxels(
    contents: NodeContents, sources: "list[SourceImages]", options: ExportOptions, estimate: bool
) -> "list[Finding]":
    """Return what is doubtful about where the segments lie and how they are stored.

    Raises
    ------
    SegError
        The segments cannot be written on the images.
    """
    from dicomsegcodec.slides import SlideTiles

    from .Findings import note

    findings: list[Finding] = []
    planes = sources[0].planes
    tile = options.tileSize if isinstance(planes, SlideTiles) and options.tileSize else planes.shape
    findings += _doubtfulCompression(options, tile)
    placement = _placed(contents, sources, options)
    findings += placement.findings
    if not isinstance(planes, SlideTiles):
        findings += _doubtfulStack(placement)
    occupancy = findOccupancy(placement, options.maximumFractionalValue, _memory)
    present = occupancy.present.any(axis=1).tolist()
    empty = [place for place, has in enumerate(present) if not has]
    if empty:
        text = f"{_count(empty)} no voxel; the file only describes {'it' if len(empty) == 1 else 'them'}."
        where, about = _which(contents.segments, contents.segmentIds, empty)
        findings.append(note(text, segmentIds=about, where=where))
    _, said = decideOnOverlaps(contents, placement, options, _memory)
    findings += said
    findings += _repairs(contents, sources[0], options, placement)
    if estimate:
        findings.append(_estimated(contents, sources, options, placement))
    return findings


def _placed(contents: NodeContents, sources: "list[SourceImages]", options: ExportOptions) -> Placement:
    from dicomsegcodec.slides import SlideTiles

    from .Slides import onLevel

    if isinstance(sources[0].planes, SlideTiles):
        return onLevel(contents, sources, options, _memory)[1]
    return place(contents, sources[0], options, _memory)


def _doubtfulCompression(options: ExportOptions, shape: tuple[int, int]) -> "list[Finding]":
    from .Findings import blocking

    rows = possibleCompressions(options.segmentationType, *shape)
    row = next(row for row in rows if row.key == options.compression)
    if not row.isPossible:
        return [blocking(f"{row.reason} Choose another compression.", "noCompression")]
    if row.missingPackage:
        text = f"{row.name} needs the package {row.missingPackage}, which is not installed."
        return [blocking(text, "installPackage", "noCompression")]
    return []


def _doubtfulStack(placement: Placement) -> "list[Finding]":
    """Say that the planes are tilted against their stack, as of a tilted gantry."""
    import numpy as np

    from dicomsegcodec.errors import IrregularPlanes
    from dicomsegcodec.geometry import Geometry

    from .Findings import note

    try:
        grid = Geometry.of(placement.layered.planes)
    except IrregularPlanes:  # which was said already
        return []
    if grid.shape[0] < 2 or grid.orthogonal:
        return []
    axes = grid.index_to_lps[:3, :3] / grid.spacing_mm
    normal = np.cross(axes[:, 1], axes[:, 2])
    angle = np.degrees(np.arccos(min(1.0, abs(float(normal @ axes[:, 0])))))
    return [
        note(f"The images are tilted by {angle:.3g} degrees against their stack; each keeps its position.")
    ]


def _repairs(
    contents: NodeContents, sources: "SourceImages", options: ExportOptions, placement: Placement
) -> "list[Finding]":
    """Return what is mended in the attributes that are copied from the source images."""
    from dicomsegcodec.encodings import SegmentationType, sample_format
    from dicomsegcodec.header import write_header

    key = ("repairs", id(sources), options, tuple(segment.number for segment in contents.segments))
    if key in _memory:
        return _memory[key][1]
    segments = contents.segments[:1]  # what is said of the others was said before
    _, findings = write_header(
        sources,
        placement.layered.planes,
        segments,
        options.forCodec(),
        frames=1,
        samples=sample_format(SegmentationType(options.segmentationType), segments[0].number),
        overlap="UNDEFINED",
        stack=False,
    )
    findings += sources.findings()
    _memory[key] = (sources, findings)  # the images stay, so that no others get their id
    return findings


def _estimated(
    contents: NodeContents,
    sources: "list[SourceImages]",
    options: ExportOptions,
    placement: Placement,
) -> "Finding":
    from .Estimating import estimate
    from .Findings import note

    key = ("estimate", id(sources), options, placement.stamps)
    found = None if None in placement.stamps else _memory.get(key)
    if found is None:
        found = (sources, estimate(contents, sources, options, _memory))
        _memory[key] = found
    size = found[1]
    smaller = size.labelMapBytes is not None and 2 * size.labelMapBytes < size.bytes
    return note(f"Estimated: {size}.", *(("writeLabelMap",) if smaller else ()))


def _count(places: Sequence[int]) -> str:
    return "1 segment has" if len(places) == 1 else f"{len(places)} segments have"


def _which(segments: "Sequence[Segment]", ids: Sequence[str], places: Sequence[int]) -> tuple[str, list[str]]:
    """Return the first names of segments, and their IDs."""
    names = [segments[place].label for place in places]
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else ""), [ids[place] for place in places]
