"""Stored planes laid on a given grid: along other axes or the other way round if need be, never resampled."""

from dataclasses import dataclass

import numpy as np

from .errors import GeometryMismatch
from .geometry import Geometry, Index, Planes

VOXEL_TOLERANCE = 0.1
"""How far, as a part of a voxel, pixels may lie from voxels that are taken for the same: positions and
directions are decimal strings of a few digits, and their errors add up over a row of pixels."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How the axes of one array run along those of another one.

    Parameters
    ----------
    axes : (3 ints)
        Axis of the other array along which each axis of this one runs.
    forward : (3 bools)
        Whether it runs the same way.
    """

    axes: Index = (0, 1, 2)
    forward: tuple[bool, bool, bool] = (True, True, True)

    def view(self, array: np.ndarray) -> np.ndarray:
        """Return the other array with the axes of this one; further axes stay where they are."""
        turned = array.transpose(*self.axes, *range(3, array.ndim))
        return turned[tuple(slice(None, None, 1 if forward else -1) for forward in self.forward)]

    def shape(self, shape: Index) -> Index:
        """Return a shape in the order of this array's axes."""
        slices, rows, columns = (shape[axis] for axis in self.axes)
        return slices, rows, columns

    def indices(self, indices: np.ndarray, shape: Index) -> np.ndarray:
        """Return (points, 3) indices of the other array, of this shape, as indices of this one."""
        turned = indices[:, self.axes]
        ends = np.array(self.shape(shape)) - 1
        return np.where(self.forward, turned, ends - turned)


@dataclass(frozen=True, slots=True, eq=False)
class LaidPlanes:
    """Where planes lie in an array of a grid's shape.

    Parameters
    ----------
    turn : Turn
        How slices, rows and columns of the planes run along the axes of the grid.
    corners : (planes, 3) int array
        Slice, row and column of each plane's first pixel, along the axes of the planes. Planes may lie
        partly or wholly outside.
    """

    turn: Turn
    corners: np.ndarray


def lay(planes: Planes, grid: Geometry, tolerance: float = VOXEL_TOLERANCE) -> LaidPlanes:
    """Return where planes lie on a grid; each may have a place of its own.

    Parameters
    ----------
    tolerance : float
        How far a pixel may lie from a voxel, as a part of the voxel.

    Raises
    ------
    GeometryMismatch
        Rows or columns do not run along its axes, pixels are of another size or lie between its voxels, or
        the frames of reference differ.
    """
    if planes.frame_of_reference and grid.frame_of_reference not in ("", planes.frame_of_reference):
        raise GeometryMismatch(
            f"The segmentation is in the frame of reference {planes.frame_of_reference} and the grid in "
            f"{grid.frame_of_reference}; register one to the other first, or read it on its own grid."
        )
    inverse = np.linalg.inv(grid.index_to_lps)
    steps_mm = np.stack(
        [planes.column_direction * planes.spacing_mm[0], planes.row_direction * planes.spacing_mm[1]]
    )
    steps = steps_mm @ inverse[:3, :3].T  # in voxels: to the next row, to the next column
    whole = _whole_steps(steps, planes.shape)
    first = planes.positions_mm @ inverse[:3, :3].T + inverse[:3, 3]
    # The last pixels lie furthest from where whole steps take them; the first ones from whole voxels.
    reach = np.array([[r, c] for r in (0, planes.shape[0] - 1) for c in (0, planes.shape[1] - 1)], float)
    along = np.abs(reach @ (steps - whole)).max()
    if along > tolerance:
        raise GeometryMismatch(_say_other_pixels(planes, grid))
    places = np.rint(first)
    beside = float(np.abs((first - places)[:, None] + (reach @ (steps - whole))[None]).max())
    if beside > tolerance:
        raise GeometryMismatch(
            f"The segmentation's frames lie up to {beside:.2g} voxels beside the voxels of the grid; read it "
            "on its own grid, or resample it."
        )
    row_axis, column_axis = np.abs(whole).argmax(axis=1).tolist()
    slice_axis = 3 - row_axis - column_axis
    turn = Turn((slice_axis, row_axis, column_axis), (True, whole[0].sum() > 0, whole[1].sum() > 0))
    return LaidPlanes(turn, turn.indices(places.astype(np.int64), grid.shape))


def _whole_steps(steps: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the (2, 3) steps of one voxel, each along an axis, nearest to those of rows and columns."""
    # A direction that is never gone along may be any; the other one chooses first.
    first = 0 if shape[0] > 1 or shape[1] == 1 else 1
    whole = np.zeros((2, 3))
    axis = int(np.abs(steps[first]).argmax())
    whole[first, axis] = np.sign(steps[first, axis])
    left = np.abs(steps[1 - first])
    left[axis] = -1
    other = int(left.argmax())
    whole[1 - first, other] = 1 if steps[1 - first, other] >= 0 else -1
    return whole


def _say_other_pixels(planes: Planes, grid: Geometry) -> str:
    axes = grid.index_to_lps[:3, :3] / np.array(grid.spacing_mm)
    cosines = np.abs(np.stack([planes.column_direction, planes.row_direction]) @ axes)
    mine, theirs = planes.spacing_mm, np.array(grid.spacing_mm)[cosines.argmax(axis=1)]
    if cosines.max(axis=1).min() < 1 - 1e-6:
        return (
            "The rows and columns of the segmentation run in other directions than the axes of the grid; "
            "read it on its own grid, or resample it."
        )
    return (
        f"The segmentation's pixels are {mine[0]:.6g} x {mine[1]:.6g} mm and the grid's {theirs[0]:.6g} x "
        f"{theirs[1]:.6g} mm; read it on its own grid, or resample it."
    )
