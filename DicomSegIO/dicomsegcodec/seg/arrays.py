"""A caller's pixel array as label layers, checked; nothing is copied."""

from collections.abc import Sequence
from zlib import adler32

import numpy as np

from ..encodings import SegmentationType
from ..errors import ArgumentError, ArgumentTypeError, UndescribedLabels
from ..geometry import Planes
from ..layers import FractionLayer, LabelLayer
from ..occupancy import values_in


def layers_of(
    array: np.ndarray, planes: Planes, numbers: Sequence[int], kind: SegmentationType
) -> tuple[tuple[LabelLayer, ...], tuple[FractionLayer, ...]]:
    """Return an array as label layers, or as fraction layers where it holds floats and is to be FRACTIONAL.

    Parameters
    ----------
    array : bool, integer or float array
        (rows, columns) for a single plane, or (planes, rows, columns): the value n is Segment Number n, 0
        is background. (planes, rows, columns, segments): 0 and 1, the last axis in the order of `numbers`.
        Floats to be stored as fractions are from 0 to 1, those of several segments stacked.
    numbers : sequence of int
        Segment Numbers that are described.

    Raises
    ------
    ArgumentTypeError
        The array's type is not bool, integer or float.
    ArgumentError
        Its shape does not fit the planes or the segments, or a stacked array holds other values than 0 and 1.
    UndescribedLabels
        A label is not among `numbers`.
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif":
        found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise ArgumentTypeError(
            f"pixel_array is of type {found}; give a NumPy array of bool, integers or floats."
        )
    if array.ndim == 2:
        if len(planes) != 1:
            raise ArgumentError(
                f"pixel_array has two axes and there are {len(planes)} source images; stack a mask for each."
            )
        array = array[None]
    if array.ndim not in (3, 4) or array.shape[:3] != (len(planes), *planes.shape):
        expected = (len(planes), *planes.shape)
        raise ArgumentError(
            f"pixel_array has the shape {array.shape}; the source images ask for {expected}, or "
            f"{(*expected, len(numbers))} with the segments stacked."
        )
    if array.dtype.kind == "f":
        if kind is SegmentationType.FRACTIONAL:
            return (), _fractions(array, numbers)
        array = whole_numbers(array, kind)
    return _stacked(array, numbers) if array.ndim == 4 else _labels(array, numbers), ()


def _fractions(array: np.ndarray, numbers: Sequence[int]) -> tuple[FractionLayer, ...]:
    if array.ndim == 3:
        if len(numbers) != 1:
            raise ArgumentError(
                f"pixel_array holds fractions in three axes and {len(numbers)} segments are described; stack "
                "the fractions of each segment along a fourth axis."
            )
        array = array[..., None]
    _check_stack(array, numbers)
    return tuple(FractionLayer(array[..., i], number) for i, number in enumerate(numbers))


def whole_numbers(array: np.ndarray, kind: SegmentationType) -> np.ndarray:
    """Return an array of floats that are whole numbers as integers, which is all that labels can be.

    Raises
    ------
    ArgumentError
        One is no whole number, negative or above 65535.
    """
    whole = np.empty(array.shape, np.uint16)
    for pixels, out in zip(array, whole, strict=True):
        # As Python numbers: a half float has no 65535 to be compared with.
        if pixels.size and not (float(pixels.min()) >= 0 and float(pixels.max()) <= _largest(whole.dtype)):
            raise ArgumentError(
                f"pixel_array holds values from {array.min():.6g} to {array.max():.6g}; {kind} segmentations "
                "take whole numbers from 0 to 65535."
            )
        out[...] = pixels
        if not np.array_equal(out, pixels):
            raise ArgumentError(
                f"pixel_array holds fractions, which {kind} segmentations cannot; round them, or choose "
                "FRACTIONAL."
            )
    return whole


def _labels(array: np.ndarray, numbers: Sequence[int]) -> tuple[LabelLayer, ...]:
    known = {0, *numbers}
    strange = [v for v in values_in(array).tolist() if v not in known]
    if strange:
        raise UndescribedLabels(
            f"pixel_array holds the values {strange[:10]}{' ...' if len(strange) > 10 else ''}, which no "
            f"segment description names; described are {list(numbers)[:10]}."
        )
    return (LabelLayer(array, {n: n for n in numbers if n <= _largest(array.dtype)}),)


def _stacked(array: np.ndarray, numbers: Sequence[int]) -> tuple[LabelLayer, ...]:
    _check_stack(array, numbers)
    if array.dtype.kind != "b" and array.size and (array.min() < 0 or array.max() > 1):
        raise ArgumentError(
            f"pixel_array stacks segments and holds values from {array.min()} to {array.max()}; each must be "
            "0 or 1."
        )
    return tuple(LabelLayer(array[..., i], {1: number}) for i, number in enumerate(numbers))


def _check_stack(array: np.ndarray, numbers: Sequence[int]) -> None:
    if array.shape[3] != len(numbers):
        raise ArgumentError(
            f"pixel_array stacks {array.shape[3]} segments and {len(numbers)} are described; the last axis "
            "must have one for each."
        )


def _largest(dtype: np.dtype) -> int:
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


def check_numbers(numbers: Sequence[int], kind: SegmentationType) -> None:
    """Refuse Segment Numbers other than 1, 2, 3 and so on; in a label map they need only ascend.

    Raises
    ------
    ArgumentError
    """
    if not numbers:
        raise ArgumentError("No segment description is given; describe at least one segment.")
    if kind is SegmentationType.LABELMAP:
        if list(numbers) != sorted(set(numbers)):
            raise ArgumentError(f"Segment Numbers {list(numbers)} are not ascending.")
    elif list(numbers) != list(range(1, len(numbers) + 1)):
        raise ArgumentError(
            f"Segment Numbers are {list(numbers)}; {kind} segmentations number them 1, 2, 3 and so on, in "
            "the order of the descriptions."
        )


def fingerprint(array: np.ndarray) -> int:
    """Return a checksum of an array's contents, so that a later change of it is noticed."""
    checksum = 1
    for part in array if array.ndim > 2 else (array,):
        checksum = adler32(np.ascontiguousarray(part), checksum)
    return checksum
