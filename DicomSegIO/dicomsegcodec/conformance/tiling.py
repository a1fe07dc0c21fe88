"""Tiles of a total pixel matrix, PS3.3 C.7.6.17.3, C.8.12.6.1 and C.8.12.14."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from ..findings import Finding
from .examined import Examined
from .places import stated, tile_grid
from .values import numbers as numbers_of
from .values import only_item, whole
from .wording import error, plural, warning

_GROUP = 0x0048021A
_ROW, _COLUMN, _X, _Y = 0x0048021F, 0x0048021E, 0x0040072A, 0x0040073A


def number_of_frames_of_tiled_full(seg: Examined) -> Iterator[Finding]:
    grid = tile_grid(seg)
    if not seg.tiled_full or grid is None:
        return
    segments = 1 if seg.labelmap else max(1, len(set(seg.segment_numbers)))
    depth = whole(seg.header, "TotalPixelMatrixFocalPlanes") or 1
    if seg.count != grid[0] * grid[1] * segments * depth:
        planes = f" in {depth} focal planes" if depth > 1 else ""
        yield error(
            f"Number of Frames is {seg.count:,}, and {plural(segments, 'segment')} of {grid[0]} x {grid[1]} "
            f"tiles{planes} are {grid[0] * grid[1] * segments * depth:,} frames of TILED_FULL; it is unknown "
            "which frame is where.",
            "NumberOfFrames",
            "PS3.3 C.7.6.17.3",
        )


def tiles_lie_in_the_matrix(seg: Examined) -> Iterator[Finding]:
    corners = _corners(seg)
    if corners is None:
        return
    for axis, (name, keyword) in enumerate((("Row", "Rows"), ("Column", "Columns"))):
        size = whole(seg.header, f"TotalPixelMatrix{keyword}")
        outside = (corners[:, axis] < 1) | (corners[:, axis] > (size or np.iinfo(np.int64).max))
        if outside.any():
            frame = int(np.flatnonzero(outside)[0])
            until = f" to {size}" if size else ""
            yield error(
                f"{name} Position In Total Image Pixel Matrix of frame {frame + 1} is {corners[frame, axis]} "
                f"and the matrix has {keyword.lower()} 1{until} ({int(outside.sum()):,} frames in all).",
                f"{name}PositionInTotalImagePixelMatrix",
                "PS3.3 C.8.12.6.1",
            )


def described_tiles_of_tiled_full(seg: Examined) -> Iterator[Finding]:
    """Where TILED_FULL states positions all the same, they are those of the order."""
    grid, corners = tile_grid(seg), _corners(seg)
    if not seg.tiled_full or corners is None or grid is None:
        return
    frame = np.arange(len(corners)) % (grid[0] * grid[1])
    implied = np.stack([frame // grid[1] * seg.shape[0] + 1, frame % grid[1] * seg.shape[1] + 1], axis=1)
    other = (implied != corners).any(axis=1)
    if other.any():
        first = int(np.flatnonzero(other)[0])
        yield error(
            f"The frames are TILED_FULL, so frame {first + 1} is at row and column "
            f"{tuple(implied[first].tolist())}, and it says {tuple(corners[first].tolist())}.",
            "PlanePositionSlideSequence",
            "PS3.3 C.7.6.17.3",
        )


def tiles_do_not_overlap(seg: Examined) -> Iterator[Finding]:
    corners, segments = _corners(seg), seg.frame_segments()
    if corners is None or segments is None or min(seg.shape) < 1 or len(corners) != segments.size:
        return
    for number in np.unique(segments).tolist():
        tiles = np.unique(corners[segments == number], axis=0)
        pair = _overlapping(tiles, seg.shape)
        if pair is not None:
            whose = "" if seg.labelmap else f" of segment {number}"
            yield warning(
                f"Tiles{whose} at row and column {pair[0]} and {pair[1]} overlap; where they differ it is "
                "unknown which of them counts.",
                "PlanePositionSlideSequence",
                "PS3.3 C.8.12.6.1",
            )
            return


def _overlapping(tiles: np.ndarray, shape: tuple[int, int]) -> tuple[tuple, tuple] | None:
    """Return the corners of two different tiles that overlap; None where none do."""
    if (tiles == tiles[0] + (tiles - tiles[0]) // shape * shape).all():
        return None  # all on one grid
    cells: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for row, column in tiles.tolist():
        for down in (row // shape[0], (row + shape[0] - 1) // shape[0]):
            for across in (column // shape[1], (column + shape[1] - 1) // shape[1]):
                for other in cells[down, across]:
                    if other == (row, column):
                        continue
                    if abs(other[0] - row) < shape[0] and abs(other[1] - column) < shape[1]:
                        return other, (row, column)
                cells[down, across].append((row, column))
    return None


def offsets_on_the_slide(seg: Examined) -> Iterator[Finding]:
    """X and Y of a tile are those of its row and column in the matrix, to half a pixel."""
    corners = _corners(seg)
    origin = only_item(seg.header, "TotalPixelMatrixOriginSequence")
    spacing = stated(seg, "PixelMeasuresSequence", "PixelSpacing", "spacing").texts
    directions = numbers_of(seg.header, "ImageOrientationSlide")
    if seg.groups is None or corners is None or origin is None or len(spacing) != 1 or len(directions) != 6:
        return
    first = [*numbers_of(origin, "XOffsetInSlideCoordinateSystem")]
    first += numbers_of(origin, "YOffsetInSlideCoordinateSystem")
    try:
        pixel = np.array([float(part) for part in spacing[0].split("\\")])
        found = np.column_stack([_decimals(seg, _X), _decimals(seg, _Y)])
    except ValueError:
        return
    if len(first) != 2 or pixel.size != 2:
        return
    cosines = np.array(directions).reshape(2, 3)[:, :2]
    steps = (corners - 1) * pixel
    expected = np.array(first) + steps[:, 1:] * cosines[0] + steps[:, :1] * cosines[1]
    off = np.abs(found - expected).max(axis=1)
    if np.nanmax(off, initial=0) > pixel.max() / 2:
        frame = int(np.nanargmax(off))
        said, right = (f"({x:g}, {y:g}) mm" for x, y in (found[frame], expected[frame]))
        yield warning(
            f"Frame {frame + 1} says that it is at {said} on the slide, and its row and column in the total "
            f"pixel matrix are at {right}.",
            "XOffsetInSlideCoordinateSystem",
            "PS3.3 C.8.12.6.1",
        )


def _corners(seg: Examined) -> np.ndarray | None:
    """Return (frames, 2) row and column as frames state them, possible or not; None where some do not."""
    if seg.groups is None or not seg.groups.count:
        return None
    axes = []
    for tag in (_ROW, _COLUMN):
        column = seg.groups.column(_GROUP, tag)
        numbers = [_whole(each) for each in column.values]
        if (column.place < 0).any() or not numbers or any(number is None for number in numbers):
            return None
        axes.append(np.array(numbers, np.int64)[column.place])
    return np.stack(axes, axis=1)


def _whole(each: bytes | str) -> int | None:
    if isinstance(each, bytes):
        return int.from_bytes(each, "little", signed=True) if len(each) == 4 else None
    return int(each) if each.lstrip("-").isdigit() else None


def _decimals(seg: Examined, tag: int) -> np.ndarray:
    """Return (frames,) numbers of a decimal string; NaN where a frame has none."""
    assert seg.groups is not None  # the caller has looked at it
    column = seg.groups.column(_GROUP, tag)
    texts = [each.decode("latin-1") if isinstance(each, bytes) else each for each in column.values]
    return np.array([*(float(each.strip("\0 ")) for each in texts), np.nan])[column.place]


RULES = (
    number_of_frames_of_tiled_full,
    tiles_lie_in_the_matrix,
    described_tiles_of_tiled_full,
    tiles_do_not_overlap,
    offsets_on_the_slide,
)
