"""Sides of the patient: what an axis runs towards, and reference systems other than DICOM's.

DICOM positions are LPS: x towards the left, y towards the back (posterior), z towards the head,
PS3.3 C.7.6.2.1.1. A convention is three letters, one for each axis; H and F are head and feet, S and I the
same.
"""

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from .enums import PatientOrientationValuesBiped
from .errors import ArgumentError

Side = PatientOrientationValuesBiped
Orientation = tuple[Side, Side, Side]

_POSITIVE = (Side.L, Side.P, Side.H)
_NEGATIVE = (Side.R, Side.A, Side.F)
_ALIASES = {"S": "H", "I": "F"}

LPS_PATIENT_REFERENCE_CONVENTION: Orientation = _POSITIVE
"""That of DICOM and ITK."""

RAS_PATIENT_REFERENCE_CONVENTION: Orientation = (_NEGATIVE[0], _NEGATIVE[1], _POSITIVE[2])
"""That of NIfTI and 3D Slicer."""


def read_orientation(letters: str | Sequence[str]) -> Orientation:
    """Return three letters, such as "LPS" or "FPR", as an orientation.

    Raises
    ------
    ArgumentError
        They are not one each of left or right, anterior or posterior, head or feet.
    """
    known = {side.value: side for side in Side}
    found = [known.get(_ALIASES.get(str(letter), str(letter))) for letter in letters]
    axes = sorted(_axis_of(letter) for letter in found if letter is not None)
    if axes != [0, 1, 2] or len(found) != 3:
        raise ArgumentError(
            f"{letters!r} is no orientation; give three letters, one each of L or R, A or P, and H or F (or "
            "S or I), for instance LPS."
        )
    first, second, third = (letter for letter in found if letter is not None)
    return first, second, third


def reference_change(convention: str | Sequence[str]) -> np.ndarray:
    """Return the (4, 4) matrix from LPS to the coordinates of a convention; its inverse is its transpose."""
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1
    for row, letter in enumerate(read_orientation(convention)):
        matrix[row, _axis_of(letter)] = 1 if letter in _POSITIVE else -1
    return matrix


def axis_directions(orientation: str | Sequence[str]) -> np.ndarray:
    """Return the (3, 3) matrix whose columns are unit vectors, LPS, of axes that run towards these sides."""
    return reference_change(orientation)[:3, :3].T


def get_closest_patient_orientation(affine: np.ndarray) -> Orientation:
    """Return towards which side of the patient each axis of a grid runs most nearly.

    Parameters
    ----------
    affine : (4, 4) or (3, 3) array
        Takes indices to LPS.
    """
    axes = np.asarray(affine, np.float64)[:3, :3]
    cosines = axes / np.linalg.norm(axes, axis=0)
    # Each side of the patient serves one axis; all three are chosen together, so that the order of the axes
    # does not decide which of two diagonal ones comes first.
    best = max(permutations(range(3)), key=lambda order: float(np.abs(cosines[order, range(3)]).sum()))
    first, second, third = (
        (_POSITIVE if cosines[side, axis] > 0 else _NEGATIVE)[side] for axis, side in enumerate(best)
    )
    return first, second, third


def steps_to(current: Orientation, wanted: Orientation) -> tuple[list[int], list[int]]:
    """Return which axes to turn round and then how to order the axes, so that `current` becomes `wanted`."""
    places = [_axis_of(letter) for letter in current]
    order = [places.index(_axis_of(letter)) for letter in wanted]
    flips = [axis for letter, axis in zip(wanted, order, strict=True) if current[axis] is not letter]
    return flips, order


def _axis_of(letter: Side) -> int:
    return (_POSITIVE if letter in _POSITIVE else _NEGATIVE).index(letter)
