"""Where the tiles of a total pixel matrix lie on a slide, PS3.3 C.7.6.17.3 and C.8.12.6.1.

A tile is to the engine what a plane is. Of 100,000 tiles few coordinates differ, so they stand in
columns, and each is made to text once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, overload

import numpy as np
from pydicom.valuerep import format_number_as_ds

from .errors import ArgumentError
from .geometry import Planes, ds_values


@dataclass(frozen=True, slots=True, eq=False)
class SlideOffsets(Sequence[str]):
    """Slide coordinates of tiles in mm, each a decimal string of x, y and z.

    Parameters
    ----------
    texts : tuple of 3 tuples of str
        The distinct x, the distinct y, the distinct z.
    place : (tiles, 3) int array
        Which of them each tile has.
    """

    texts: tuple[tuple[str, ...], ...]
    place: np.ndarray

    @classmethod
    def of_texts(cls, offsets: Sequence[str]) -> Self:
        """Return offsets that are given as decimal strings, word for word."""
        known: tuple[dict[str, int], ...] = ({}, {}, {})
        places = [
            [axis.setdefault(text, len(axis)) for axis, text in zip(known, offset.split("\\"), strict=True)]
            for offset in offsets
        ]
        return cls(tuple(tuple(axis) for axis in known), np.array(places, np.int64).reshape(-1, 3))

    @classmethod
    def of_numbers(cls, offsets_mm: np.ndarray) -> Self:
        """Return (tiles, 3) numbers as decimal strings."""
        texts, places = [], []
        for axis in (offsets_mm.round(10) + 0.0).T:  # + 0.0 turns -0.0 into 0.0
            values, place = np.unique(axis, return_inverse=True)
            texts.append(tuple(format_number_as_ds(value) for value in values.tolist()))
            places.append(place)
        return cls(tuple(texts), np.stack(places, axis=1))

    def __len__(self) -> int:
        return len(self.place)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice | np.ndarray) -> "SlideOffsets": ...
    def __getitem__(self, index: int | slice | np.ndarray) -> "str | SlideOffsets":
        if isinstance(index, (slice, np.ndarray)):
            return SlideOffsets(self.texts, self.place[index])
        return "\\".join(texts[i] for texts, i in zip(self.texts, self.place[index].tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SlideTiles(Planes):
    """Tiles of one total pixel matrix.

    The inherited `orientation` is Image Orientation (Slide), `shape` is the size of a tile.

    Parameters
    ----------
    positions : SlideOffsets
        Of each tile's first pixel.
    matrix : (rows, columns)
        Size of the total pixel matrix.
    corners : (tiles, 2) int64 array
        Row and column of each tile's first pixel in the matrix, from 0.
    origin : str
        Slide coordinates of the matrix's first pixel, as a decimal string.
    """

    positions: SlideOffsets
    matrix: tuple[int, int]
    corners: np.ndarray
    origin: str

    def distances_mm(self) -> np.ndarray:
        """(tiles,): tiles are stored in the order given, and there is no distance between them."""
        return np.arange(len(self), dtype=np.float64)

    def spacing_between_slices_mm(self) -> float | None:
        return None

    def take(self, order: Sequence[int] | np.ndarray) -> Self:
        chosen = np.asarray(order, np.int64)
        return replace(self, positions=self.positions[chosen], corners=self.corners[chosen])

    @property
    def full(self) -> bool:
        """Whether these are all tiles of the matrix, row by row, as TILED_FULL has them."""
        return np.array_equal(self.corners, _corners(self.matrix, self.shape))

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
        corners: Sequence[tuple[int, int]] | np.ndarray | None = None,
    ) -> Self:
        """Return the tiles that cover a matrix, by rows; or those at `corners`, in their order.

        Raises
        ------
        ArgumentError
            A tile has no pixel.
        """
        if min(tile) < 1:
            raise ArgumentError(f"Tiles of {tile[0]} x {tile[1]} pixels cannot be; they have at least one.")
        places = _corners(matrix, tile) if corners is None else np.array(corners, np.int64).reshape(-1, 2)
        return cls(
            positions=SlideOffsets.of_numbers(_offsets_mm(places, origin, orientation, spacing)),
            orientation=orientation,
            spacing=spacing,
            shape=tile,
            frame_of_reference=frame_of_reference,
            thickness=thickness,
            matrix=matrix,
            corners=places,
            origin=origin,
        )


def _corners(matrix: tuple[int, int], tile: tuple[int, int]) -> np.ndarray:
    """Return (tiles, 2): the first pixels of the tiles that cover a matrix, row by row."""
    down, across = (-(-size // step) for size, step in zip(matrix, tile, strict=True))
    return np.indices((down, across)).reshape(2, -1).T * tile


def _offsets_mm(corners: np.ndarray, origin: str, orientation: str, spacing: str) -> np.ndarray:
    """Return (tiles, 3): the slide coordinates of pixels of the matrix, PS3.3 C.8.12.6.1."""
    cosines = np.array(ds_values(orientation)).reshape(2, 3)
    between_rows, between_columns = ds_values(spacing)
    steps = np.stack([cosines[1] * between_rows, cosines[0] * between_columns])  # a row down, a column on
    return np.array(ds_values(origin)) + corners @ steps
