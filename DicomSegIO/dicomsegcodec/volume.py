"""Arrays on a regular grid in space."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self

import numpy as np

from .errors import ArgumentError
from .geometry import DIRECTION_TOLERANCE, Geometry


class CoordinateSystemNames(StrEnum):
    """What a position refers to."""

    PATIENT = "PATIENT"
    SLIDE = "SLIDE"


class DimensionOrganizationTypeValues(StrEnum):
    """How frames are ordered, Dimension Organization Type (0020,9311), PS3.3 C.7.6.17.1."""

    THREE_DIMENSIONAL = "3D"
    THREE_DIMENSIONAL_TEMPORAL = "3D_TEMPORAL"
    TILED_FULL = "TILED_FULL"
    TILED_SPARSE = "TILED_SPARSE"


class Volume:
    """An array whose first three axes are slice, row and column of a regular grid.

    Parameters
    ----------
    array : (slices, rows, columns) or (slices, rows, columns, channels) array
    affine : (4, 4) array
        Takes (slice, row, column, 1) to the voxel's centre, mm, LPS.
    coordinate_system : CoordinateSystemNames or str
    frame_of_reference_uid : str, optional
    channels : tuple of int, optional
        Segment Numbers of the channels.
    """

    def __init__(
        self,
        array: np.ndarray,
        affine: np.ndarray,
        coordinate_system: CoordinateSystemNames | str = CoordinateSystemNames.PATIENT,
        frame_of_reference_uid: str | None = None,
        channels: Sequence[int] | None = None,
    ) -> None:
        self._array = np.asarray(array)
        self._affine = np.array(affine, np.float64)
        if self._affine.shape != (4, 4) or not np.array_equal(self._affine[3], [0, 0, 0, 1]):
            raise ArgumentError("The affine must be 4 x 4 with the last row 0, 0, 0, 1.")
        if self._array.ndim != (3 if channels is None else 4):
            raise ArgumentError(
                f"The array has {self._array.ndim} axes; a volume has 3, or 4 where its channels are named."
            )
        if channels is not None and len(channels) != self._array.shape[3]:
            raise ArgumentError(
                f"{len(channels)} channels are named and the array has {self._array.shape[3]}."
            )
        self.coordinate_system = CoordinateSystemNames(coordinate_system)
        self.frame_of_reference_uid = frame_of_reference_uid
        self.channels = None if channels is None else tuple(channels)

    @classmethod
    def from_components(
        cls,
        array: np.ndarray,
        *,
        spacing: Sequence[float] | float,
        direction: np.ndarray,
        position: Sequence[float],
        coordinate_system: CoordinateSystemNames | str = CoordinateSystemNames.PATIENT,
        frame_of_reference_uid: str | None = None,
        channels: Sequence[int] | None = None,
    ) -> Self:
        """Return a volume from what its affine is made of.

        Parameters
        ----------
        spacing : float or 3 floats
            Between slices, rows and columns, mm.
        direction : (3, 3) array
            Its columns are the unit vectors along the slice, row and column index.
        position : 3 floats
            Centre of voxel (0, 0, 0), mm, LPS.
        """
        axes = np.asarray(direction, np.float64).reshape(3, 3)
        if np.abs(axes.T @ axes - np.eye(3)).max() > DIRECTION_TOLERANCE:
            raise ArgumentError("The columns of the direction must be perpendicular unit vectors.")
        affine = np.eye(4)
        affine[:3, :3] = axes * np.broadcast_to(np.asarray(spacing, np.float64), 3)
        affine[:3, 3] = position
        return cls(array, affine, coordinate_system, frame_of_reference_uid, channels)

    @property
    def array(self) -> np.ndarray:
        return self._array

    @property
    def affine(self) -> np.ndarray:
        """(4, 4) float64: (slice, row, column, 1) to mm, LPS."""
        return self._affine.copy()

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    @property
    def dtype(self) -> np.dtype:
        return self._array.dtype

    @property
    def spatial_shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        slices, rows, columns = self._array.shape[:3]
        return slices, rows, columns

    @property
    def geometry(self) -> Geometry:
        return Geometry(self.affine, self.spatial_shape, self.frame_of_reference_uid or "")

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Between slices, rows and columns, mm."""
        return self.geometry.spacing_mm

    @property
    def direction(self) -> np.ndarray:
        """(3, 3): unit vectors along the slice, row and column index, as columns."""
        return self._affine[:3, :3] / np.array(self.spacing)

    @property
    def position(self) -> tuple[float, float, float]:
        """Centre of voxel (0, 0, 0), mm, LPS."""
        x, y, z = self._affine[:3, 3].tolist()
        return x, y, z

    def __repr__(self) -> str:
        return f"Volume({' x '.join(map(str, self.shape))} {self.dtype}, spacing {self.spacing} mm)"
