"""The way out: layers -> frame table -> patches -> bits or labels -> file, on one screen.

Planning looks at the layers once and makes the header and the bytes of the
functional groups; pixels are cut, packed and written a few megabytes at a time.
"""

import os
from dataclasses import dataclass

from pydicom.dataset import Dataset

from .codecs import for_writing
from .compressed import CompressedPixels
from .encodings import SegmentationType, sample_format
from .errors import ArgumentError, IrregularPlanes
from .findings import Finding, Progress, Severity, tell
from .frames import FrameTable, plan_frames
from .functional_groups import write_per_frame
from .header import write_header
from .layers import LayeredSegmentation
from .named_sources import name_sources
from .object_file import write_parts
from .occupancy import LabelPlanes, Occupancy, find_label_planes, find_occupancy
from .output import whole_file
from .pixeldata import NativePixels
from .raster import segments_overlap
from .slides import SlideTiles
from .sources import SourceImages
from .verification import verify_file
from .write_options import WriteOptions

__all__ = ["PlannedObject", "WriteOptions", "plan_object", "write_object", "write_segmentation"]


@dataclass(frozen=True, slots=True, eq=False)
class PlannedObject:
    """All of an object but the samples, which are made while it is written.

    Parameters
    ----------
    header : Dataset
        With file meta information; without Per-Frame Functional Groups and Pixel Data.
    per_frame : bytes-like, or None
        Value of the Per-Frame Functional Groups Sequence; None where frames stand in a fixed order.
    pixels : NativePixels or CompressedPixels
    findings : tuple of Finding
        What was mended in the source's attributes, and what a reader of the output should know.
    """

    header: Dataset
    per_frame: bytearray | None
    pixels: NativePixels | CompressedPixels
    findings: tuple[Finding, ...]


def write_segmentation(
    path: str | os.PathLike[str],
    segmentation: LayeredSegmentation,
    sources: SourceImages,
    options: WriteOptions | None = None,
    progress: Progress | None = None,
    *,
    verify: bool = False,
) -> list[Finding]:
    """Write a segmentation to a DICOM file; the file appears whole or not at all.

    Parameters
    ----------
    segmentation : LayeredSegmentation
        On the planes that the frames get; a plane that coincides with a source image refers to it.
    progress : callable, optional
        Called with the fraction done and the stage; a true answer cancels.
    verify : bool
        Read the file back and compare every frame before the file gets its name; takes about as long again.

    Returns
    -------
    list of Finding
        What was mended or is worth knowing; empty as a rule.

    Raises
    ------
    OverlappingSegments
        Segments share a voxel and the type is LABELMAP.
    OutputError
        The file cannot be written.
    VerificationFailed
        It was written and reads back otherwise.
    Cancelled
    """
    tell(progress, 0.0, "Planning frames")
    planned = plan_object(segmentation, sources, options or WriteOptions())
    write_object(path, planned, progress, verify=verify)
    return list(planned.findings)


def plan_object(
    segmentation: LayeredSegmentation, sources: SourceImages, options: WriteOptions, *, stack: bool = False
) -> PlannedObject:
    """Decide on the frames of an object and make everything of it but its samples.

    Parameters
    ----------
    stack : bool
        Frames have to be one evenly spaced stack, Dimension Organization Type 3D; they are it where they can.

    Raises
    ------
    ArgumentError
        They are no such stack.
    """
    kind, planes = options.kind, segmentation.planes
    references = sources.references(planes)
    occupancy: Occupancy | LabelPlanes
    if kind is SegmentationType.LABELMAP and not segmentation.fractions:
        occupancy = find_label_planes(segmentation)
    else:
        occupancy = find_occupancy(segmentation, options.max_fractional_value)
    table = plan_frames(occupancy, planes, kind, keep_empty=options.keep_empty_frames)
    fault = _stack_fault(table, segmentation, kind)
    if stack and fault:
        raise ArgumentError(
            f"Dimension Organization Type 3D is for evenly spaced planes, one frame at each place: {fault}"
        )
    samples = sample_format(kind, max(segmentation.numbers, default=0))
    syntax = for_writing(options.transfer_syntax_uid, samples, planes.shape)
    header, findings = write_header(
        sources,
        planes,
        segmentation.segments,
        options,
        frames=len(table),
        samples=samples,
        overlap=_overlap(segmentation, occupancy, kind),
        stack=not fault,
    )
    if not occupancy.present.any():
        findings.append(
            Finding(Severity.NOTE, "No segment has any voxel; all frames are stored and are empty.")
        )
    findings.extend(sources.findings())
    per_frame = None
    if not options.tiled_full:
        per_frame = write_per_frame(table, planes, references, segmentation.numbers, kind)
    matched = per_frame is not None and references.any_of(table.plane)
    name_sources(header, sources.further if matched else (*sources.instances, *sources.further))
    native = NativePixels(segmentation, occupancy, table, kind, samples, options.max_fractional_value)
    pixels: NativePixels | CompressedPixels = native
    if syntax.encapsulated:
        pixels = CompressedPixels(native, syntax, options.workers, options.use_extended_offset_table)
    else:
        native.check_length()
    return PlannedObject(header, per_frame, pixels, tuple(findings))


def write_object(
    path: str | os.PathLike[str],
    planned: PlannedObject,
    progress: Progress | None = None,
    *,
    verify: bool = False,
) -> None:
    """Write a planned object to a file; parameters and errors are those of `write_segmentation`."""
    with whole_file(path, len(planned.per_frame or b"") + planned.pixels.room) as file:
        write_parts(file, planned.header, planned.per_frame, planned.pixels, progress)
        if verify:
            file.flush()
            verify_file(file.name, planned.pixels, progress)


def _overlap(
    segmentation: LayeredSegmentation, occupancy: Occupancy | LabelPlanes, kind: SegmentationType
) -> str:
    """Return Segments Overlap, PS3.3 C.8.20.2; whether fractions overlap is a matter of opinion."""
    if len(segmentation.fractions) > 1:
        return "UNDEFINED"
    if isinstance(occupancy, LabelPlanes) or kind is SegmentationType.LABELMAP:
        return "NO"
    if not segments_overlap(segmentation, occupancy):
        return "NO"
    return "YES"


def _stack_fault(table: FrameTable, segmentation: LayeredSegmentation, kind: SegmentationType) -> str:
    """Say why the frames are not one evenly spaced stack of planes, PS3.3 C.7.6.17; nothing if they are."""
    planes, segments = segmentation.planes, len(segmentation.segments)
    if isinstance(planes, SlideTiles):
        return "these are tiles of a slide."
    if not planes.located:
        return "the source image has no place in space."
    if kind is not SegmentationType.LABELMAP and segments > 1:
        return f"{segments} segments have frames of their own at one place. Choose LABELMAP, or leave 3D out."
    if len(table) == 1:
        return "there is one frame. Store the empty ones too, or leave 3D out."
    try:
        planes.take(table.plane).regular_step_mm()
    except IrregularPlanes as error:
        return f"{error} Store the empty frames too if they are what is missing, or leave 3D out."
    return ""
