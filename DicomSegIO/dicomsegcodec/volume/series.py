"""Single-frame images of a series as one volume."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from ..errors import SourceError
from ..geometry import Geometry
from ..image import Image
from ..regularity import Regularity
from ..sources import SourceImages
from ..spatial import sort_datasets
from .volume import Volume


def get_volume_from_series(
    series_datasets: Sequence[Dataset],
    *,
    dtype: Any = np.float64,
    apply_modality_transform: bool | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    perpendicular_tol: float | None = None,
) -> Volume:
    """Return single-frame images, given in any order, as a volume.

    Parameters
    ----------
    series_datasets : sequence of Dataset
    dtype : dtype
        Type of the voxels.
    apply_modality_transform : bool, optional
        Values in the modality's units: True asks for the transform, False for stored values, None takes it
        where there is one.
    rtol, atol : float, optional
        How uneven the distances of slices may be: as a part of their mean (0.01 when both are omitted), or in
        mm.
    perpendicular_tol : float, optional
        How far the cosine between the stack and the slices' normal may be from 1. When omitted a tilted stack
        is kept as it is, with an affine whose axes are not perpendicular.

    Returns
    -------
    Volume
        (slices, rows, columns), right-handed.

    Raises
    ------
    IrregularPlanes
        The images are unevenly spaced, or one is missing; also a RuntimeError.
    SourceError
        They are no single-frame images of one stack in the patient.
    ArgumentError
        `dtype` cannot hold a value.
    """
    images = sort_datasets(series_datasets)
    planes = SourceImages.of(images).planes
    if not planes.located or any(int(image.get("NumberOfFrames") or 1) > 1 for image in images):
        raise SourceError(
            "A volume from a series needs single-frame images with a place in the patient; of a multi-frame "
            "image use Image.get_volume."
        )
    grid = Geometry.of(planes, Regularity.of(rtol, atol, perpendicular_tol))
    frames = (
        Image.from_dataset(image, copy=False).get_frame(
            1, dtype=dtype, apply_modality_transform=apply_modality_transform
        )
        for image in images
    )
    array = np.empty(grid.shape, dtype)
    for out, frame in zip(array, frames, strict=True):
        if frame.shape != out.shape:
            raise SourceError("The images are in colour; a volume holds one value a voxel.")
        out[...] = frame
    return Volume(array, grid.index_to_lps, "PATIENT", grid.frame_of_reference)
