"""Total pixel matrices cut into tiles, PS3.3 C.7.6.17.3 and C.8.12.14 (slide).

A tile is to the engine what a plane is: `SlideTiles` says where each lies, `TiledArray` shows the matrix as a
stack of tiles without copying it. Tiles at the edge are filled up with zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from pydicom.valuerep import format_number_as_ds

from .errors import ArgumentError
from .geometry import Planes, ds_values


@dataclass(frozen=True, slots=True, eq=False)
class SlideTiles(Planes):
    """Tiles of one total pixel matrix.

    The inherited `positions` are x, y, z of the slide for each tile, `orientation` is Image Orientation
    (Slide), `shape` is the size of a tile.

    Parameters
    ----------
    matrix : (rows, columns)
        Size of the total pixel matrix.
    corners : tuple of (row, column)
        First pixel of each tile in the matrix, from 0.
    origin : str
        Slide coordinates of the matrix's first pixel, as a decimal string.
    """

    matrix: tuple[int, int] = (0, 0)
    corners: tuple[tuple[int, int], ...] = ()
    origin: str = ""

    def distances_mm(self) -> np.ndarray:
        """(tiles,): tiles are stored in the order given, and there is no distance between them."""
        return np.arange(len(self), dtype=np.float64)

    def spacing_between_slices_mm(self) -> float | None:
        return None

    def take(self, order: Sequence[int] | np.ndarray) -> "SlideTiles":
        chosen = [int(i) for i in order]
        return SlideTiles(
            tuple(self.positions[i] for i in chosen),
            self.orientation,
            self.spacing,
            self.shape,
            self.frame_of_reference,
            self.thickness,
            self.matrix,
            tuple(self.corners[i] for i in chosen),
            self.origin,
        )

    @classmethod
    def covering(
        cls,
        matrix: tuple[int, int],
        tile: tuple[int, int],
        *,
        origin: str,
        orientation: str,
        spacing: str,
        frame_of_reference: str,
        thickness: str = "",
        corners: Sequence[tuple[int, int]] | None = None,
    ) -> Self:
        """Return the tiles that cover a matrix, by rows; or those at `corners`, in their order.

        Raises
        ------
        ArgumentError
            A tile has no pixel.
        """
        if min(tile) < 1:
            raise ArgumentError(f"Tiles of {tile[0]} x {tile[1]} pixels cannot be; they have at least one.")
        if corners is None:
            corners = [(r, c) for r in range(0, matrix[0], tile[0]) for c in range(0, matrix[1], tile[1])]
        return cls(
            tuple(_positions(corners, origin, orientation, spacing)),
            orientation,
            spacing,
            tile,
            frame_of_reference,
            thickness,
            matrix,
            tuple(corners),
            origin,
        )


def _positions(corners: Sequence[tuple[int, int]], origin: str, orientation: str, spacing: str) -> list[str]:
    """Return the slide coordinates of pixels of the matrix, PS3.3 C.8.12.6.1."""
    cosines = np.array(ds_values(orientation)).reshape(2, 3)
    between_rows, between_columns = ds_values(spacing)
    steps = np.stack([cosines[1] * between_rows, cosines[0] * between_columns])  # a row down, a column on
    places = np.array(ds_values(origin)) + np.array(corners, np.float64).reshape(-1, 2) @ steps
    texts: dict[float, str] = {}
    written = []
    for place in (places + 0.0).round(10).tolist():
        for value in place:
            if value not in texts:
                texts[value] = format_number_as_ds(value)
        written.append("\\".join(texts[value] for value in place))
    return written


class TiledArray:
    """A total pixel matrix as a (tiles, rows, columns) stack of its tiles.

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
        self._matrix, self._tiles, self._channel = matrix, tiles, channel
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
        row, column = self._tiles.corners[index]
        height, width = self._tiles.shape
        window: tuple[Any, ...] = (slice(row, row + height), slice(column, column + width))
        if self._channel is not None:
            window = (*window, self._channel)
        part = np.asarray(self._matrix[window])
        if part.shape == (height, width):
            return part
        whole = np.zeros((height, width), part.dtype)
        whole[: part.shape[0], : part.shape[1]] = part
        return whole
