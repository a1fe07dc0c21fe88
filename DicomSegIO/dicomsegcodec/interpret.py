"""What the header and the functional groups of a stored segmentation say, read together and checked."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
from pydicom.dataset import Dataset

from .compressed import CompressedFrames
from .encodings import SegmentationType
from .errors import MissingAttribute, NotSegmentation, ReadError
from .findings import Finding, Severity
from .frame_columns import FrameColumns, TextColumn
from .frames import FrameTable
from .lenient import reading
from .pixeldata import NativeFrames
from .stored import StoredSegmentation
from .stored_planes import find_planes
from .stored_segments import frame_segments, read_segments


def interpret(
    dataset: Dataset,
    columns: FrameColumns,
    make_frames: Callable[[int, tuple[int, int], int], NativeFrames | CompressedFrames],
) -> StoredSegmentation:
    """Return a stored segmentation from its parts.

    Raises
    ------
    MissingAttribute, NotSegmentation, ReadError, TruncatedFile
    """
    with reading("The header"):
        return _interpret(dataset, columns, make_frames)


def _interpret(
    dataset: Dataset,
    columns: FrameColumns,
    make_frames: Callable[[int, tuple[int, int], int], NativeFrames | CompressedFrames],
) -> StoredSegmentation:
    findings: list[Finding] = []
    for keyword in ("Rows", "Columns", "BitsAllocated", "SegmentSequence", "SegmentationType"):
        if not dataset.get(keyword):
            raise MissingAttribute(
                f"The segmentation has no {keyword}, without which it cannot be understood."
            )
    kind = _kind(dataset)
    count = int(dataset.get("NumberOfFrames") or 1)
    if columns.frames == 0 and dataset.get("DimensionOrganizationType") == "TILED_FULL":
        columns = tiled_full_columns(dataset, kind, count)
    frames = make_frames(count, (int(dataset.Rows), int(dataset.Columns)), int(dataset.BitsAllocated))
    # Certain only where Pixel Data ends with the frames that are counted.
    if columns.frames > count and frames.end_with_the_last:
        findings.append(
            Finding(
                Severity.WARNING,
                f"Number of Frames is {count} and the functional groups describe {columns.frames} frames; "
                "the first of them are taken.",
                "NumberOfFrames",
                "PS3.3 C.7.6.6",
            )
        )
        columns = _first(columns, count)
    if columns.frames != count:
        raise ReadError(
            f"Number of Frames is {count} and the functional groups describe {columns.frames} frames; "
            "it is unknown which frame is where."
        )
    segments, background = read_segments(dataset, kind, findings)
    planes, plane = find_planes(dataset, columns)
    segment = frame_segments(dataset, columns, kind, [s.number for s in segments], findings)
    table = FrameTable(segment.astype(np.uint16), plane.astype(np.int32))
    return StoredSegmentation(
        dataset, kind, segments, columns, table, planes, frames, background, tuple(findings)
    )


def _first(columns: FrameColumns, count: int) -> FrameColumns:
    """Return the columns of the first `count` frames."""
    known = columns.reference_frame < count
    names = [field.name for field in fields(columns) if field.name.startswith("reference_")]
    return replace(
        columns,
        frames=count,
        segment=columns.segment[:count],
        dimensions=None if columns.dimensions is None else columns.dimensions[:count],
        corners=None if columns.corners is None else columns.corners[:count],
        texts={name: _first_texts(text, count) for name, text in columns.texts.items()},
        **{name: getattr(columns, name)[known] for name in names},
    )


def _first_texts(column: TextColumn, count: int) -> TextColumn:
    known = column.rows < count
    used, place = np.unique(column.place[known], return_inverse=True)
    return TextColumn(tuple(column.texts[i] for i in used.tolist()), column.rows[known], place)


def tiled_full_columns(dataset: Dataset, kind: SegmentationType, count: int) -> FrameColumns:
    """Return what TILED_FULL leaves unsaid: by segment, then by rows of tiles, PS3.3 C.7.6.17.3.

    Raises
    ------
    MissingAttribute
        The size of the total pixel matrix is not stated.
    ReadError
        Number of Frames is not that of all tiles of all segments.
    """
    rows, columns = (int(dataset.get(f"TotalPixelMatrix{axis}") or 0) for axis in ("Rows", "Columns"))
    height, width = int(dataset.Rows), int(dataset.Columns)
    if min(rows, columns) < 1:
        raise MissingAttribute(
            "The frames are TILED_FULL and Total Pixel Matrix Rows or Columns is missing, so their place is "
            "unknown."
        )
    down, across = -(-rows // height), -(-columns // width)
    numbers = [0]
    if kind is not SegmentationType.LABELMAP:
        numbers = sorted(int(item.SegmentNumber) for item in dataset.SegmentSequence)
    if count != len(numbers) * down * across:
        raise ReadError(
            f"Number of Frames is {count}, and {len(numbers)} x {down} x {across} tiles are TILED_FULL; it "
            "is unknown which frame is where."
        )
    segment, row, column = np.indices((len(numbers), down, across)).reshape(3, -1)
    empty = np.zeros(0, np.int64)
    return FrameColumns(
        count,
        np.array(numbers)[segment],
        None,
        np.stack([row * height + 1, column * width + 1], axis=1),
        {},
        empty,
        empty,
        np.zeros(0, bool),
        empty,
        (),
    )


def _kind(dataset: Dataset) -> SegmentationType:
    stated = str(dataset.SegmentationType)
    try:
        return SegmentationType(stated)
    except ValueError as error:
        raise NotSegmentation(
            f"Segmentation Type is '{stated}'; known are {', '.join(SegmentationType)}."
        ) from error
