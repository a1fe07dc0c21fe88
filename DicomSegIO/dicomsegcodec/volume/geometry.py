"""A regular grid in space without voxel values."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..enums import CoordinateSystemNames, PadModes
from ..errors import ArgumentError
from ..geometry import Index
from .components import affine_from_attributes, affine_from_components, of_patient
from .indexing import checked_order, checked_slices, checked_widths, starting_before
from .rearranging import RearrangeableGrid

if TYPE_CHECKING:
    from .volume import Volume

PATIENT = CoordinateSystemNames.PATIENT


class VolumeGeometry(RearrangeableGrid):
    """A regular grid without voxel values.

    Parameters
    ----------
    affine : (4, 4) array
        Takes (slice, row, column, 1) to the voxel's centre, mm, LPS.
    spatial_shape : (slices, rows, columns)
    coordinate_system : CoordinateSystemNames or str
    frame_of_reference_uid : str, optional
    from_reference_convention : str, optional
        Convention of the affine's coordinates if they are not LPS, for instance RAS as in NIfTI.
    """

    def __init__(
        self,
        affine: np.ndarray,
        spatial_shape: Sequence[int],
        coordinate_system: CoordinateSystemNames | str = PATIENT,
        frame_of_reference_uid: str | None = None,
        from_reference_convention: str | Sequence[str] | None = None,
    ) -> None:
        super().__init__(affine, coordinate_system, frame_of_reference_uid, from_reference_convention)
        if len(spatial_shape) != 3 or min(spatial_shape) < 1:
            raise ArgumentError(f"A spatial shape of {tuple(spatial_shape)}; it needs three sizes above 0.")
        slices, rows, columns = (int(n) for n in spatial_shape)
        self._spatial_shape = (slices, rows, columns)

    @classmethod
    def from_components(
        cls,
        spatial_shape: Sequence[int],
        *,
        spacing: Sequence[float] | float,
        coordinate_system: CoordinateSystemNames | str = PATIENT,
        position: Sequence[float] | None = None,
        center_position: Sequence[float] | None = None,
        direction: Sequence[float] | np.ndarray | None = None,
        patient_orientation: str | Sequence[str] | None = None,
        frame_of_reference_uid: str | None = None,
        from_reference_convention: str | Sequence[str] | None = None,
    ) -> Self:
        """Return a grid from what its affine is made of; parameters are those of `Volume.from_components`."""
        affine = affine_from_components(
            spatial_shape,
            spacing=spacing,
            position=position,
            center_position=center_position,
            direction=direction,
            patient_orientation=of_patient(patient_orientation, coordinate_system),
        )
        return cls(
            affine, spatial_shape, coordinate_system, frame_of_reference_uid, from_reference_convention
        )

    @classmethod
    def from_attributes(
        cls,
        *,
        image_position: Sequence[float],
        image_orientation: Sequence[float],
        rows: int,
        columns: int,
        pixel_spacing: Sequence[float],
        spacing_between_slices: float,
        number_of_frames: int,
        coordinate_system: CoordinateSystemNames | str = PATIENT,
        frame_of_reference_uid: str | None = None,
    ) -> Self:
        """Return the grid of frames stacked from one with these attributes; see `Volume.from_attributes`."""
        affine = affine_from_attributes(
            image_position, image_orientation, pixel_spacing, spacing_between_slices
        )
        shape = (number_of_frames, rows, columns)
        return cls(affine, shape, coordinate_system, frame_of_reference_uid)

    @property
    def spatial_shape(self) -> Index:
        return self._spatial_shape

    @property
    def shape(self) -> Index:
        """(slices, rows, columns)."""
        return self._spatial_shape

    @property
    def ndim(self) -> int:
        """3."""
        return 3

    def copy(self) -> Self:
        """Return a grid of its own."""
        return self._with(self._affine, self._spatial_shape)

    def with_array(
        self, array: np.ndarray, channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None" = None
    ) -> "Volume":
        """Return the grid with voxels, an array of its spatial shape; `channels` as for `Volume`.

        Raises
        ------
        ArgumentError
        """
        from .volume import Volume

        if np.shape(array)[:3] != self._spatial_shape:
            raise ArgumentError(
                f"The array has the shape {np.shape(array)}; the grid has {self._spatial_shape} voxels."
            )
        return Volume(array, self._affine, self._coordinate_system, self._frame_of_reference_uid, channels)

    def __getitem__(self, index: int | slice | tuple[int | slice, ...]) -> Self:
        _slices, shape, picked = checked_slices(index, self._spatial_shape)
        return self._with(self._affine @ picked, shape)

    def permute_spatial_axes(self, indices: Sequence[int]) -> Self:
        order = checked_order(indices)
        return self._with(self._affine[:, [*order, 3]], [self._spatial_shape[axis] for axis in order])

    def pad(
        self,
        pad_width: int | Sequence[int] | Sequence[Sequence[int]],
        *,
        mode: PadModes | str = PadModes.CONSTANT,
        constant_value: float = 0.0,
        per_channel: bool = False,
    ) -> Self:
        widths = checked_widths(pad_width)
        shape = [n + before + after for n, (before, after) in zip(self._spatial_shape, widths, strict=True)]
        return self._with(starting_before(self._affine, widths), shape)

    def _with(self, affine: np.ndarray, shape: Sequence[int]) -> Self:
        return self.__class__(affine, shape, self._coordinate_system, self._frame_of_reference_uid)

    def __repr__(self) -> str:
        return f"VolumeGeometry({' x '.join(map(str, self.shape))}, spacing {self.spacing} mm)"
