"""Frames cut out of layers.

Only the box of a segment in a plane is looked at; everything else of a frame is zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .errors import OverlappingSegments
from .frames import FrameTable
from .layers import FractionLayer, LabelLayer, LayeredSegmentation
from .occupancy import LabelPlanes, Occupancy


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The part of a frame that can differ from zero: `pixels == value` in a box of the frame.

    Parameters
    ----------
    rows, columns : slice
        Place in the frame.
    pixels : array of that size
        View into a layer.
    value : int
        The layer's pixel value of the segment.
    """

    rows: slice
    columns: slice
    pixels: np.ndarray
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class FractionPatch:
    """The part of a frame that can differ from zero: fractions from 0 to 1 in a box of the frame."""

    rows: slice
    columns: slice
    pixels: np.ndarray


def fraction_patches(
    segmentation: LayeredSegmentation, occupancy: Occupancy, table: FrameTable
) -> Iterator[FractionPatch | None]:
    """Yield the patch of every frame of fractions; None for an empty frame."""
    home = {layer.segment: layer for layer in segmentation.fractions}
    for number, plane, rows, columns in _boxes(segmentation, occupancy, table):
        layer = home.get(number)
        if layer is None or rows is None or columns is None:
            yield None
        else:
            yield FractionPatch(rows, columns, _window(layer, plane, rows, columns))


def patches(
    segmentation: LayeredSegmentation, occupancy: Occupancy, table: FrameTable
) -> Iterator[Patch | None]:
    """Yield the patch of every frame of a table that stores segments separately; None for an empty frame."""
    home = {
        number: (layer, value) for layer in segmentation.layers for value, number in layer.segments.items()
    }
    for number, plane, rows, columns in _boxes(segmentation, occupancy, table):
        if rows is None or columns is None:
            yield None
        else:
            layer, value = home[number]
            yield Patch(rows, columns, _window(layer, plane, rows, columns), value)


def _boxes(
    segmentation: LayeredSegmentation, occupancy: Occupancy, table: FrameTable
) -> Iterator[tuple[int, int, slice | None, slice | None]]:
    """Yield Segment Number, plane, rows and columns of every frame; no rows and columns where it is empty."""
    place = {number: i for i, number in enumerate(segmentation.numbers)}
    present = occupancy.present
    for number, plane in zip(table.segment.tolist(), table.plane.tolist(), strict=True):
        if present[place[number], plane]:
            yield number, plane, *occupancy.box(place[number], plane)
        else:
            yield number, plane, None, None


def _window(layer: LabelLayer | FractionLayer, plane: int, rows: slice, columns: slice) -> np.ndarray:
    """Return the view of a layer that a box of the grid has in it."""
    slice_, row, column = layer.origin
    return layer.pixels[
        plane - slice_, rows.start - row : rows.stop - row, columns.start - column : columns.stop - column
    ]


class LabelCutter:
    """Cuts whole label frames out of layers that must not overlap.

    Parameters
    ----------
    dtype : dtype
        Unsigned type of the labels that are produced.
    """

    def __init__(
        self, segmentation: LayeredSegmentation, occupancy: Occupancy | LabelPlanes, dtype: np.dtype
    ) -> None:
        self._segmentation = segmentation
        self._dtype = dtype
        self._shape = segmentation.planes.shape
        self._layers = [
            (layer, not stray and all(value == number for value, number in layer.segments.items()))
            for layer, stray in zip(segmentation.layers, occupancy.strays, strict=True)
        ]

    def direct(self, plane: int) -> np.ndarray | None:
        """Return the plane's labels as a view into the only layer, or None where they must be worked on."""
        if len(self._layers) != 1:
            return None
        layer, identical = self._layers[0]
        inside = 0 <= plane - layer.origin[0] < layer.pixels.shape[0]
        if not identical or not inside or layer.pixels.shape[1:] != self._shape:
            return None
        pixels = layer.pixels[plane - layer.origin[0]]
        return pixels if pixels.dtype == self._dtype and pixels.flags.c_contiguous else None

    def into(self, plane: int, out: np.ndarray) -> None:
        """Put the labels of a plane into a (rows, columns) array that holds zeros.

        Raises
        ------
        OverlappingSegments
            Two layers have a segment at the same voxel.
        """
        untouched = True
        for layer, identical in self._layers:
            local = plane - layer.origin[0]
            if not 0 <= local < layer.pixels.shape[0] or not layer.segments:
                continue
            labels = layer.pixels[local] if identical else relabel(layer.pixels[local], layer, self._dtype)
            row, column = layer.origin[1:]
            target = out[row : row + labels.shape[0], column : column + labels.shape[1]]
            if untouched:
                target[...] = labels
                untouched = False
                continue
            shared = (target != 0) & (labels != 0)
            if shared.any():
                self._refuse(plane, target, labels, shared)
            np.maximum(target, labels, out=target, casting="unsafe")

    def _refuse(self, plane: int, one: np.ndarray, other: np.ndarray, shared: np.ndarray) -> None:
        names = {s.number: s.label for s in self._segmentation.segments}
        a, b = (f"{n} ('{names[n]}')" for n in sorted((int(one[shared][0]), int(other[shared][0]))))
        raise OverlappingSegments(
            f"Segments {a} and {b} overlap in {int(shared.sum())} voxels of slice {plane + 1}; a label map "
            "holds one segment a voxel. Choose BINARY, or leave one of them out."
        )


def relabel(pixels: np.ndarray, layer: LabelLayer, dtype: np.dtype) -> np.ndarray:
    """Return a layer's pixel values as Segment Numbers, 0 where they name no segment."""
    if pixels.dtype.itemsize <= 2 and pixels.dtype.kind in "bu":
        table = np.zeros(1 << (8 * pixels.dtype.itemsize), dtype)
        for value, number in layer.segments.items():
            if 0 < value < table.size:  # others no pixel can have
                table[value] = number
        return table[pixels.view(np.uint8) if pixels.dtype == bool else pixels]
    values = np.array(sorted(layer.segments), np.int64)
    numbers = np.array([layer.segments[v] for v in values.tolist()], dtype)
    at = np.minimum(np.searchsorted(values, pixels), values.size - 1)
    return np.where(values[at] == pixels, numbers[at], 0).astype(dtype)


def segments_overlap(segmentation: LayeredSegmentation, occupancy: Occupancy) -> bool:
    """Tell whether any two segments share a voxel; segments of one layer cannot."""
    if len(segmentation.layers) < 2:
        return False
    rows, columns = segmentation.planes.shape
    taken = np.empty((rows, columns), bool)
    place = {number: i for i, number in enumerate(segmentation.numbers)}
    for plane in np.flatnonzero(occupancy.present.sum(axis=0) > 1).tolist():
        taken[...] = False
        for layer in segmentation.layers:
            numbers = [n for n in layer.segments.values() if occupancy.present[place[n], plane]]
            if not numbers:
                continue
            held = np.array([place[n] for n in numbers])
            box = (
                slice(int(occupancy.row_start[held, plane].min()), int(occupancy.row_end[held, plane].max())),
                slice(
                    int(occupancy.column_start[held, plane].min()),
                    int(occupancy.column_end[held, plane].max()),
                ),
            )
            mask = relabel(_window(layer, plane, *box), layer, np.dtype(np.uint16)) != 0
            if (taken[box] & mask).any():
                return True
            taken[box] |= mask
    return False
