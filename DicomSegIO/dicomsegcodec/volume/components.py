"""What an affine matrix is made of: spacing, direction and position, or the attributes of an image plane."""

from collections.abc import Sequence

import numpy as np

from ..enums import CoordinateSystemNames
from ..errors import ArgumentError, ArgumentTypeError
from ..geometry import DIRECTION_TOLERANCE
from ..orientation import axis_directions


def affine_from_components(
    spatial_shape: Sequence[int],
    *,
    spacing: Sequence[float] | float,
    position: Sequence[float] | None = None,
    center_position: Sequence[float] | None = None,
    direction: Sequence[float] | np.ndarray | None = None,
    patient_orientation: str | Sequence[str] | None = None,
) -> np.ndarray:
    """Return the (4, 4) matrix that takes indices to mm.

    Parameters
    ----------
    spatial_shape : 3 ints
        Needed for `center_position`.
    spacing : float or 3 floats
        Between voxels along each axis of the array, mm.
    position : 3 floats
        Centre of voxel (0, 0, 0), mm; or, instead:
    center_position : 3 floats
        Centre of the volume, mm.
    direction : (3, 3) array or 9 floats
        Its columns are the unit vectors along the axes; or, instead:
    patient_orientation : str
        Towards which side each axis runs, as "FPL".

    Raises
    ------
    ArgumentTypeError
        Both or neither of two alternatives are given; also a TypeError.
    ArgumentError
        Spacings are not positive, or the directions not perpendicular unit vectors.
    """
    if (direction is None) == (patient_orientation is None):
        raise ArgumentTypeError("Give either direction or patient_orientation.")
    if (position is None) == (center_position is None):
        raise ArgumentTypeError("Give either position or center_position.")
    axes = axis_directions(patient_orientation) if patient_orientation is not None else _direction(direction)
    sizes = np.asarray(spacing, np.float64)
    if sizes.shape not in ((), (3,)) or not np.isfinite(sizes).all() or sizes.min() <= 0:
        raise ArgumentError(f"Spacing {spacing} cannot be; give one length or three, all above 0 mm.")
    affine = np.eye(4)
    affine[:3, :3] = axes * np.broadcast_to(sizes, 3)
    if position is not None:
        affine[:3, 3] = _point(position, "position")
    else:
        middle = (np.asarray(spatial_shape[:3], np.float64) - 1) / 2
        affine[:3, 3] = _point(center_position, "center_position") - affine[:3, :3] @ middle
    return affine


def affine_from_attributes(
    image_position: Sequence[float],
    image_orientation: Sequence[float],
    pixel_spacing: Sequence[float],
    spacing_between_slices: float,
) -> np.ndarray:
    """Return the (4, 4) matrix of frames stacked so that their axes are right-handed; PS3.3 C.7.6.2.1.1.

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

    Raises
    ------
    ArgumentError
    """
    cosines = np.asarray(image_orientation, np.float64)
    between = np.asarray(pixel_spacing, np.float64)
    if cosines.shape != (6,) or between.shape != (2,):
        raise ArgumentError(
            f"An orientation of {cosines.size} and a pixel spacing of {between.size} numbers; it is 6 and 2."
        )
    along_row, along_column = cosines.reshape(2, 3)
    axes = np.stack([np.cross(along_column, along_row), along_column, along_row], axis=1)
    return affine_from_components(
        (), spacing=[spacing_between_slices, *between.tolist()], position=image_position, direction=axes
    )


def of_patient(
    orientation: str | Sequence[str] | None, system: CoordinateSystemNames | str
) -> str | Sequence[str] | None:
    """Return an orientation, if any, of axes in the patient's coordinate system.

    Raises
    ------
    ArgumentTypeError
        It is given for a slide.
    """
    if orientation is not None and str(system) != CoordinateSystemNames.PATIENT:
        raise ArgumentTypeError("patient_orientation is about a patient, not about a slide.")
    return orientation


def _direction(direction: object) -> np.ndarray:
    axes = np.asarray(direction, np.float64)
    if axes.shape not in ((3, 3), (9,)):
        raise ArgumentError(f"A direction of shape {axes.shape}; it needs (3, 3), or 9 numbers row by row.")
    axes = axes.reshape(3, 3)
    if not np.abs(axes.T @ axes - np.eye(3)).max() <= DIRECTION_TOLERANCE:
        raise ArgumentError("The columns of the direction must be perpendicular unit vectors.")
    return axes


def _point(values: Sequence[float] | None, name: str) -> np.ndarray:
    point = np.asarray(values, np.float64)
    if point.shape != (3,):
        raise ArgumentError(f"{name} has the shape {point.shape}; it needs 3 numbers, mm.")
    return point
