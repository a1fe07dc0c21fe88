"""Source images: pydicom data sets with their frames at hand, in the modality's units."""

import copy as copying
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from .enums import CoordinateSystemNames
from .errors import ArgumentError, ArgumentTypeError, FileMissing, IrregularPlanes, NotDicom, SourceError
from .geometry import Geometry
from .index_ranges import IndexRanges, frame_index, frame_indices
from .placement import same_places
from .regularity import Regularity
from .slide_grid import matrix_grid
from .slides import SlideTiles
from .sources import SourceImages

if TYPE_CHECKING:
    from .volume import Volume, VolumeGeometry


class Image(Dataset):
    """An image of any modality: a pydicom Dataset with its frames at hand."""

    @classmethod
    def from_dataset(cls, dataset: Dataset, copy: bool = True) -> Self:
        """Return a data set as an image.

        Parameters
        ----------
        copy : bool
            Leave `dataset` as it is; otherwise the image shares its elements.

        Raises
        ------
        ArgumentTypeError
            It is no pydicom Dataset.
        """
        if not isinstance(dataset, Dataset):
            raise ArgumentTypeError(f"A pydicom Dataset is needed, not {type(dataset).__name__}.")
        own = copying.deepcopy(dataset) if copy else dataset
        image = cls(own)
        for name in ("file_meta", "preamble"):
            if hasattr(own, name):
                setattr(image, name, getattr(own, name))
        implicit, little = own.original_encoding
        image.set_original_encoding(implicit, little, own.original_character_set)
        return image

    @property
    def number_of_frames(self) -> int:
        """1 for a single-frame image."""
        return int(self.get("NumberOfFrames") or 1)

    @property
    def is_tiled(self) -> bool:
        """Whether the frames are tiles of a total pixel matrix."""
        return bool(self.get("TotalPixelMatrixRows"))

    @property
    def coordinate_system(self) -> CoordinateSystemNames | None:
        """What the image's positions refer to; None for an image without a frame of reference."""
        if not self.get("FrameOfReferenceUID"):
            return None
        on_slide = self.is_tiled or self.get("ImageOrientationSlide")
        return CoordinateSystemNames.SLIDE if on_slide else CoordinateSystemNames.PATIENT

    @property
    def transfer_syntax_uid(self) -> UID:
        """How the pixels are stored, PS3.6 Annex A."""
        return self.file_meta.TransferSyntaxUID

    # Frames

    def get_stored_frame(self, frame_number: int, as_index: bool = False) -> np.ndarray:
        """Return one frame as it is stored.

        Parameters
        ----------
        frame_number : int
            From 1, or from 0 if `as_index`.

        Returns
        -------
        (rows, columns) array; colour images (rows, columns, samples)

        Raises
        ------
        OutOfRange
            There is no such frame; also a ValueError and an IndexError.
        """
        return pixel_array(self, index=frame_index(frame_number, self.number_of_frames, as_index=as_index))

    def get_stored_frames(
        self, frame_numbers: Iterable[int] | None = None, as_indices: bool = False
    ) -> np.ndarray:
        """Return frames as they are stored, all of them if none are named, stacked along the first axis."""
        indices = frame_indices(frame_numbers, self.number_of_frames, as_indices=as_indices)
        return np.stack([pixel_array(self, index=index) for index in indices])

    def get_frame(
        self,
        frame_number: int,
        as_index: bool = False,
        *,
        dtype: Any = None,
        apply_modality_transform: bool | None = None,
    ) -> np.ndarray:
        """Return one frame in the modality's units, for instance Hounsfield; PS3.3 C.11.1 and C.7.6.16.2.9.

        Parameters
        ----------
        frame_number : int
            From 1, or from 0 if `as_index`.
        dtype : dtype, optional
            float64 when omitted; colour images keep theirs.
        apply_modality_transform : bool, optional
            True asks for the transform, False for stored values, None takes it where there is one.

        Returns
        -------
        (rows, columns) array; colour images (rows, columns, samples), as stored

        Raises
        ------
        OutOfRange
            There is no such frame; also a ValueError and an IndexError.
        ArgumentError
            The transform is asked for and absent, or `dtype` cannot hold a value.
        """
        index = frame_index(frame_number, self.number_of_frames, as_index=as_index)
        stored = pixel_array(self, index=index)
        transform = None if apply_modality_transform is False else self._modality_transform(index)
        if transform is None and apply_modality_transform:
            raise ArgumentError("The image has no modality transform; leave apply_modality_transform out.")
        if stored.ndim > 2 or int(self.get("SamplesPerPixel") or 1) > 1:
            return stored if dtype is None else _cast(stored, dtype)
        values = stored if transform is None else apply_modality_lut(stored, transform)
        return _cast(values, np.float64 if dtype is None else dtype)

    def get_frames(
        self,
        frame_numbers: Iterable[int] | None = None,
        as_indices: bool = False,
        *,
        dtype: Any = None,
        apply_modality_transform: bool | None = None,
    ) -> np.ndarray:
        """Return frames as `get_frame` does, all of them if none are named, stacked along the first axis."""
        indices = frame_indices(frame_numbers, self.number_of_frames, as_indices=as_indices)
        return np.stack(
            [
                self.get_frame(index, True, dtype=dtype, apply_modality_transform=apply_modality_transform)
                for index in indices
            ]
        )

    def _modality_transform(self, index: int) -> Dataset | None:
        """Return the data set that holds the transform of a frame, from 0."""
        frames = self.get("PerFrameFunctionalGroupsSequence")
        for groups in [
            *([frames[index]] if frames else []),
            *(self.get("SharedFunctionalGroupsSequence") or ()),
        ]:
            for item in groups.get("PixelValueTransformationSequence") or ():
                return item
        return self if "ModalityLUTSequence" in self or "RescaleSlope" in self else None

    # The whole

    def get_volume_geometry(
        self,
        *,
        rtol: float | None = None,
        atol: float | None = None,
        perpendicular_tol: float | None = None,
        allow_duplicate_positions: bool = True,
    ) -> "VolumeGeometry | None":
        """Return the grid that the frames lie on, or None if they lie on none.

        Frames are sorted so that slices, rows and columns are right-handed; of several frames at one place,
        as those of other times, one counts. Tiles of a slide are one slice, the total pixel matrix.

        Parameters
        ----------
        rtol, atol, perpendicular_tol
            As for `get_volume_from_series`.
        allow_duplicate_positions : bool
            Otherwise None where several frames are at one place.
        """
        from .volume import VolumeGeometry

        try:
            grid, order = self._grid(Regularity.of(rtol, atol, perpendicular_tol))
        except SourceError:
            return None
        if len(order) != self.number_of_frames and not self.is_tiled and not allow_duplicate_positions:
            return None
        system = self.coordinate_system or CoordinateSystemNames.PATIENT
        return VolumeGeometry(grid.index_to_lps, grid.shape, system, grid.frame_of_reference)

    def get_volume(
        self,
        *,
        slice_start: int | None = None,
        slice_end: int | None = None,
        row_start: int | None = None,
        row_end: int | None = None,
        column_start: int | None = None,
        column_end: int | None = None,
        as_indices: bool = False,
        dtype: Any = np.float64,
        apply_modality_transform: bool | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        perpendicular_tol: float | None = None,
    ) -> "Volume":
        """Return the frames of an image of the patient as a volume, right-handed.

        Parameters
        ----------
        slice_start, slice_end, row_start, row_end, column_start, column_end : int, optional
            Part of it: from 1, or from 0 if `as_indices`, the end one beyond the last; negative numbers count
            from the end.
        dtype, apply_modality_transform
            As for `get_frame`.
        rtol, atol, perpendicular_tol
            As for `get_volume_from_series`.

        Raises
        ------
        IrregularPlanes
            The frames lie on no regular grid; also a RuntimeError.
        SourceError
            They have no place, are tiles, or in colour.
        OutOfRange
            The part is not in it.
        """
        from .volume import Volume

        grid, order = self._grid(Regularity.of(rtol, atol, perpendicular_tol))
        if self.is_tiled or int(self.get("SamplesPerPixel") or 1) > 1:
            raise SourceError(
                "A volume needs frames of the patient with one value a pixel; this image has others."
            )
        if len(order) != self.number_of_frames:
            raise IrregularPlanes(
                f"{self.number_of_frames} frames lie at {len(order)} places, so several times or contrasts "
                "share a place; choose frames with get_frames."
            )
        ranges = IndexRanges(
            slice_start, slice_end, row_start, row_end, column_start, column_end, as_indices
        ).slices(grid.shape)
        part = Volume(_no_voxels(grid), grid.index_to_lps, "PATIENT", grid.frame_of_reference)[ranges]
        array = np.empty(part.spatial_shape, dtype)
        for out, index in zip(array, order[ranges[0]], strict=True):
            frame = self.get_frame(
                index, True, dtype=dtype, apply_modality_transform=apply_modality_transform
            )
            out[...] = frame[ranges[1:]]
        return part.with_array(array)

    def _grid(self, regularity: Regularity) -> tuple[Geometry, list[int]]:
        """Return the regular grid of the frames, and the frame, from 0, of each of its slices."""
        planes = SourceImages.of([self]).planes
        if isinstance(planes, SlideTiles):
            return matrix_grid(planes), [0]
        if not planes.located:
            raise SourceError("The image has no frame of reference, so its frames have no place in space.")
        order = same_places(planes)[0]
        return Geometry.of(planes.take(order), regularity), order


def _no_voxels(grid: Geometry) -> np.ndarray:
    """Return an array of the grid's shape that takes no memory."""
    return np.broadcast_to(np.zeros((), np.uint8), grid.shape)


def _cast(values: np.ndarray, dtype: Any) -> np.ndarray:
    """Return values as another type, exactly.

    Raises
    ------
    ArgumentError
    """
    target = np.dtype(dtype)
    if np.can_cast(values.dtype, target, "same_kind") and target.kind == "f":
        return values.astype(target, copy=False)
    with np.errstate(invalid="ignore"):  # what does not fit is found by comparing
        cast = values.astype(target)
    if not np.array_equal(cast, values):
        raise ArgumentError(
            f"Values from {values.min()} to {values.max()} cannot be held by {target}; choose a float dtype."
        )
    return cast


def imread(source: str | os.PathLike[str] | BinaryIO) -> Image:
    """Read an image from a file.

    Raises
    ------
    FileMissing, NotDicom
    """
    try:
        dataset: FileDataset = dcmread(source)
    except FileNotFoundError as error:
        raise FileMissing(f"There is no file {source}.") from error
    except InvalidDicomError as error:
        raise NotDicom(f"{source} is not a DICOM file.") from error
    return Image.from_dataset(dataset, copy=False)
