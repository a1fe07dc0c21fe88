"""Smaller views of a total pixel matrix, made where and when they are read.

Labels are sampled at the centre of each new pixel, so no label appears that was not there; fractions are
averaged over the area of each new pixel.
"""

from typing import Any

import numpy as np

_PIXELS_AT_ONCE = 1 << 22


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
        view = isinstance(self._matrix, np.ndarray) and not self._average  # which takes no memory
        if not view and (bottom - top) * (right - left) > _PIXELS_AT_ONCE and max(len(down), len(across)) > 1:
            return self._in_halves(rows, columns, *rest)
        block = np.asarray(self._matrix[(slice(top, bottom), slice(left, right), *rest)])
        if not self._average:
            return block[down][:, across]
        averaged = np.einsum("ir,rc...,jc->ij...", down, block.astype(np.float64), across, optimize=True)
        return np.clip(averaged, 0, 1).astype(self.dtype)

    def _in_halves(self, rows: slice, columns: slice, *rest: Any) -> np.ndarray:
        """Return a window of which what it is made of is too much to be in memory."""
        top, bottom, _step = rows.indices(self.shape[0])
        left, right, _step = columns.indices(self.shape[1])
        if bottom - top >= right - left:
            middle = (top + bottom) // 2
            halves = [(slice(top, middle), columns), (slice(middle, bottom), columns)]
        else:
            middle = (left + right) // 2
            halves = [(rows, slice(left, middle)), (rows, slice(middle, right))]
        return np.concatenate(
            [self[(*half, *rest)] for half in halves], axis=int(bottom - top < right - left)
        )


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
        self.chunks = (1, *(getattr(matrix, "chunks", None) or ()))

    def __getitem__(self, key: Any) -> Any:
        """Return the matrix, which is frame 0, or a window of it."""
        frame, *window = key if isinstance(key, tuple) else (key,)
        if frame != 0:
            raise IndexError(f"There is no frame {frame}; there is one.")
        return self._matrix[tuple(window)] if window else self._matrix
