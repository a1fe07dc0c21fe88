"""Arrays and layers put together from frames."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from .geometry import Geometry
from .layers import FractionLayer, LabelLayer
from .segments import Segment


class LayerBuilder:
    """Lays frames into as few label layers as their overlaps allow."""

    def __init__(self, grid: Geometry, corner: tuple[int, int], dtype: np.dtype) -> None:
        self._shape, self._corner, self._dtype = grid.shape, corner, dtype
        self._arrays: list[np.ndarray] = []
        self._home: dict[int, int] = {}
        self.fractions: list[FractionLayer] = []

    def add_labels(
        self, pieces: Iterator[tuple[int, np.ndarray]], as_numbers: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        array = self._new()
        for slice_, frame in pieces:
            self._window(array, slice_, frame.shape)[...] = as_numbers(frame)

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
            window[frame != 0] = number

    def add_fractions(self, number: int, pieces: Iterator[tuple[int, np.ndarray]], maximum: int) -> None:
        array = np.zeros(self._shape, np.float32)
        for slice_, frame in pieces:
            np.divide(frame, np.float32(maximum), out=self._window(array, slice_, frame.shape))
        self.fractions.append(FractionLayer(array, number))

    def layers(self, segments: Sequence[Segment]) -> tuple[LabelLayer, ...]:
        held: list[dict[int, int]] = [{} for _ in self._arrays]
        for segment in segments:
            index = self._home.get(segment.number, 0)
            if held:
                held[index][segment.number] = segment.number
        return tuple(LabelLayer(a, h) for a, h in zip(self._arrays, held, strict=True))

    def _new(self) -> np.ndarray:
        # Zeros are not touched until written, so untouched slices take no memory.
        self._arrays.append(np.zeros(self._shape, self._dtype))
        return self._arrays[-1]

    def _window(self, array: np.ndarray, slice_: int, shape: tuple[int, ...]) -> np.ndarray:
        row, column = self._corner
        return array[slice_, row : row + shape[0], column : column + shape[1]]
