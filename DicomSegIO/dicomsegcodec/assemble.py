"""Layers put together from frames: as few as overlaps allow, and no larger than their frames need."""

from collections.abc import Sequence
from math import prod

import numpy as np

from .errors import ReadError
from .frame_store import Frames
from .geometry import Index
from .label_tables import LabelTable
from .layers import FractionLayer, LabelLayer
from .mosaic import Mosaic
from .painting import erase, paint_masks, unite_labels
from .samples import SampleFormat
from .segments import Segment


class LayerBuilder:
    """Lays frames into label layers; all layers cover the box of the grid in which there are frames.

    A layer's value for a segment is its Segment Number; for a segment 0, which some writers have, it is one
    that no other segment has.

    Parameters
    ----------
    frames : Frames
    mosaic : Mosaic
        All frames that are to be laid, in an array of the grid's shape.
    numbers : sequence of int
        The Segment Numbers.
    """

    def __init__(self, frames: Frames, mosaic: Mosaic, numbers: Sequence[int]) -> None:
        self._frames = frames
        self._box = mosaic.box
        taken = set(numbers)
        self._of_zero = next(value for value in range(1, len(taken) + 2) if value not in taken)
        largest = max(*numbers, self._of_zero if 0 in numbers else 0, 0)
        self.dtype = SampleFormat.holding(largest).dtype
        self._arrays: list[np.ndarray] = []
        self._home: dict[int, int] = {}
        self.fractions: list[FractionLayer] = []

    @property
    def _origin(self) -> Index:
        slices, rows, columns = (part.start for part in self._box)
        return slices, rows, columns

    def value_of(self, number: int) -> int:
        """Return the value of a segment in the layers."""
        return number or self._of_zero

    def add_labels(self, mosaic: Mosaic, numbers: Sequence[int]) -> None:
        """Lay frames of a label map into one layer.

        Parameters
        ----------
        numbers : sequence of int
            Labels that are segments.

        Raises
        ------
        ReadError
            Two frames at one place have different segments at a voxel.
        """
        table = np.zeros(self._frames.samples.max_value + 1, self.dtype)
        for number in numbers:
            if number < table.size:
                table[number] = self.value_of(number)
        exchange, filled = LabelTable(table), set()
        inside = self._inside(mosaic)
        view = inside.turn.view(self._new())
        frames = zip(
            self._frames.frames(inside.frames), inside.windows(), inside.corners.tolist(), strict=True
        )
        for frame, window, corner in frames:
            labels = exchange(frame[window.part])
            if tuple(corner) in filled:
                labels = unite_labels(labels, view[window.place])
            filled.add(tuple(corner))
            view[window.place] = labels

    def add_segment(self, mosaic: Mosaic, number: int) -> None:
        """Put a segment into the first layer in which all its voxels are free."""
        inside, value = self._inside(mosaic), self.value_of(number)
        for index, array in enumerate(self._arrays):
            if not paint_masks(self._frames, inside, array, value, over=False):
                self._home[number] = index
                return
            erase(inside, array, value)
        self._home[number] = len(self._arrays)
        paint_masks(self._frames, inside, self._new(), value, over=False)

    def add_fractions(self, mosaic: Mosaic, number: int, maximum: int) -> None:
        """Put the fractions of a segment into a layer of their own; of two frames at one place the larger."""
        inside = self._inside(mosaic)
        array = self._zeros(np.dtype(np.float32))
        view = inside.turn.view(array)
        for frame, window in zip(self._frames.frames(inside.frames), inside.windows(), strict=True):
            place = view[window.place]
            np.maximum(place, frame[window.part] / np.float32(maximum), out=place)
        self.fractions.append(FractionLayer(array, number, self._origin))

    def layers(self, segments: Sequence[Segment]) -> tuple[LabelLayer, ...]:
        """Return the layers, each with the segments that it holds."""
        held: list[dict[int, int]] = [{} for _ in self._arrays]
        for segment in segments:
            index = self._home.get(segment.number, 0)
            if held:
                held[index][self.value_of(segment.number)] = segment.number
        return tuple(LabelLayer(a, h, self._origin) for a, h in zip(self._arrays, held, strict=True))

    def _inside(self, mosaic: Mosaic) -> Mosaic:
        return mosaic.take(~mosaic.missing).part(self._box)

    def _new(self) -> np.ndarray:
        self._arrays.append(self._zeros(self.dtype))
        return self._arrays[-1]

    def _zeros(self, dtype: np.dtype) -> np.ndarray:
        return zeros(tuple(part.stop - part.start for part in self._box), dtype)


def zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array of zeros; those that nobody touches take no memory.

    Raises
    ------
    ReadError
        There is no memory for it.
    """
    try:
        return np.zeros(shape, dtype)
    except (MemoryError, ValueError) as error:  # ValueError: beyond what can be addressed
        raise ReadError(
            f"An array of {' x '.join(map(str, shape))} voxels takes "
            f"{prod(shape) * dtype.itemsize / 1e9:,.0f} GB, which there is no memory for; the positions of "
            "the frames cannot be right, or read it frame by frame."
        ) from error
