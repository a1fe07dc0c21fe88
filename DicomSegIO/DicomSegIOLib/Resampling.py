"""Segments that do not stand on the images' voxels, seen on those."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import Grid
from .NodeContents import NodeFractions
from .Parts import Part
from .Views import Resampled

if TYPE_CHECKING:
    from dicomsegcodec.geometry import Geometry


@dataclass(frozen=True, eq=False)
class ResampledPart:
    """Voxels of a grid, made of those of a part when they are read; as `Grid.Placed`, they may reach beyond.

    Parameters
    ----------
    toPixels : (4, 4) array
        From the index of a voxel of the grid to that in the part.
    origin : (slice, row, column)
        Of the box of the grid that the part fills.
    shape : (slices, rows, columns)
        Of this box.
    """

    part: Part
    toPixels: np.ndarray
    origin: tuple[int, int, int]
    shape: tuple[int, int, int]

    def within(self, shape: tuple[int, int, int]) -> Grid.Placed | None:
        """Return the part in a grid of `shape`, or None if all of it lies outside."""
        first = [max(o, 0) for o in self.origin]
        last = [min(o + n, size) for o, n, size in zip(self.origin, self.shape, shape, strict=True)]
        if any(f >= n for f, n in zip(first, last, strict=True)):
            return None
        return Grid.Placed(self._view(first, last), (first[0], first[1], first[2]))  # type: ignore[arg-type]

    def outside(self, shape: tuple[int, int, int]) -> Iterator[Resampled]:
        """Yield the parts outside of a grid of `shape`, each voxel once."""
        start, stop = list(self.origin), [o + n for o, n in zip(self.origin, self.shape, strict=True)]
        for axis in range(3):
            first = min(max(0, start[axis]), stop[axis])
            last = max(min(shape[axis], stop[axis]), first)
            for begin, end in ((start[axis], first), (last, stop[axis])):
                if begin < end:
                    box = [*start[:axis], begin, *start[axis + 1 :]], [*stop[:axis], end, *stop[axis + 1 :]]
                    yield self._view(*box)
            start[axis], stop[axis] = first, last

    def _view(self, first: Sequence[int], last: Sequence[int]) -> Resampled:
        offset = np.eye(4)
        offset[:3, 3] = first
        sizes = [n - f for f, n in zip(first, last, strict=True)]
        fill = self.part.low if isinstance(self.part, NodeFractions) else 0
        return Resampled(self.part.pixels, self.toPixels @ offset, (sizes[0], sizes[1], sizes[2]), fill)


def resampled(part: Part, grid: "Geometry") -> ResampledPart:
    """Return a part on the voxels of a grid."""
    toGrid = np.linalg.inv(grid.index_to_lps) @ part.indexToLps
    # From face to face of the outermost voxels.
    corners = np.array([[s, r, c, 1.0] for s in (0, 1) for r in (0, 1) for c in (0, 1)]).T
    corners[:3] = corners[:3] * np.array(part.pixels.shape)[:, None] - 0.5
    reach = (toGrid @ corners)[:3]
    first = np.ceil(reach.min(axis=1) - 1e-6).astype(int).tolist()
    last = np.floor(reach.max(axis=1) + 1e-6).astype(int).tolist()
    sizes = [max(0, n + 1 - f) for f, n in zip(first, last, strict=True)]
    return ResampledPart(
        part, np.linalg.inv(toGrid), (first[0], first[1], first[2]), (sizes[0], sizes[1], sizes[2])
    )
