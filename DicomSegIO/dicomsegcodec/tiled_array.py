"""A total pixel matrix seen as a stack of its tiles, read where and when they are needed."""

from typing import Any

import numpy as np

from .slides import SlideTiles


class TiledArray:
    """A total pixel matrix as a (tiles, rows, columns) stack of its tiles; those at the edge end in zeros.

    Parameters
    ----------
    matrix : (rows, columns) array, or (rows, columns, segments) with `channel`
        Anything that is sliced as NumPy's arrays are: an array, `numpy.memmap`, a zarr or dask array. Only
        what is asked for is read.
    tiles : SlideTiles
    channel : int, optional
        Which segment of a stack.
    """

    ndim = 3

    def __init__(self, matrix: Any, tiles: SlideTiles, channel: int | None = None) -> None:
        self._matrix = matrix
        self._channel = () if channel is None else (channel,)
        self._corners: list[tuple[int, int]] = tiles.corners.tolist()
        self.dtype = np.dtype(matrix.dtype)
        self.shape = (len(tiles), *tiles.shape)

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a tile, or tiles of a slice; of either all, or rows and columns from one to another."""
        first, *rest = key if isinstance(key, tuple) else (key,)
        parts = [*rest, slice(None), slice(None)][:2]
        rows, columns = (part.indices(size)[:2] for part, size in zip(parts, self.shape[1:], strict=True))
        if not isinstance(first, slice):
            return self._part(int(first), rows, columns)
        chosen = range(*first.indices(self.shape[0]))
        stack = np.empty((len(chosen), rows[1] - rows[0], columns[1] - columns[0]), self.dtype)
        for out, index in zip(stack, chosen, strict=True):
            out[...] = self._part(index, rows, columns)
        return stack

    def _part(self, index: int, rows: tuple[int, int], columns: tuple[int, int]) -> np.ndarray:
        """Return what of a tile is between the ends of ranges of its rows and columns."""
        row, column = self._corners[index]
        window = (slice(row + rows[0], row + rows[1]), slice(column + columns[0], column + columns[1]))
        part = np.asarray(self._matrix[(*window, *self._channel)])
        shape = (rows[1] - rows[0], columns[1] - columns[0])
        if part.shape == shape:
            return part
        whole = np.zeros(shape, part.dtype)
        whole[: part.shape[0], : part.shape[1]] = part
        return whole
