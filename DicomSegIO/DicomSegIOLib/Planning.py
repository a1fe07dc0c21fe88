"""Which objects an export makes: one, several where segments overlap, or the levels of a slide's pyramid."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import Overlaps
from .Looking import findOccupancy
from .NodeContents import NodeContents
from .Options import ExportOptions
from .Placing import Placement, place

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding, Progress
    from dicomsegcodec.layers import LayeredSegmentation
    from dicomsegcodec.occupancy import Occupancy
    from dicomsegcodec.sources import SourceImages
    from dicomsegcodec.write import WriteOptions

    from .Exporting import Files


@dataclass(frozen=True, eq=False)
class ObjectToWrite:
    """One object: what is in it, its sources, and how it is written."""

    layered: "LayeredSegmentation"
    sources: "SourceImages"
    options: "WriteOptions"


@dataclass(frozen=True, eq=False)
class ObjectsToWrite:
    """All objects of an export, and what was decided on the way to them."""

    objects: tuple[ObjectToWrite, ...]
    findings: "tuple[Finding, ...]"


def readImages(files: "Files", progress: "Progress | None" = None) -> "list[SourceImages]":
    """Return the source images: one series, or the levels of a slide from the highest resolution down.

    Raises
    ------
    SourceError, ReadError
        They cannot be used.
    """
    from dicomsegcodec.errors import SegError
    from dicomsegcodec.sources import read_sources

    from .Findings import refusal
    from .Slides import readSlide

    try:
        slide = readSlide(files, progress)
        return slide or [read_sources(files, progress)]
    except SegError as error:
        raise refusal(error, "chooseFolder", "chooseReference") from error


def planObjects(
    contents: NodeContents,
    sources: "Sequence[SourceImages]",
    options: ExportOptions,
    memo: MutableMapping[Any, Any] | None = None,
) -> ObjectsToWrite:
    """Return the objects that an export writes.

    Raises
    ------
    GeometryMismatch, ArgumentError, IrregularPlanes
        As `place`.
    OverlappingSegments
        Segments of a label map share voxels, and the options refuse that.
    """
    from dicomsegcodec.slides import SlideTiles
    from dicomsegcodec.uid import UID

    from .Slides import planSlide

    if isinstance(sources[0].planes, SlideTiles):
        levels, said = planSlide(contents, sources, options, memo)
        return ObjectsToWrite(tuple(levels), tuple(said))
    placement = place(contents, sources[0], options, memo)
    parted, findings, options = partOverlaps(contents, placement, options, memo)
    series = str(UID()) if len(parted) > 1 else ""
    objects = tuple(
        ObjectToWrite(
            layered,
            sources[0],
            options.forCodec(
                series_instance_uid=series,
                instance_number=number,
                **colorsOf(layered, options),
            ),
        )
        for number, layered in enumerate(parted, start=1)
    )
    return ObjectsToWrite(objects, (*placement.findings, *findings))


def decideOnOverlaps(
    contents: NodeContents,
    placement: Placement,
    options: ExportOptions,
    memo: MutableMapping[Any, Any] | None = None,
) -> "tuple[dict[Overlaps.Pair, int], list[Finding]]":
    """Return how many voxels segments of a label map share, and what will be done about it.

    Raises
    ------
    OverlappingSegments
        The options refuse it.
    """
    from dicomsegcodec.errors import OverlappingSegments

    from .Findings import note, refusal, warning

    layered = placement.layered
    if options.segmentationType != "LABELMAP" or len(layered.layers) < 2:
        return {}, []
    overlaps = Overlaps.findOverlaps(layered, findOccupancy(placement, memo=memo), placement.stamps, memo)
    if not overlaps:
        return {}, []
    said = Overlaps.sayOverlaps(layered, overlaps)
    ids = contents.ids(number for pair in overlaps for number in pair)
    if options.overlap == "REFUSE":
        raise refusal(
            OverlappingSegments(
                f"Segments {said}; a label map holds one segment a voxel. Write several files, let later "
                "segments win, or choose BINARY."
            ),
            "splitOverlap",
            "laterWins",
            "writeBinary",
            segmentIds=ids,
        )
    if options.overlap == "BINARY":
        return overlaps, [note(f"Segments {said}; BINARY is written instead of a label map.", segmentIds=ids)]
    if options.overlap == "LATER_WINS":
        text = f"Segments {said}, which go to the later one of them."
        return overlaps, [warning(text, "splitOverlap", segmentIds=ids)]
    count = len(Overlaps.filesFor(layered, overlaps))
    return overlaps, [note(f"Segments {said}; they are written to {count} files.", segmentIds=ids)]


def partOverlaps(
    contents: NodeContents,
    placement: Placement,
    options: ExportOptions,
    memo: MutableMapping[Any, Any] | None = None,
) -> "tuple[list[LayeredSegmentation], list[Finding], ExportOptions]":
    """Return segmentations without overlaps for a label map, what is to be said, and the options that hold.

    Raises
    ------
    OverlappingSegments
    """
    from .Findings import names, warning

    layered = placement.layered
    overlaps, findings = decideOnOverlaps(contents, placement, options, memo)
    if not overlaps:
        return [layered], findings, options
    if options.overlap == "BINARY":
        return [layered], findings, replace(options, segmentationType="BINARY")
    if options.overlap == "LATER_WINS":
        occupancy = findOccupancy(placement, memo=memo)
        merged = Overlaps.laterWins(layered, occupancy)
        lost = _emptied(occupancy, merged)
        if lost:
            labels = names(contents.labels(lost))
            text = f"Segment{'s' if len(lost) > 1 else ''} {labels} lost all voxels to later ones."
            findings.append(warning(text, "splitOverlap", segmentIds=contents.ids(lost)))
        return [merged], findings, options
    renumber = options.segmentNumbers != "KEEP"
    files = Overlaps.filesFor(layered, overlaps)
    return [Overlaps.chosen(layered, numbers, renumber=renumber) for numbers in files], findings, options


def colorsOf(layered: "LayeredSegmentation", options: ExportOptions) -> dict[str, Any]:
    """Return the codec's options that give a label map its colours, if it is to have any."""
    from dicomsegcodec.palette import palette_of_segments

    if not options.labelColors or options.segmentationType != "LABELMAP":
        return {}
    return {"palette": palette_of_segments(layered.segments)}


def _emptied(before: "Occupancy", after: "LayeredSegmentation") -> list[int]:
    """Return the numbers of segments that have lost all their voxels to others."""
    from dicomsegcodec.occupancy import find_occupancy

    had, has = before.present.any(axis=1), find_occupancy(after).present.any(axis=1)
    return before.numbers[had & ~has].tolist()
