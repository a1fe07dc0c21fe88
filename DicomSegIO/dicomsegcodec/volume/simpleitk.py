"""Volumes to and from images of SimpleITK.

Both are LPS. Index (i, j, k) of the image is index (i, j, k) of the volume's array, so that sizes,
spacings and directions stand in the same order; SimpleITK's own NumPy functions turn the order round,
which is undone here. An image read from a NIfTI file therefore has its columns first:
`to_patient_orientation("FPL")` brings an axial one to slices, rows and columns.
"""

from typing import Any

import numpy as np

from ..errors import ArgumentError

# SimpleITK has no boolean and no 16-bit or 128-bit floating point pixels.
_WIDER = {"bool": np.uint8, "float16": np.float32}


def array_and_affine(image: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the array of a 3-D image, indexed as the image is, and the (4, 4) matrix to mm, LPS.

    Raises
    ------
    ArgumentError
        The image is not 3-D, or its pixels are vectors.
    """
    import SimpleITK as sitk

    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ArgumentError(
            f"The image has {image.GetDimension()} axes and {image.GetNumberOfComponentsPerPixel()} "
            "components a pixel; a volume needs 3 axes and one component."
        )
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image).transpose(2, 1, 0), affine


def image_of(array: np.ndarray, affine: np.ndarray) -> Any:
    """Return a 3-D array as an image, indexed as the array is.

    Raises
    ------
    ArgumentError
        SimpleITK has no such pixels.
    """
    import SimpleITK as sitk

    wider = array.astype(_WIDER.get(array.dtype.name, array.dtype), copy=False)
    try:
        image: Any = sitk.GetImageFromArray(wider.transpose(2, 1, 0))
    except TypeError as error:
        raise ArgumentError(
            f"SimpleITK has no pixels of type {array.dtype}; convert the volume with astype."
        ) from error
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    return image
