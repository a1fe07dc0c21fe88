"""Arrays with more voxels around their three spatial axes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..enums import PadModes
from ..errors import ArgumentError
from .indexing import Widths

_STATISTICS: dict[PadModes, Callable[..., Any]] = {
    PadModes.MINIMUM: np.min,
    PadModes.MAXIMUM: np.max,
    PadModes.MEAN: np.mean,
    PadModes.MEDIAN: np.median,
}


def pad_array(
    array: np.ndarray, widths: Widths, mode: PadModes | str, constant_value: float, per_channel: bool
) -> np.ndarray:
    """Return a new array, of the same type, with voxels added around the first three axes.

    Parameters
    ----------
    mode : PadModes or str
        CONSTANT takes `constant_value`, EDGE what is at the edge, the others a statistic of the array, or of
        each channel where `per_channel`.

    Raises
    ------
    ArgumentError
        There is no such mode, or the array's type cannot hold the value.
    """
    try:
        chosen = PadModes(str(mode).upper())
    except ValueError as error:
        raise ArgumentError(f"There is no pad mode {mode!r}; known are {', '.join(PadModes)}.") from error
    if chosen is PadModes.EDGE:
        return np.pad(array, [*widths, *[(0, 0)] * (array.ndim - 3)], mode="edge")
    fill = np.asarray(constant_value)
    if chosen is not PadModes.CONSTANT:
        axes = (0, 1, 2) if per_channel and array.ndim > 3 else None
        fill = np.asarray(_STATISTICS[chosen](array, axis=axes))
    shape = [n + sum(width) for n, width in zip(array.shape[:3], widths, strict=True)]
    inside = tuple(slice(before, before + n) for n, (before, _) in zip(array.shape[:3], widths, strict=True))
    if not fill.any():
        out = np.zeros((*shape, *array.shape[3:]), array.dtype)  # untouched memory costs nothing
    else:
        out = np.empty((*shape, *array.shape[3:]), array.dtype)
        out[...] = _as_type(fill, array.dtype)
    out[inside] = array
    return out


def _as_type(fill: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return values as a type; means are cut to whole numbers as NumPy does, but nothing wraps round."""
    if dtype.kind in "ui":
        limits = np.iinfo(dtype)
        if fill.min() < limits.min or fill.max() > limits.max:
            raise ArgumentError(f"Voxels of type {dtype} cannot hold {fill.tolist()}.")
    return fill.astype(dtype)
