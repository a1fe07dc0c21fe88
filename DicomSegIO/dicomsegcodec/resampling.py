"""Smaller views of a total pixel matrix, made where and when they are read.

Labels are sampled at the centre of each new pixel, so no label appears that was not there; fractions are
averaged over the area of each new pixel.
"""

from typing import Any

import numpy as np


class Resampled:
    """A matrix seen at another size.

    Parameters
    ----------
    matrix : (rows, columns) or (rows, columns, segments) array
        Anything that NumPy slices.
    size : (rows, columns)
        Of the view.
    average : bool
        Average the area of each new pixel, for fractions; otherwise take its centre.
    """

    def __init__(self, matrix: Any, size: tuple[int, int], *, average: bool) -> None:
        self._matrix, self._average = matrix, average
        self.shape = (*size, *matrix.shape[2:])
        self.ndim = len(self.shape)
        self.dtype = np.dtype(matrix.dtype)

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a window: slices of rows and columns, and a segment or none."""
        rows, columns, *rest = key
        sides = [
            _side(part, new, old, self._average)
            for part, new, old in zip((rows, columns), self.shape[:2], self._matrix.shape[:2], strict=True)
        ]
        (top, bottom, down), (left, right, across) = sides
        block = np.asarray(self._matrix[(slice(top, bottom), slice(left, right), *rest)])
        if not self._average:
            return block[down][:, across]
        averaged = np.einsum("ir,rc...,jc->ij...", down, block.astype(np.float64), across, optimize=True)
        return np.clip(averaged, 0, 1).astype(self.dtype)


def _side(part: slice, new: int, old: int, average: bool) -> tuple[int, int, np.ndarray]:
    """Return what of the old axis is needed, and the indices or weights that make the new pixels of it."""
    start, stop, _step = part.indices(new)
    pixels = np.arange(start, stop)
    scale = old / new
    if not average:
        centres = np.minimum(((pixels + 0.5) * scale).astype(np.int64), old - 1)
        first, last = (int(centres[0]), int(centres[-1]) + 1) if centres.size else (0, 0)
        return first, last, centres - first
    first, last = int(np.floor(start * scale)), min(old, int(np.ceil(stop * scale)))
    places = np.arange(first, last)
    low = np.maximum(places[None, :], pixels[:, None] * scale)
    high = np.minimum(places[None, :] + 1, (pixels[:, None] + 1) * scale)
    return first, last, np.maximum(high - low, 0) / scale


class OneFrame:
    """A matrix with a first axis of one frame, so that its segments, if stacked, are the last of four.

    Parameters
    ----------
    matrix : (rows, columns) or (rows, columns, segments) array
    """

    def __init__(self, matrix: Any) -> None:
        self._matrix = matrix
        self.shape = (1, *matrix.shape)
        self.ndim = len(self.shape)
        self.dtype = np.dtype(matrix.dtype)

    def __getitem__(self, key: int) -> Any:
        """Return the matrix, which is frame 0."""
        if key != 0:
            raise IndexError(f"There is no frame {key}; there is one.")
        return self._matrix
