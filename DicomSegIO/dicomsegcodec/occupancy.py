"""Where each segment has voxels: one pass over every layer, before anything is cut, packed or compressed.

For each plane and segment: the box of rows and columns that holds it. Runs of equal
pixels are found a few planes at a time, so no temporary grows with the volume,
and only run ends are looked at further.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .errors import ArgumentError
from .layers import FractionLayer, LabelLayer, LayeredSegmentation, Pixels
from .samples import quantised

_PIXELS_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Occupancy:
    """The box of every segment in every plane of the grid.

    Parameters
    ----------
    numbers : (segments,) int array
        Segment Numbers, in the order of the segmentation.
    row_start, row_end, column_start, column_end : (segments, planes) int32 arrays
        Half-open, in the grid; `row_end` is 0 where the segment has no voxel in the plane.
    strays : tuple of bool
        For each layer: it also holds values, other than 0, that belong to no segment.
    """

    numbers: np.ndarray
    row_start: np.ndarray
    row_end: np.ndarray
    column_start: np.ndarray
    column_end: np.ndarray
    strays: tuple[bool, ...] = ()

    @property
    def present(self) -> np.ndarray:
        """(segments, planes) bool: the segment has a voxel in the plane."""
        return self.row_end > 0

    def box(self, segment: int, plane: int) -> tuple[slice, slice]:
        """Return rows and columns that hold a segment (by its place in `numbers`) in a plane."""
        return (
            slice(int(self.row_start[segment, plane]), int(self.row_end[segment, plane])),
            slice(int(self.column_start[segment, plane]), int(self.column_end[segment, plane])),
        )


@dataclass(frozen=True, slots=True, eq=False)
class LabelPlanes:
    """The planes that hold any segment: all that a label map asks, and found many times faster than boxes.

    Parameters
    ----------
    numbers : (segments,) int array
        Segment Numbers, in the order of the segmentation.
    present : (1, planes) bool array
    strays : tuple of bool
        For each layer: it also holds values, other than 0, that belong to no segment.
    """

    numbers: np.ndarray
    present: np.ndarray
    strays: tuple[bool, ...] = ()


def find_label_planes(segmentation: LayeredSegmentation) -> LabelPlanes:
    """Return which planes of label layers hold a segment."""
    present = np.zeros((1, len(segmentation.planes)), bool)
    strays = []
    for layer in segmentation.layers:
        stray = False
        # Where the values are 1, 2 and so on, the smallest and the largest of a plane tell.
        known = np.array(sorted(layer.segments), np.int64)
        highest = known.size if np.array_equal(known, np.arange(1, known.size + 1)) else -1
        for slab, first in _slabs(layer.pixels):
            for local, plane in enumerate(slab):
                if not plane.size:
                    continue
                largest = int(plane.max())
                if 0 <= largest <= highest and int(plane.min()) >= 0:
                    held = largest > 0
                else:
                    values = np.unique(plane.reshape(-1)[_run_ends(plane[None])])
                    described = np.isin(values, known)
                    held = bool(described.any())
                    stray = stray or bool((values[~described] != 0).any())
                present[0, layer.origin[0] + first + local] |= held
        strays.append(stray)
    return LabelPlanes(np.array(segmentation.numbers, np.int64), present, tuple(strays))


def find_occupancy(segmentation: LayeredSegmentation, maximum_fraction: int = 255) -> Occupancy:
    """Return where the segments are.

    Parameters
    ----------
    maximum_fraction : int
        Maximum Fractional Value; a fraction that is stored as 0 counts as absent.

    Raises
    ------
    ArgumentError
        A fraction is not a number from 0 to 1.
    """
    numbers = segmentation.numbers
    shape = (len(numbers), len(segmentation.planes))
    rows, columns = segmentation.planes.shape
    occupancy = Occupancy(
        np.array(numbers, np.int64),
        np.full(shape, rows, np.int32),
        np.zeros(shape, np.int32),
        np.full(shape, columns, np.int32),
        np.zeros(shape, np.int32),
    )
    place = {number: i for i, number in enumerate(numbers)}
    strays = tuple(_add_layer(occupancy, layer, place) for layer in segmentation.layers)
    for fraction in segmentation.fractions:
        _add_fraction(occupancy, fraction, place[fraction.segment], maximum_fraction)
    return replace(occupancy, strays=strays)


def values_in(pixels: Pixels) -> np.ndarray:
    """Return the distinct values of an integer or bool array, sorted, found through its runs."""
    found: set[int] = set()
    for slab, _first in _slabs(pixels):
        found.update(np.unique(slab.reshape(-1)[_run_ends(slab)]).tolist())
    too_large = bool(found) and max(found) > np.iinfo(np.int64).max
    return np.array(sorted(found), np.uint64 if too_large else np.int64)


def _slabs(pixels: Pixels) -> Iterator[tuple[np.ndarray, int]]:
    """Yield a few planes at a time, and the first one's index; they may be in memory for that long only."""
    plane = pixels.shape[1] * pixels.shape[2]
    step = max(1, _PIXELS_AT_ONCE // max(1, plane))
    for first in range(0, pixels.shape[0], step):
        yield pixels[first : first + step], first


def _run_ends(slab: np.ndarray) -> np.ndarray:
    """Return the flat index of the last pixel of every run; a run ends with its row."""
    ends = np.empty(slab.shape, bool)
    np.not_equal(slab[..., 1:], slab[..., :-1], out=ends[..., :-1])
    ends[..., -1:] = True
    return np.flatnonzero(ends)


def _add_layer(occupancy: Occupancy, layer: LabelLayer, place: dict[int, int]) -> bool:
    """Widen the boxes by a layer's runs; tell whether the layer holds values of no segment."""
    if 0 in layer.pixels.shape:
        return False
    if not layer.segments:
        return any(bool(slab.any()) for slab, _first in _slabs(layer.pixels))
    if len(layer.segments) == 1:
        return _add_mask(occupancy, layer, place)
    stray = False
    values = np.array(sorted(layer.segments), np.int64)
    segment_of = np.array([place[layer.segments[v]] for v in values.tolist()], np.int64)
    planes = occupancy.row_end.shape[1]
    row_start, row_end = occupancy.row_start.reshape(-1), occupancy.row_end.reshape(-1)
    column_start, column_end = occupancy.column_start.reshape(-1), occupancy.column_end.reshape(-1)
    _slices, rows, columns = layer.pixels.shape
    for slab, first in _slabs(layer.pixels):
        slab = np.ascontiguousarray(slab)
        ends = _run_ends(slab)
        value = slab.reshape(-1)[ends].astype(np.int64)
        starts = np.empty_like(ends)
        starts[0] = 0
        starts[1:] = ends[:-1] + 1
        at = np.minimum(np.searchsorted(values, value), values.size - 1)
        known = values[at] == value
        stray = stray or bool((value[~known] != 0).any())
        start, end, segment = starts[known], ends[known], segment_of[at[known]]
        line = start // columns
        plane = line // rows
        row = (line - plane * rows + layer.origin[1]).astype(np.int32)
        key = segment * planes + plane + first + layer.origin[0]
        # Runs come in the order of rows, and the last assignment to an index stays.
        row_start[key[::-1]] = row[::-1]
        row_end[key] = row + 1
        np.minimum.at(column_start, key, (start % columns + layer.origin[2]).astype(np.int32))
        np.maximum.at(column_end, key, (end % columns + 1 + layer.origin[2]).astype(np.int32))
    return stray


def _add_mask(occupancy: Occupancy, layer: LabelLayer, place: dict[int, int]) -> bool:
    """Set the boxes of the only segment of a layer; tell whether the layer holds values of no segment."""
    ((value, number),) = layer.segments.items()
    stray = False
    for slab, first in _slabs(layer.pixels):
        inside = np.ascontiguousarray(slab == value)
        stray = stray or np.count_nonzero(slab) != np.count_nonzero(inside)
        in_rows, in_columns = _projections(inside)
        for local in np.flatnonzero(in_rows.any(axis=1)).tolist():
            _set_box(occupancy, place[number], first + local, layer, in_rows[local], in_columns[local])
    return stray


def _projections(masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (planes, rows) and (planes, columns) bool of (planes, rows, columns) bool: any pixel is set."""
    if masks.shape[2] % 8 or not masks.size:
        return np.logical_or.reduce(masks, axis=2), np.logical_or.reduce(masks, axis=1)
    words = masks.view(np.uint64)  # eight pixels at a time
    in_columns = np.bitwise_or.reduce(words, axis=1)
    return np.bitwise_or.reduce(words, axis=2) != 0, in_columns.view(np.uint8) != 0


def _set_box(
    occupancy: Occupancy,
    segment: int,
    slice_: int,
    layer: LabelLayer | FractionLayer,
    in_rows: np.ndarray,
    in_columns: np.ndarray,
) -> None:
    """Set the box of a segment in a slice of a layer from the rows and columns that hold a pixel of it."""
    rows, columns = np.flatnonzero(in_rows), np.flatnonzero(in_columns)
    plane = slice_ + layer.origin[0]
    occupancy.row_start[segment, plane] = rows[0] + layer.origin[1]
    occupancy.row_end[segment, plane] = rows[-1] + 1 + layer.origin[1]
    occupancy.column_start[segment, plane] = columns[0] + layer.origin[2]
    occupancy.column_end[segment, plane] = columns[-1] + 1 + layer.origin[2]


def _add_fraction(occupancy: Occupancy, layer: FractionLayer, segment: int, maximum: int) -> None:
    """Set the boxes of a segment that is given as fractions."""
    for local in range(layer.pixels.shape[0]):
        pixels = layer.pixels[local]
        if not pixels.size:
            continue
        smallest, largest = float(pixels.min()), float(pixels.max())
        if not (smallest >= 0 and largest <= 1):  # so that NaN is refused too
            raise ArgumentError(
                f"Segment {occupancy.numbers[segment]} holds values from {smallest:.6g} to {largest:.6g}; "
                "fractions must be numbers from 0 to 1."
            )
        stored = quantised(pixels, maximum) != 0
        if stored.any():
            _set_box(occupancy, segment, local, layer, stored.any(axis=1), stored.any(axis=0))
