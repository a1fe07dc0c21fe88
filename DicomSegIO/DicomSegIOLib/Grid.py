"""Where voxels lie: Slicer's (i, j, k) and RAS to and from the codec's (slice, row, column) and LPS.

A layer of a segmentation has a matrix and an extent of its own. If it stands on the voxels of another grid,
possibly along other axes or the other way round, it is moved there as a view: turned, mirrored, offset, never
resampled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import vtk

if TYPE_CHECKING:
    from dicomsegcodec.geometry import Geometry, Index, Planes

_RAS_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
# Takes (slice, row, column) to (i, j, k) = (column, row, slice), and back.
_BACKWARDS = np.array([[0.0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])

VOXEL_TOLERANCE = 0.01
"""How far, as a part of a voxel, voxels may lie from those of another grid that are taken for the same."""


def toIndexToLps(ijkToRas: np.ndarray) -> np.ndarray:
    """Return the (4, 4) matrix from (slice, row, column) to LPS of one from (i, j, k) to RAS."""
    return _RAS_LPS @ ijkToRas @ _BACKWARDS


def toIjkToRas(indexToLps: np.ndarray) -> np.ndarray:
    """Return the (4, 4) matrix from (i, j, k) to RAS of one from (slice, row, column) to LPS."""
    return _RAS_LPS @ indexToLps @ _BACKWARDS


def arrayFromMatrix(matrix: vtk.vtkMatrix4x4) -> np.ndarray:
    """Return a matrix as a (4, 4) float64 array."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrixFromArray(array: np.ndarray) -> vtk.vtkMatrix4x4:
    """Return a (4, 4) array as a matrix."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(array.ravel().tolist())
    return matrix


def geometryOfVolume(volumeNode) -> "Geometry":
    """Return the grid of a volume, in the volume's own coordinates (before its parent transform)."""
    from dicomsegcodec.geometry import Geometry

    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASMatrix(matrix)
    columns, rows, slices = volumeNode.GetImageData().GetDimensions()
    return Geometry(toIndexToLps(arrayFromMatrix(matrix)), (slices, rows, columns))


@dataclass(frozen=True, eq=False)
class Placed:
    """Voxels on a grid; they may reach beyond it.

    Parameters
    ----------
    pixels : (slices, rows, columns) array
        A view, along the grid's axes.
    origin : (slice, row, column)
        Of `pixels[0, 0, 0]` in the grid.
    """

    pixels: np.ndarray
    origin: "Index"

    def within(self, shape: "Index") -> "Placed | None":
        """Return the part in a grid of `shape`, or None if all of it lies outside."""
        ends = [o + n for o, n in zip(self.origin, self.pixels.shape, strict=True)]
        first = [max(o, 0) for o in self.origin]
        last = [min(e, n) for e, n in zip(ends, shape, strict=True)]
        if any(f >= n for f, n in zip(first, last, strict=True)):
            return None
        inside = tuple(slice(f - o, n - o) for f, n, o in zip(first, last, self.origin, strict=True))
        return Placed(self.pixels[inside], (first[0], first[1], first[2]))

    def outside(self, shape: "Index") -> Iterator[np.ndarray]:
        """Yield the parts outside of a grid of `shape`, each voxel once."""
        rest = self.pixels
        for axis in range(3):
            count = rest.shape[axis]
            first = min(max(-self.origin[axis], 0), count)
            last = max(min(shape[axis] - self.origin[axis], count), first)
            before, rest, after = np.split(rest, [first, last], axis=axis)
            yield from (part for part in (before, after) if part.size)


def place(pixels: np.ndarray, indexToLps: np.ndarray, grid: "Geometry") -> Placed | None:
    """Return voxels as they lie on a grid, or None if they are not voxels of it.

    Parameters
    ----------
    pixels : (slices, rows, columns) array
        Not empty.
    indexToLps : (4, 4) array
        Of `pixels`.
    """
    step = np.linalg.inv(grid.index_to_lps) @ indexToLps
    whole = _wholeSteps(step, pixels.shape)
    if np.abs(_beside(step - whole, pixels.shape)).max() > VOXEL_TOLERANCE:
        return None
    axes = [int(np.flatnonzero(whole[gridAxis, :3])[0]) for gridAxis in range(3)]
    view = np.transpose(pixels, axes)
    origin = whole[:3, 3].astype(int).tolist()
    for gridAxis, axis in enumerate(axes):
        if whole[gridAxis, axis] < 0:
            view = np.flip(view, gridAxis)
            origin[gridAxis] -= view.shape[gridAxis] - 1
    return Placed(view, (origin[0], origin[1], origin[2]))


def _wholeSteps(step: np.ndarray, shape: "Index") -> np.ndarray:
    """Return the (4, 4) matrix of whole steps along the grid's axes that is nearest to `step`."""
    whole = np.zeros((4, 4))
    whole[3, 3] = 1
    whole[:3, 3] = np.rint(step[:3, 3])
    for axis, gridAxis in enumerate(_gridAxes(step, shape)):
        whole[gridAxis, axis] = -1 if step[gridAxis, axis] < 0 else 1
    return whole


def _beside(difference: np.ndarray, shape: "Index") -> np.ndarray:
    """Return the (3, 8) vectors by which a difference of matrices moves the corners of a block of voxels."""
    corners = np.array([[s, r, c, 1.0] for s in (0, 1) for r in (0, 1) for c in (0, 1)]).T
    corners[:3] *= np.array(shape)[:, None] - 1
    return (difference @ corners)[:3]


def _gridAxes(step: np.ndarray, shape: "Index") -> list[int]:
    """Return the axis of the grid along which each axis of the voxels runs; those with many choose first."""
    direction = np.abs(step[:3, :3]) / np.linalg.norm(step[:3, :3], axis=0)
    chosen: dict[int, int] = {}
    for axis in sorted(range(3), key=lambda a: shape[a] == 1):
        chosen[axis] = next(g for g in np.argsort(-direction[:, axis]).tolist() if g not in chosen.values())
    return [chosen[axis] for axis in range(3)]


def isAlikeInPlane(planes: "Planes", grid: "Geometry") -> bool:
    """Tell whether rows and columns of planes are those of a grid's slices, apart from their place."""
    between = np.array(grid.spacing_mm[1:])
    directions = grid.index_to_lps[:3, 1:3] / between
    wanted = np.stack([planes.column_direction, planes.row_direction], axis=1)
    turned = float(np.abs(directions - wanted).max())
    scaled = float(np.abs(between / planes.spacing_mm - 1).max())
    # Decimal strings of a few digits: their errors add up over a row.
    return max(turned, scaled) * max(grid.shape[1:]) < 10 * VOXEL_TOLERANCE


def sayDifference(shape: "Index", indexToLps: np.ndarray, grid: "Geometry") -> str:
    """Say in words why voxels are not those of a grid."""
    mine, theirs = np.linalg.norm(indexToLps[:3, :3], axis=0), np.array(grid.spacing_mm)
    if np.abs(np.sort(mine) - np.sort(theirs)).max() > VOXEL_TOLERANCE * theirs.min():
        return f"voxels of {_sizes(mine)} mm where the images have {_sizes(theirs)} mm"
    step = np.linalg.inv(grid.index_to_lps) @ indexToLps
    difference = step - _wholeSteps(step, shape)
    if np.abs(difference[:3, :3]).max() > VOXEL_TOLERANCE:
        return "axes that are turned against those of the images"
    apart = np.linalg.norm(grid.index_to_lps[:3, :3] @ _beside(difference, shape), axis=0).max()
    return f"voxels that lie up to {apart:.3g} mm beside those of the images"


def _sizes(sizes: np.ndarray) -> str:
    return " x ".join(f"{size:.4g}" for size in sizes[::-1])
