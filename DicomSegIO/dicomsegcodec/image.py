"""Source images as the specification page reads them."""

import os
from typing import BinaryIO, Self

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import apply_rescale
from pydicom.pixels.utils import pixel_array

from .errors import ArgumentError, FileMissing, NotDicom


class Image(Dataset):
    """An image of any modality: a pydicom Dataset with its frames at hand."""

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> Self:
        """Return a data set as an image; the elements are shared."""
        image = cls(dataset)
        for name in ("file_meta", "preamble"):
            if hasattr(dataset, name):
                setattr(image, name, getattr(dataset, name))
        implicit, little = dataset.original_encoding
        image.set_original_encoding(implicit, little, dataset.original_character_set)
        return image

    @property
    def number_of_frames(self) -> int:
        return int(self.get("NumberOfFrames") or 1)

    def get_frame(self, frame_number: int) -> np.ndarray:
        """Return one frame in real units: the stored values with the modality rescale applied, as float64.

        Parameters
        ----------
        frame_number : int
            From 1.

        Returns
        -------
        (rows, columns) float64 array; colour images (rows, columns, samples) as stored
        """
        if not 1 <= frame_number <= self.number_of_frames:
            raise ArgumentError(
                f"There is no frame {frame_number}; the image has frames 1 to {self.number_of_frames}."
            )
        return self._rescaled(pixel_array(self, index=frame_number - 1), frame_number)

    def get_frames(self) -> np.ndarray:
        """Return all frames as `get_frame` does, stacked along the first axis."""
        return np.stack([self.get_frame(n) for n in range(1, self.number_of_frames + 1)])

    def _rescaled(self, stored: np.ndarray, frame_number: int) -> np.ndarray:
        if int(self.get("SamplesPerPixel") or 1) > 1:
            return stored
        for group in self._groups(frame_number):
            for transformation in group.get("PixelValueTransformationSequence") or ():
                return apply_rescale(stored, transformation).astype(np.float64)
        return apply_rescale(stored, self).astype(np.float64)

    def _groups(self, frame_number: int) -> list[Dataset]:
        frames = self.get("PerFrameFunctionalGroupsSequence")
        own = [frames[frame_number - 1]] if frames else []
        return [*own, *(self.get("SharedFunctionalGroupsSequence") or ())]


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
    return Image.from_dataset(dataset)
