"""How large files will be: frames are counted, and of compressed ones a few are compressed."""

import zlib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .Options import ExportOptions
from .Planning import ObjectToWrite, planObjects, readImages
from .SegmentationNode import readNode

if TYPE_CHECKING:
    from dicomsegcodec.frames import FrameTable
    from dicomsegcodec.pixeldata import NativePixels

    from .Exporting import Files
    from .NodeContents import NodeContents

_SAMPLE = 12
"""Frames that are compressed to see how small they get."""
_HEADER_BYTES, _SEGMENT_BYTES = 3000, 400
_ITEM_BYTES = 8
"""Of the item that each compressed frame stands in."""


@dataclass(frozen=True)
class SizeEstimate:
    """About how large an export becomes.

    Parameters
    ----------
    frames : int
        Of all files.
    bytes : int
        Of all files.
    files : int
    labelMapFrames, labelMapBytes : int, optional
        The same, were it written as LABELMAP; None where that cannot be.
    """

    frames: int
    bytes: int
    files: int
    labelMapFrames: int | None = None
    labelMapBytes: int | None = None

    def __str__(self) -> str:
        files = f" in {self.files} files" if self.files > 1 else ""
        text = f"{self.frames:,} frame{'s' if self.frames != 1 else ''}, {sizeText(self.bytes)}{files}"
        if self.labelMapBytes is None:
            return text
        return f"{text} (as label map {sizeText(self.labelMapBytes)})"


def estimateSize(
    segmentationNode,
    sourceFiles: "Files",
    options: ExportOptions | None = None,
    fractionVolumes: Mapping[str, Any] | None = None,
) -> SizeEstimate:
    """Return about how large an export becomes; parameters and errors are those of `ExportSession`.

    Nothing is written. Reads the headers of the source images and looks at the voxels once.
    """
    options = options or ExportOptions()
    contents = readNode(segmentationNode, options.segmentIds, options, fractionVolumes)
    return estimate(contents, readImages(sourceFiles), options, {})


def estimate(
    contents: "NodeContents",
    sources: list[Any],
    options: ExportOptions,
    memo: MutableMapping[Any, Any] | None = None,
) -> SizeEstimate:
    """Return about how large an export of contents becomes."""
    from dicomsegcodec.errors import SegError

    frames, size, files = _all(contents, sources, options, memo)
    if options.segmentationType == "LABELMAP" or contents.fractions:
        return SizeEstimate(frames, size, files)
    labels = replace(options, segmentationType="LABELMAP", overlap="SPLIT", segmentNumbers="CONSECUTIVE")
    try:
        asLabels = _all(contents, sources, labels, memo)
    except SegError:  # then there is nothing to compare with
        return SizeEstimate(frames, size, files)
    return SizeEstimate(frames, size, files, asLabels[0], asLabels[1])


def sizeText(size: int) -> str:
    """Return a size for a person: 1.9 MB, 650 kB."""
    for unit, step in (("GB", 10**9), ("MB", 10**6)):
        if size >= step:
            return f"{size / step:.3g} {unit}" if size < 1000 * step else f"{size / step:,.0f} {unit}"
    return f"{-(-size // 1000)} kB"


def _all(
    contents: "NodeContents",
    sources: list[Any],
    options: ExportOptions,
    memo: MutableMapping[Any, Any] | None,
) -> tuple[int, int, int]:
    """Return frames, bytes and files."""
    planned = planObjects(contents, sources, options, memo)
    found = [_one(one) for one in planned.objects]
    return sum(frames for frames, _ in found), sum(size for _, size in found), len(found)


def _one(one: ObjectToWrite) -> tuple[int, int]:
    """Return frames and bytes of an object."""
    from dicomsegcodec.codecs import for_writing
    from dicomsegcodec.encodings import sample_format
    from dicomsegcodec.frames import plan_frames
    from dicomsegcodec.occupancy import find_occupancy
    from dicomsegcodec.pixeldata import NativePixels

    layered, options = one.layered, one.options
    occupancy = find_occupancy(layered, options.max_fractional_value)
    table = plan_frames(occupancy, layered.planes, options.kind, keep_empty=options.keep_empty_frames)
    samples = sample_format(options.kind, max(layered.numbers, default=0))
    syntax = for_writing(options.transfer_syntax_uid, samples, layered.planes.shape)
    around = _HEADER_BYTES + _SEGMENT_BYTES * len(layered.segments)
    groups = b"" if options.tiled_full else _groups(one, _some(table, 4 * _SAMPLE))
    share = len(table) / max(1, min(len(table), 4 * _SAMPLE))
    native = samples.native_bytes(len(table), layered.planes.shape)
    if not syntax.encapsulated and not syntax.deflated:
        return len(table), int(around + share * len(groups) + native)
    few = _some(table, _SAMPLE)
    pixels = NativePixels(layered, occupancy, few, options.kind, samples, options.max_fractional_value)
    if syntax.deflated:
        head = len(zlib.compress(groups)) * share + around / 3
        return len(table), int(head + len(zlib.compress(pixels.value())) * len(table) / len(few))
    compressed = _compressed(pixels, syntax)
    return len(table), int(around + share * len(groups) + compressed * len(table) / len(few))


def _compressed(pixels: "NativePixels", syntax: Any) -> int:
    sizes = (len(syntax.codec.encode(frame, pixels.samples)) + _ITEM_BYTES for frame in pixels.frames())
    return sum(sizes)


def _groups(one: ObjectToWrite, table: "FrameTable") -> bytes:
    """Return the functional groups of frames."""
    from dicomsegcodec.functional_groups import write_per_frame

    planes = one.layered.planes
    references = one.sources.references(planes)
    return bytes(write_per_frame(table, planes, references, one.layered.numbers, one.options.kind))


def _some(table: "FrameTable", count: int) -> "FrameTable":
    """Return some rows of a table, evenly spread."""
    from dicomsegcodec.frames import FrameTable

    if len(table) <= count:
        return table
    rows = np.linspace(0, len(table) - 1, count).round().astype(int)
    return FrameTable(table.segment[rows], table.plane[rows])
