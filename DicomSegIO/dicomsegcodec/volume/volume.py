"""An array of voxels on a regular grid in space."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from ..enums import CoordinateSystemNames, PadModes
from ..errors import ArgumentError
from ..geometry import Index
from .channelled import ChannelledGrid
from .channels import Channels, read_channels
from .components import affine_from_attributes, affine_from_components, of_patient
from .geometry import VolumeGeometry
from .indexing import checked_order, checked_slices, checked_widths, starting_before
from .padding import pad_array

PATIENT = CoordinateSystemNames.PATIENT


class Volume(ChannelledGrid):
    """An array whose first three axes are slice, row and column of a regular grid.

    The array is not copied: what is written into it is seen here, and parts of a volume share it.

    Parameters
    ----------
    array : (slices, rows, columns) array of numbers or bool, or with further axes for channels
    affine : (4, 4) array
        Takes (slice, row, column, 1) to the voxel's centre, mm, LPS.
    coordinate_system : CoordinateSystemNames or str
    frame_of_reference_uid : str, optional
    channels : mapping of ChannelDescriptor, keyword or tag to the values along its axis, optional
        One for each further axis, in their order. A sequence of int is Segment Numbers.
    from_reference_convention : str, optional
        Convention of the affine's coordinates if they are not LPS, for instance RAS as in NIfTI.

    Raises
    ------
    ArgumentError
        Shape, type, affine and channels do not fit together.
    """

    def __init__(
        self,
        array: np.ndarray,
        affine: np.ndarray,
        coordinate_system: CoordinateSystemNames | str = PATIENT,
        frame_of_reference_uid: str | None = None,
        channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None" = None,
        from_reference_convention: str | Sequence[str] | None = None,
    ) -> None:
        super().__init__(affine, coordinate_system, frame_of_reference_uid, from_reference_convention)
        self._array = _checked_array(array)
        self._channels: Channels = read_channels(channels, self._array.shape[3:])

    @classmethod
    def from_components(
        cls,
        array: np.ndarray,
        *,
        spacing: Sequence[float] | float,
        coordinate_system: CoordinateSystemNames | str = PATIENT,
        position: Sequence[float] | None = None,
        center_position: Sequence[float] | None = None,
        direction: Sequence[float] | np.ndarray | None = None,
        patient_orientation: str | Sequence[str] | None = None,
        frame_of_reference_uid: str | None = None,
        channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None" = None,
        from_reference_convention: str | Sequence[str] | None = None,
    ) -> Self:
        """Return a volume from what its affine is made of.

        Parameters
        ----------
        spacing : float or 3 floats
            Between slices, rows and columns, mm.
        position : 3 floats
            Centre of voxel (0, 0, 0), mm, LPS; or, instead, `center_position`, that of the whole volume.
        direction : (3, 3) array
            Its columns are the unit vectors along the slice, row and column index; or, instead,
            `patient_orientation`, the sides that the axes run towards, as "FPL".

        Raises
        ------
        ArgumentTypeError
            Both or neither of two alternatives are given; also a TypeError.
        ArgumentError
            Spacings are not positive, or the directions not perpendicular unit vectors; also a ValueError.
        """
        affine = affine_from_components(
            np.shape(array)[:3],
            spacing=spacing,
            position=position,
            center_position=center_position,
            direction=direction,
            patient_orientation=of_patient(patient_orientation, coordinate_system),
        )
        return cls(
            array, affine, coordinate_system, frame_of_reference_uid, channels, from_reference_convention
        )

    @classmethod
    def from_attributes(
        cls,
        *,
        array: np.ndarray,
        image_position: Sequence[float],
        image_orientation: Sequence[float],
        pixel_spacing: Sequence[float],
        spacing_between_slices: float,
        coordinate_system: CoordinateSystemNames | str = PATIENT,
        frame_of_reference_uid: str | None = None,
        channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None" = None,
    ) -> Self:
        """Return the volume of frames stacked so that (slice, row, column) is right-handed; PS3.3 C.7.6.2.

        Parameters
        ----------
        image_position : 3 floats
            Of the first frame, mm.
        image_orientation : 6 floats
            Unit vectors along a row and along a column.
        pixel_spacing : (between rows, between columns)
            mm.
        spacing_between_slices : float
            mm.
        """
        affine = affine_from_attributes(
            image_position, image_orientation, pixel_spacing, spacing_between_slices
        )
        return cls(array, affine, coordinate_system, frame_of_reference_uid, channels)

    @classmethod
    def from_simpleitk(
        cls,
        simpleitk_image: Any,
        coordinate_system: CoordinateSystemNames | str = PATIENT,
        frame_of_reference_uid: str | None = None,
    ) -> Self:
        """Return a 3-D image as a volume; see `simpleitk.array_and_affine` for the order of axes."""
        from .simpleitk import array_and_affine

        array, affine = array_and_affine(simpleitk_image)
        return cls(array, affine, coordinate_system, frame_of_reference_uid)

    def to_simpleitk(self) -> Any:
        """Return the volume as an image; see `simpleitk.image_of` for the order of axes."""
        from .simpleitk import image_of

        if self._channels:
            raise ArgumentError(
                f"A volume with channels ({list(self._channels)}) is no image of SimpleITK; take one with "
                "get_channel."
            )
        return image_of(self._array, self._affine)

    # The array

    @property
    def array(self) -> np.ndarray:
        """The voxels; may be replaced by an array of the same shape."""
        return self._array

    @array.setter
    def array(self, value: np.ndarray) -> None:
        if np.shape(value) != self.shape:
            raise ArgumentError(f"The array has the shape {np.shape(value)}; the volume's is {self.shape}.")
        self._array = _checked_array(value)

    @property
    def shape(self) -> tuple[int, ...]:
        """(slices, rows, columns) and the sizes of the channels."""
        return self._array.shape

    @property
    def spatial_shape(self) -> Index:
        slices, rows, columns = self._array.shape[:3]
        return slices, rows, columns

    @property
    def ndim(self) -> int:
        """3, and one more for each channel."""
        return self._array.ndim

    @property
    def dtype(self) -> np.dtype:
        """Of the voxels."""
        return self._array.dtype

    def get_geometry(self) -> VolumeGeometry:
        """Return the grid without its voxels."""
        return VolumeGeometry(
            self._affine, self.spatial_shape, self._coordinate_system, self._frame_of_reference_uid
        )

    def copy(self) -> Self:
        """Return the volume with an array of its own."""
        return self._with(self._array.copy(), self._affine)

    def with_array(
        self, array: np.ndarray, channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None" = None
    ) -> Self:
        """Return the volume with other voxels.

        Parameters
        ----------
        channels
            As for the constructor; those of this volume when omitted, if the array has axes for them.

        Raises
        ------
        ArgumentError
        """
        if np.shape(array)[:3] != self.spatial_shape:
            raise ArgumentError(
                f"The array has the shape {np.shape(array)}; the grid has {self.spatial_shape} voxels."
            )
        if channels is None and np.ndim(array) > 3:
            channels = self._channels
        return self._with(array, self._affine, channels or {})

    def astype(self, dtype: Any) -> Self:
        """Return the volume with voxels of another type.

        Raises
        ------
        ArgumentError
            The type cannot hold a value, or `bool` is asked for and there are values other than 0 and 1.
        """
        target = np.dtype(dtype)
        if target.kind == "b":
            low, high = 0.0, 1.0
            fits = bool(((self._array == 0) | (self._array == 1)).all())
        else:
            if target.kind not in "uif":
                raise ArgumentError(f"Voxels of type {target}; known are bool, integers and floats.")
            limits = np.finfo(target) if target.kind == "f" else np.iinfo(target)
            low, high = limits.min, limits.max
            fits = not self._array.size or bool(self._array.min() >= low and self._array.max() <= high)
        if not fits:
            raise ArgumentError(
                f"Values from {self._array.min()} to {self._array.max()} cannot be held by {target}, from "
                f"{low} to {high}."
            )
        return self._with(self._array.astype(target), self._affine)

    def clip(self, a_min: float | None, a_max: float | None) -> Self:
        """Return the volume with values cut to a range; None is no limit."""
        return self._with(np.clip(self._array, a_min, a_max), self._affine)

    # Order and extent

    def __getitem__(self, index: int | slice | tuple[int | slice, ...]) -> Self:
        slices, _shape, picked = checked_slices(index, self.spatial_shape)
        return self._with(self._array[slices], self._affine @ picked)

    def permute_spatial_axes(self, indices: Sequence[int]) -> Self:
        order = checked_order(indices)
        array = self._array.transpose(*order, *range(3, self._array.ndim))
        return self._with(array, self._affine[:, [*order, 3]])

    def pad(
        self,
        pad_width: int | Sequence[int] | Sequence[Sequence[int]],
        *,
        mode: PadModes | str = PadModes.CONSTANT,
        constant_value: float = 0.0,
        per_channel: bool = False,
    ) -> Self:
        widths = checked_widths(pad_width)
        array = pad_array(self._array, widths, mode, constant_value, per_channel)
        return self._with(array, starting_before(self._affine, widths))

    def _with(
        self,
        array: np.ndarray,
        affine: np.ndarray,
        channels: "Mapping[Any, Sequence[Any]] | Sequence[int] | None" = None,
    ) -> Self:
        kept = self._channels if channels is None else channels
        return self.__class__(array, affine, self._coordinate_system, self._frame_of_reference_uid, kept)

    def __repr__(self) -> str:
        return f"Volume({' x '.join(map(str, self.shape))} {self.dtype}, spacing {self.spacing} mm)"


def _checked_array(array: np.ndarray) -> np.ndarray:
    checked = np.asarray(array)
    if checked.ndim < 3 or checked.dtype.kind not in "buif" or 0 in checked.shape:
        raise ArgumentError(
            f"An array of shape {checked.shape} and type {checked.dtype}; a volume has slices, rows and "
            "columns of numbers or bool."
        )
    return checked
