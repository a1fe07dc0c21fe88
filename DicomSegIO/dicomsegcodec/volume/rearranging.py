"""Grids cut, turned, reordered and padded: the same voxels at the same places, never resampled."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np

from ..enums import AxisHandedness, PadModes
from ..errors import ArgumentError, ArgumentTypeError, GeometryMismatch
from ..orientation import Orientation, get_closest_patient_orientation, read_orientation, steps_to
from .grid import Grid, same_frame_of_reference


class RearrangeableGrid(Grid):
    """A grid whose voxels can be taken in another order, in part, or with more around them.

    Every method returns a new object; arrays are views of the old one's wherever NumPy can.
    """

    @abstractmethod
    def __getitem__(self, index: int | slice | tuple[int | slice, ...]) -> Self:
        """Return a part, at its place; all three axes stay.

        Parameters
        ----------
        index : int, slice, or tuple of them
            Slices, rows, columns as NumPy takes them; also backwards and with steps.

        Raises
        ------
        OutOfRange
            It reaches beyond the grid, or leaves nothing; also an IndexError.
        """

    @abstractmethod
    def permute_spatial_axes(self, indices: Sequence[int]) -> Self:
        """Return the grid with its spatial axes in another order: `indices` is a permutation of 0, 1, 2."""

    @abstractmethod
    def pad(
        self,
        pad_width: int | Sequence[int] | Sequence[Sequence[int]],
        *,
        mode: PadModes | str = PadModes.CONSTANT,
        constant_value: float = 0.0,
        per_channel: bool = False,
    ) -> Self:
        """Return the grid with more voxels around it.

        Parameters
        ----------
        pad_width : int, (before, after), 3 of (n,) or 3 of (before, after)
            Voxels on all sides; before and after on all axes; or for each axis.
        mode : PadModes or str
            What the voxels hold: `constant_value`, what is at the edge, or a statistic of the whole array.
        per_channel : bool
            Take the statistic of each channel for itself.

        Raises
        ------
        ArgumentError
        """

    # Axes

    def swap_spatial_axes(self, axis_1: int, axis_2: int) -> Self:
        """Return the grid with two of its axes (0, 1 or 2) exchanged."""
        order = [0, 1, 2]
        if axis_1 == axis_2 or not {axis_1, axis_2} <= {0, 1, 2}:
            raise ArgumentError(f"Axes {axis_1} and {axis_2} cannot be exchanged; give two of 0, 1 and 2.")
        order[axis_1], order[axis_2] = axis_2, axis_1
        return self.permute_spatial_axes(order)

    def flip_spatial(self, axes: int | Sequence[int]) -> Self:
        """Return the grid counted from the other end along these axes (0, 1 or 2)."""
        flipped = {axes} if isinstance(axes, int) else set(axes)
        if not flipped <= {0, 1, 2}:
            raise ArgumentError(f"Axes {axes} cannot be flipped; the spatial axes are 0, 1 and 2.")
        return self[tuple(slice(None, None, -1 if axis in flipped else 1) for axis in range(3))]

    def ensure_handedness(
        self,
        handedness: AxisHandedness | str,
        *,
        flip_axis: int | None = None,
        swap_axes: Sequence[int] | None = None,
    ) -> Self:
        """Return the grid with axes of this handedness: itself, or flipped or with two axes exchanged.

        Raises
        ------
        ArgumentTypeError
            Not exactly one of `flip_axis` and `swap_axes` is given.
        """
        if (flip_axis is None) == (swap_axes is None):
            raise ArgumentTypeError("Give either flip_axis or swap_axes.")
        if AxisHandedness(handedness) is self.handedness:
            return self
        if flip_axis is not None:
            return self.flip_spatial(flip_axis)
        if swap_axes is None or len(swap_axes) != 2:
            raise ArgumentError(f"swap_axes is {swap_axes}; give two axes.")
        return self.swap_spatial_axes(*swap_axes)

    def to_patient_orientation(self, patient_orientation: str | Sequence[str]) -> Self:
        """Return the grid with axes that run as nearly as possible towards these sides, as "FPL".

        Raises
        ------
        GeometryMismatch
            The grid lies on a slide; also a RuntimeError.
        """
        return self._turned(self.get_closest_patient_orientation(), read_orientation(patient_orientation))

    def match_orientation(self, other: Grid) -> Self:
        """Return the grid with axes that run as nearly as possible as those of another one."""
        _check_grid(other)
        mine, theirs = (get_closest_patient_orientation(grid.affine) for grid in (self, other))
        return self._turned(mine, theirs)

    def _turned(self, current: Orientation, wanted: Orientation) -> Self:
        flips, order = steps_to(current, wanted)
        return (self.flip_spatial(flips) if flips else self).permute_spatial_axes(order)

    # Sizes

    def crop_to_spatial_shape(self, spatial_shape: Sequence[int]) -> Self:
        """Return the middle part of this shape; of an odd rest, one voxel more is cut off at the end."""
        wanted = self._sizes(spatial_shape)
        if any(new > old for new, old in zip(wanted, self.spatial_shape, strict=True)):
            raise ArgumentError(f"{wanted} voxels cannot be cut out of {self.spatial_shape}.")
        return self._middle(wanted)

    def pad_to_spatial_shape(
        self,
        spatial_shape: Sequence[int],
        *,
        mode: PadModes | str = PadModes.CONSTANT,
        constant_value: float = 0.0,
        per_channel: bool = False,
    ) -> Self:
        """Return the grid in the middle of one of this shape; the rest is as for `pad`."""
        wanted = self._sizes(spatial_shape)
        if any(new < old for new, old in zip(wanted, self.spatial_shape, strict=True)):
            raise ArgumentError(f"{self.spatial_shape} voxels cannot be padded to {wanted}.")
        return self._padded_to(wanted, mode, constant_value, per_channel)

    def pad_or_crop_to_spatial_shape(
        self,
        spatial_shape: Sequence[int],
        *,
        mode: PadModes | str = PadModes.CONSTANT,
        constant_value: float = 0.0,
        per_channel: bool = False,
    ) -> Self:
        """Return the grid cropped where it is too long and padded where it is too short, about its middle."""
        wanted = self._sizes(spatial_shape)
        smaller = [min(new, old) for new, old in zip(wanted, self.spatial_shape, strict=True)]
        return self._middle(smaller)._padded_to(wanted, mode, constant_value, per_channel)

    def _sizes(self, spatial_shape: Sequence[int]) -> list[int]:
        if len(spatial_shape) != 3 or min(spatial_shape) < 1:
            raise ArgumentError(f"A spatial shape of {tuple(spatial_shape)}; it needs three sizes above 0.")
        return [int(n) for n in spatial_shape]

    def _middle(self, wanted: Sequence[int]) -> Self:
        starts = [(old - new) // 2 for new, old in zip(wanted, self.spatial_shape, strict=True)]
        return self[tuple(slice(start, start + new) for start, new in zip(starts, wanted, strict=True))]

    def _padded_to(
        self, wanted: Sequence[int], mode: PadModes | str, constant_value: float, per_channel: bool
    ) -> Self:
        missing = [new - old for new, old in zip(wanted, self.spatial_shape, strict=True)]
        widths = [(n // 2, n - n // 2) for n in missing]
        return self.pad(widths, mode=mode, constant_value=constant_value, per_channel=per_channel)

    # Another grid

    def match_geometry(
        self,
        other: Grid,
        *,
        mode: PadModes | str = PadModes.CONSTANT,
        constant_value: float = 0.0,
        per_channel: bool = False,
        tol: float = 1e-5,
    ) -> Self:
        """Return the voxels of another grid: reordered, flipped, cropped and padded, but never resampled.

        The other grid may also take every second, third and so on voxel along an axis.

        Parameters
        ----------
        other : Volume or VolumeGeometry
        mode, constant_value, per_channel
            What voxels outside of this grid hold, as for `pad`.
        tol : float
            How far, in voxels, a step or the first voxel may be beside a whole number.

        Raises
        ------
        GeometryMismatch
            Voxels of the other grid lie between those of this one, or it is another frame of reference or
            coordinate system; also a RuntimeError.
        """
        _check_grid(other)
        if self.coordinate_system is not other.coordinate_system or not same_frame_of_reference(self, other):
            raise GeometryMismatch(
                f"The grids lie in {self.coordinate_system} {self.frame_of_reference_uid} and in "
                f"{other.coordinate_system} {other.frame_of_reference_uid}; register one to the other first."
            )
        order, steps, start = _whole_steps(self, other, tol)
        turned = self.permute_spatial_axes(order)
        first = [start[axis] for axis in order]
        last = [a + step * (n - 1) for a, step, n in zip(first, steps, other.spatial_shape, strict=True)]
        widths = [
            (max(0, -min(a, z)), max(0, max(a, z) - (n - 1)))
            for a, z, n in zip(first, last, turned.spatial_shape, strict=True)
        ]
        if any(before or after for before, after in widths):
            turned = turned.pad(widths, mode=mode, constant_value=constant_value, per_channel=per_channel)
        picked = []
        for a, z, step, (before, _after) in zip(first, last, steps, widths, strict=True):
            end = z + before + (1 if step > 0 else -1)
            picked.append(slice(a + before, end if end >= 0 else None, step))
        return turned[tuple(picked)]


def _check_grid(other: object) -> None:
    if not isinstance(other, Grid):
        raise ArgumentTypeError(f"A Volume or VolumeGeometry is needed, not {type(other).__name__}.")


def _whole_steps(grid: Grid, other: Grid, tolerance: float) -> tuple[list[int], list[int], list[int]]:
    """Return along which axis of `grid` each of `other` runs, in which steps, and where `other` begins."""
    steps = grid.inverse_affine @ other.affine
    whole = np.rint(steps)
    order = np.abs(whole[:3, :3]).argmax(axis=0).tolist()
    along = whole[order, range(3)].astype(int).tolist()
    alone = np.zeros((3, 3))
    alone[order, range(3)] = along
    if sorted(order) != [0, 1, 2] or 0 in along or np.abs(steps[:3, :3] - alone).max() > tolerance:
        raise GeometryMismatch(
            f"Voxels of {_sizes(other)} are not those of a grid of {_sizes(grid)}: a step is "
            f"{np.round(steps[:3, :3].T, 6).tolist()} of its voxels. Resample one to the other first."
        )
    if np.abs(steps[:3, 3] - whole[:3, 3]).max() > tolerance:
        raise GeometryMismatch(
            f"The other grid begins between voxels, at {np.round(steps[:3, 3], 6).tolist()}; resample one to "
            "the other first."
        )
    return order, along, whole[:3, 3].astype(int).tolist()


def _sizes(grid: Grid) -> str:
    return " x ".join(f"{mm:.6g}" for mm in grid.spacing) + " mm"
