"""How many frames there are, where Number of Frames, functional groups and Pixel Data disagree."""

import numpy as np
from pydicom.dataset import Dataset

from .columns import FrameColumns
from .encodings import SegmentationType
from .errors import MissingAttribute, ReadError
from .findings import Finding, Severity
from .frame_store import FrameStore


def counted_columns(
    dataset: Dataset,
    columns: FrameColumns,
    kind: SegmentationType,
    store: FrameStore,
    shape: tuple[int, int],
    bits: int,
    findings: list[Finding],
) -> FrameColumns:
    """Return the columns of the frames that there are, PS3.3 C.7.6.6.

    Of two numbers the one is taken that Pixel Data ends with. No room is made for frames that Pixel Data does
    not hold, whatever the header promises.

    Raises
    ------
    TruncatedFile
        Pixel Data is too short for them.
    ReadError
        It is unknown which frame is where.
    MissingAttribute
        The size of a total pixel matrix is not stated.
    """
    stated = max(1, int(dataset.get("NumberOfFrames") or 1))
    matrix = None
    if not columns.frames and dataset.get("DimensionOrganizationType") == "TILED_FULL":
        matrix = _tile_counts(dataset, kind, shape)
    described = columns.frames if matrix is None else len(matrix[0]) * matrix[1] * matrix[2]
    count = _agreed(stated, described, store, shape, bits) if described else stated
    if matrix is not None and count != described:
        raise ReadError(
            f"Number of Frames is {stated:,}, and {len(matrix[0])} x {matrix[1]} x {matrix[2]} tiles are "
            "TILED_FULL; it is unknown which frame is where."
        )
    if count != stated:
        findings.append(
            Finding(
                Severity.WARNING,
                f"Number of Frames is {dataset.get('NumberOfFrames') or 'missing'} and the functional groups "
                f"describe {described:,} frames, as many as Pixel Data holds; these are taken.",
                "NumberOfFrames",
                "PS3.3 C.7.6.6",
            )
        )
    elif described > count:
        findings.append(
            Finding(
                Severity.WARNING,
                f"Number of Frames is {count} and the functional groups describe {described:,} frames; the "
                "first of them are taken.",
                "NumberOfFrames",
                "PS3.3 C.7.6.6",
            )
        )
    store.frames(count, shape, bits)  # refuses what is not there
    if matrix is not None:
        return _tiled_full(*matrix, shape)
    return columns.first(count) if columns.frames else FrameColumns.saying_nothing(count)


def _agreed(stated: int, described: int, store: FrameStore, shape: tuple[int, int], bits: int) -> int:
    if stated == described:
        return stated
    as_stated, as_described = (store.ends_with(n, shape, bits) for n in (stated, described))
    if as_described and not as_stated:
        return described
    if as_stated and not as_described and 0 < stated < described:
        return stated
    raise ReadError(
        f"Number of Frames is {stated:,} and {described:,} frames are described, and the length of Pixel "
        "Data does not tell which is right; it is unknown which frame is where."
    )


def _tile_counts(
    dataset: Dataset, kind: SegmentationType, shape: tuple[int, int]
) -> tuple[list[int], int, int]:
    """Return the segments of TILED_FULL frames, and how many tiles there are down and across."""
    rows, columns = (int(dataset.get(f"TotalPixelMatrix{axis}") or 0) for axis in ("Rows", "Columns"))
    if min(rows, columns) < 1:
        raise MissingAttribute(
            "The frames are TILED_FULL and Total Pixel Matrix Rows or Columns is missing, so their place is "
            "unknown."
        )
    numbers = [0]
    if kind is not SegmentationType.LABELMAP:
        numbers = sorted(int(item.SegmentNumber) for item in dataset.SegmentSequence)
    return numbers, -(-rows // shape[0]), -(-columns // shape[1])


def _tiled_full(numbers: list[int], down: int, across: int, shape: tuple[int, int]) -> FrameColumns:
    """Return what TILED_FULL leaves unsaid: by segment, then by rows of tiles, PS3.3 C.7.6.17.3."""
    segment, row, column = np.indices((len(numbers), down, across)).reshape(3, -1)
    columns = FrameColumns.saying_nothing(segment.size)
    columns.segment[:] = np.array(numbers)[segment]
    columns.segment_stated[:] = True
    corners = np.stack([row * shape[0] + 1, column * shape[1] + 1], axis=1)
    return columns.at_corners(corners)
