"""A total pixel matrix seen as a stack of its tiles, read where and when they are needed."""

from typing import Any

import numpy as np

from .slides import SlideTiles


class TiledArray:
    """A total pixel matrix as a (tiles, rows, columns) stack of its tiles; those at the edge end in zeros.

    Parameters
    ----------
    matrix : (rows, columns) array, or (rows, columns, segments) with `channel`
        Anything that NumPy slices: an array, `numpy.memmap`, a zarr or dask array. Only the tiles that are
        asked for are read.
    tiles : SlideTiles
    channel : int, optional
        Which segment of a stack.
    """

    ndim = 3

    def __init__(self, matrix: Any, tiles: SlideTiles, channel: int | None = None) -> None:
        self._matrix, self._channel = matrix, channel
        self._corners: list[tuple[int, int]] = tiles.corners.tolist()
        self.dtype = np.dtype(matrix.dtype)
        self.shape = (len(tiles), *tiles.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a tile, tiles of a slice, or a part of either."""
        first, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(first, slice):
            chosen = range(*first.indices(self.shape[0]))
            stack = np.stack([self._tile(i) for i in chosen]) if chosen else np.zeros((0, *self.shape[1:]))
            return stack[(slice(None), *rest)] if rest else stack
        tile = self._tile(int(first))
        return tile[tuple(rest)] if rest else tile

    def any(self) -> bool:
        """Tell whether any pixel differs from zero."""
        return any(bool(self._tile(i).any()) for i in range(self.shape[0]))

    def _tile(self, index: int) -> np.ndarray:
        row, column = self._corners[index]
        height, width = self.shape[1:]
        window: tuple[Any, ...] = (slice(row, row + height), slice(column, column + width))
        if self._channel is not None:
            window = (*window, self._channel)
        part = np.asarray(self._matrix[window])
        if part.shape == (height, width):
            return part
        whole = np.zeros((height, width), part.dtype)
        whole[: part.shape[0], : part.shape[1]] = part
        return whole
