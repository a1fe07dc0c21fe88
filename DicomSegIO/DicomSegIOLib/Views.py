"""Voxels seen as fractions or on other voxels, made plane by plane when they are read.

A segmentation of a hundred probability volumes is larger than memory as an array; nothing here copies more
than what is asked for.
"""

from typing import Any

import numpy as np


class View:
    """What the codec needs of a (slices, rows, columns) array: its shape, its type, and planes."""

    ndim = 3

    def __init__(self, shape: tuple[int, int, int], dtype: Any) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a plane, planes of a slice, or a part of either."""
        first, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(first, slice):
            planes = [self._plane(k) for k in range(*first.indices(self.shape[0]))]
            stack = np.stack(planes) if planes else np.zeros((0, *self.shape[1:]), self.dtype)
            return stack[(slice(None), *rest)] if rest else stack
        index = int(first)
        if not -self.shape[0] <= index < self.shape[0]:
            raise IndexError(f"There is no plane {index}; there are {self.shape[0]}.")
        plane = self._plane(index % self.shape[0])
        return plane[tuple(rest)] if rest else plane

    def any(self) -> bool:
        """Tell whether any voxel differs from zero."""
        return any(bool(self._plane(k).any()) for k in range(self.shape[0]))

    def _plane(self, index: int) -> np.ndarray:
        raise NotImplementedError


class ScaledFractions(View):
    """Numbers as fractions: `low` as 0, `high` as 1.

    Parameters
    ----------
    isRounded : bool
        What is beyond 0 or 1 is a rounding error, and is taken back; it is for the caller to know that.
    """

    def __init__(self, pixels: Any, low: float, high: float, isRounded: bool = False) -> None:
        super().__init__(pixels.shape, np.float32)
        self._pixels, self._low, self._high, self._isRounded = pixels, low, high, isRounded

    def _plane(self, index: int) -> np.ndarray:
        # In float64: from float32 numbers near `high` some would come out above 1.
        scaled = (self._pixels[index].astype(np.float64) - self._low) / (self._high - self._low)
        if self._isRounded:
            np.clip(scaled, 0, 1, out=scaled)
        return scaled.astype(np.float32)


class MaskAsFractions(View):
    """The voxels of one label as the fraction 1, all others as 0."""

    def __init__(self, pixels: Any, label: int) -> None:
        super().__init__(pixels.shape, np.float32)
        self._pixels, self._label = pixels, label

    def _plane(self, index: int) -> np.ndarray:
        return (self._pixels[index] == self._label).astype(np.float32)


class Resampled(View):
    """Voxels on another grid: of each new voxel the one that its centre lies in; `fill` where there is none.

    Parameters
    ----------
    pixels : (slices, rows, columns) array
    toPixels : (4, 4) array
        From the index of a new voxel to that in `pixels`.
    shape : (slices, rows, columns)
        Of the new grid.
    """

    def __init__(
        self, pixels: np.ndarray, toPixels: np.ndarray, shape: tuple[int, int, int], fill: float = 0
    ) -> None:
        super().__init__(shape, pixels.dtype)
        self._pixels, self._toPixels, self._fill = pixels, toPixels, fill
        self._rows, self._columns = self._along(1), self._along(2)

    def _along(self, axis: int) -> np.ndarray:
        """Return (voxels, 3): how far the index in `pixels` goes with each row or column of the grid."""
        return np.arange(self.shape[axis])[:, None] * self._toPixels[:3, axis]

    def _plane(self, index: int) -> np.ndarray:
        start = self._toPixels[:3, 3] + index * self._toPixels[:3, 0]
        plane = np.full(self.shape[1:], self._fill, self.dtype)
        places = []
        inside = np.ones(self.shape[1:], bool)
        for axis in range(3):
            # An index exactly between two voxels goes to the later one, wherever in the plane it is.
            place = start[axis] + self._rows[:, axis, None] + self._columns[None, :, axis]
            nearest = np.floor(place + 0.5 + 1e-6).astype(np.int64)
            inside &= (nearest >= 0) & (nearest < self._pixels.shape[axis])
            places.append(nearest)
        if inside.any():
            plane[inside] = self._pixels[tuple(place[inside] for place in places)]
        return plane
