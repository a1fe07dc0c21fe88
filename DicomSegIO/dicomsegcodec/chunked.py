"""Total pixel matrices that are not in memory: read in parts, each chunk as seldom as memory allows."""

from collections import OrderedDict
from typing import Any

import numpy as np

_BYTES_KEPT = 1 << 27
"""Chunks of 1,024 rows across a slide of 100,000 columns, one byte a pixel, with some to spare."""


class ChunkCache:
    """A matrix whose chunks, as they are read, stay in memory until too many of them have been read since.

    Tiles that share a chunk would otherwise each read it, and each time decompress the whole of it.

    Parameters
    ----------
    matrix : (rows, columns) or (rows, columns, segments) array
        Anything that is sliced as NumPy's arrays are.
    chunk : (rows, columns)
    """

    def __init__(self, matrix: Any, chunk: tuple[int, int]) -> None:
        self._matrix, self._chunk = matrix, chunk
        self.shape, self.ndim, self.dtype = matrix.shape, matrix.ndim, np.dtype(matrix.dtype)
        self._kept: OrderedDict[tuple[Any, ...], np.ndarray] = OrderedDict()
        self._bytes = 0

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a window: slices of rows and columns, and a segment or none."""
        rows, columns, *rest = key
        top, bottom, _step = rows.indices(self.shape[0])
        left, right, _step = columns.indices(self.shape[1])
        height, width = self._chunk
        shape = (
            (bottom - top, right - left)
            if rest or self.ndim == 2
            else (bottom - top, right - left, *self.shape[2:])
        )
        window = np.empty(shape, self.dtype)
        for row in range(top // height * height, bottom, height):
            for column in range(left // width * width, right, width):
                block = self._block(row, column, *rest)
                first, last = max(row, top), min(row + height, bottom)
                start, end = max(column, left), min(column + width, right)
                window[first - top : last - top, start - left : end - left] = block[
                    first - row : last - row, start - column : end - column
                ]
        return window

    def _block(self, row: int, column: int, *rest: Any) -> np.ndarray:
        key = (row, column, *rest)
        block = self._kept.pop(key, None)
        if block is None:
            height, width = self._chunk
            window = (slice(row, row + height), slice(column, column + width), *rest)
            block = np.asarray(self._matrix[window])
            self._bytes += block.nbytes
            while self._kept and self._bytes > _BYTES_KEPT:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        self._kept[key] = block
        return block


def with_chunks_kept(matrix: Any, tile: tuple[int, int]) -> Any:
    """Return a matrix that keeps its chunks where several tiles share one; a matrix without chunks as it is.

    zarr, dask and HDF5 state chunks; an array in memory, or a map of a file, has none.
    """
    chunks = getattr(matrix, "chunks", None)
    if isinstance(matrix, np.ndarray) or not chunks:
        return matrix
    # dask states the size of every chunk along each axis, the others one size for all.
    rows, columns = (int(axis[0] if isinstance(axis, tuple) else axis) for axis in chunks[:2])
    return ChunkCache(matrix, (rows, columns)) if rows > tile[0] or columns > tile[1] else matrix


class FirstFrame:
    """The first frame of an array, of which only what is asked for is read."""

    def __init__(self, frames: Any) -> None:
        self._frames = frames
        self.shape, self.ndim, self.dtype = frames.shape[1:], frames.ndim - 1, np.dtype(frames.dtype)
        self.chunks = (getattr(frames, "chunks", None) or ())[1:]

    def __getitem__(self, key: Any) -> Any:
        return self._frames[(0, *key) if isinstance(key, tuple) else (0, key)]


def first_frame(frames: Any) -> Any:
    """Return the first frame of an array, without reading it where it is not in memory."""
    return frames[0] if isinstance(frames, np.ndarray) else FirstFrame(frames)
