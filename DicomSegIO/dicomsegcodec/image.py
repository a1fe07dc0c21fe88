"""Source images: pydicom data sets with their frames at hand, one by one and as a volume."""

import copy as copying
import os
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import InvalidDicomError

from .enums import CoordinateSystemNames
from .errors import ArgumentTypeError, FileMissing, IrregularPlanes, NotDicom, SourceError
from .geometry import Geometry
from .image_frames import ImageFrames
from .index_ranges import IndexRanges
from .placement import same_places
from .regularity import Regularity
from .slide_grid import matrix_grid
from .slides import SlideTiles
from .sources import SourceImages

if TYPE_CHECKING:
    from .volume import Volume, VolumeGeometry


class Image(ImageFrames):
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
