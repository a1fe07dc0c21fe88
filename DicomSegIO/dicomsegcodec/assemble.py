"""Arrays and layers put together from frames."""

from collections.abc import Iterable, Sequence

import numpy as np

from .errors import ReadError
from .geometry import Geometry
from .layers import FractionLayer, LabelLayer
from .samples import SampleFormat
from .segments import Segment


class LayerBuilder:
    """Lays frames into as few label layers as their overlaps allow.

    A layer's value for a segment is its Segment Number; for a segment 0, which some writers have, it is one
    that no other segment has.

    Parameters
    ----------
    grid : Geometry
    corner : (row, column)
        Of the frames' first pixel in the grid.
    numbers : sequence of int
        The Segment Numbers.
    """

    def __init__(self, grid: Geometry, corner: tuple[int, int], numbers: Sequence[int]) -> None:
        self._shape, self._corner = grid.shape, corner
        taken = set(numbers)
        self._of_zero = next(value for value in range(1, len(taken) + 2) if value not in taken)
        largest = max(*numbers, self._of_zero if 0 in numbers else 0, 0)
        self.dtype = SampleFormat.holding(largest).dtype
        self._arrays: list[np.ndarray] = []
        self._home: dict[int, int] = {}
        self.fractions: list[FractionLayer] = []

    def value_of(self, number: int) -> int:
        """Return the value of a segment in the layers."""
        return number or self._of_zero

    def add_labels(self, pieces: Iterable[tuple[int, np.ndarray]]) -> None:
        """Lay (slice, labels) of all segments into one layer.

        Raises
        ------
        ReadError
            Two frames at one place have different segments at a voxel.
        """
        array = self._new()
        filled: set[int] = set()
        for slice_, labels in pieces:
            window = self._window(array, slice_, labels.shape)
            if slice_ not in filled:
                window[...] = labels
                filled.add(slice_)
                continue
            if ((window != 0) & (labels != 0) & (window != labels)).any():
                raise ReadError(
                    f"Two frames of the label map lie at slice {slice_ + 1} and differ in their segments; it "
                    "is unknown which is right. Read it frame by frame."
                )
            np.maximum(window, labels, out=window)

    def add_segment(self, number: int, pieces: list[tuple[int, np.ndarray]]) -> None:
        """Put a segment into the first layer in which all its voxels are free."""
        for index, array in enumerate(self._arrays):
            if not any((self._window(array, s, f.shape)[f != 0] != 0).any() for s, f in pieces):
                self._home[number] = index
                break
        else:
            self._home[number] = len(self._arrays)
            array = self._new()
        for slice_, frame in pieces:
            window = self._window(array, slice_, frame.shape)
            window[frame != 0] = self.value_of(number)

    def add_fractions(self, number: int, pieces: Iterable[tuple[int, np.ndarray]], maximum: int) -> None:
        """Put the fractions of a segment into a layer of their own; of two frames at one place the larger."""
        array = np.zeros(self._shape, np.float32)
        for slice_, frame in pieces:
            window = self._window(array, slice_, frame.shape)
            np.maximum(window, frame / np.float32(maximum), out=window)
        self.fractions.append(FractionLayer(array, number))

    def layers(self, segments: Sequence[Segment]) -> tuple[LabelLayer, ...]:
        """Return the layers, each with the segments that it holds."""
        held: list[dict[int, int]] = [{} for _ in self._arrays]
        for segment in segments:
            index = self._home.get(segment.number, 0)
            if held:
                held[index][self.value_of(segment.number)] = segment.number
        return tuple(LabelLayer(a, h) for a, h in zip(self._arrays, held, strict=True))

    def _new(self) -> np.ndarray:
        # Zeros are not touched until written, so untouched slices take no memory.
        self._arrays.append(np.zeros(self._shape, self.dtype))
        return self._arrays[-1]

    def _window(self, array: np.ndarray, slice_: int, shape: tuple[int, ...]) -> np.ndarray:
        row, column = self._corner
        return array[slice_, row : row + shape[0], column : column + shape[1]]
