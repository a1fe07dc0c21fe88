"""The frames of an image, as they are stored and in the modality's units."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from .enums import CoordinateSystemNames
from .errors import ArgumentError
from .index_ranges import frame_index, frame_indices


class ImageFrames(Dataset):
    """A data set of an image with its frames at hand."""

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
