"""The numbers of a volume as 16-bit samples with slope and intercept, PS3.3 C.11.1; exact, or refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np

_LARGEST = 65535
# Numbers of a volume that was measured in some unit are multiples of a power of ten or two of it.
_STEPS = (1.0, *(10.0**-n for n in range(1, 7)), *(2.0**-n for n in range(1, 17)))


@dataclass(frozen=True, eq=False)
class StoredNumbers:
    """How numbers are stored.

    Parameters
    ----------
    dtype : dtype
        uint16 or int16.
    slope, intercept : float
        A number is the sample times `slope`, and `intercept` added.
    error : float
        How far a stored number may be from the given one; 0 where all are exact.
    """

    dtype: np.dtype
    slope: float = 1.0
    intercept: float = 0.0
    error: float = 0.0

    def samples(self, plane: np.ndarray) -> np.ndarray:
        """Return the samples of a plane."""
        if self.slope == 1 and self.intercept == 0:
            return plane.astype(self.dtype)
        return np.rint((plane.astype(np.float64) - self.intercept) / self.slope).astype(self.dtype)


def planNumbers(pixels: np.ndarray, name: str, *, isRounded: bool = False) -> StoredNumbers:
    """Return how the numbers of a volume are stored.

    Parameters
    ----------
    pixels : (slices, rows, columns) array
    name : str
        Of the volume, for what is said.
    isRounded : bool
        Where there is no exact way, round to 65536 steps.

    Raises
    ------
    ArgumentError
        There is no exact way, or a number is infinite or none.
    """
    from dicomsegcodec.errors import ArgumentError

    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite([low, high]).all():
        raise ArgumentError(
            f"Volume '{name}' holds numbers that are infinite or none; replace them before it is stored."
        )
    if pixels.dtype.kind in "bui" and pixels.dtype.itemsize <= 2:
        return StoredNumbers(np.dtype(np.int16 if low < 0 else np.uint16))
    for step in _steps(pixels, low, high):
        found = _withStep(step, low, high)
        if found is not None and _isExact(found, pixels):
            return found
    if not isRounded:
        raise ArgumentError(
            f"The numbers of volume '{name}', {low:.6g} to {high:.6g}, cannot be stored exactly in 16 bits. "
            "Ask to have them rounded; the segmentation is not affected."
        )
    step = _decimal((high - low) / _LARGEST) or 1.0
    return StoredNumbers(np.dtype(np.uint16), step, _decimal(low), step / 2 + abs(_decimal(low) - low))


def _steps(pixels: np.ndarray, low: float, high: float) -> list[float]:
    """Return distances between numbers that may be the volume's, those that are likely first."""
    steps = [step for step in _STEPS if (high - low) / step <= _LARGEST]
    # A rescaled volume has steps of its own; they are seen in a part of its numbers.
    some = np.unique(pixels.reshape(-1)[:: max(1, pixels.size // 100_000)].astype(np.float64))
    gaps = np.diff(some)
    if gaps.size:
        steps.append(_decimal(float(gaps.min())))
    return [step for step in steps if step > 0]


def _withStep(step: float, low: float, high: float) -> StoredNumbers | None:
    first, last = round(low / step), round(high / step)
    if last - first > _LARGEST:
        return None
    if first >= -(1 << 15) and last < 1 << 15 and first < 0:
        return StoredNumbers(np.dtype(np.int16), step)
    if first >= 0 and last <= _LARGEST:
        return StoredNumbers(np.dtype(np.uint16), step)
    return StoredNumbers(np.dtype(np.uint16), step, _decimal(first * step))


def _isExact(stored: StoredNumbers, pixels: np.ndarray) -> bool:
    """Tell whether the numbers come back as they are, in the volume's own type."""
    limits = np.iinfo(stored.dtype)
    for plane in pixels:
        wanted = plane.astype(np.float64)
        samples = np.rint((wanted - stored.intercept) / stored.slope)
        if samples.min() < limits.min or samples.max() > limits.max:
            return False
        back: Any = (samples * stored.slope + stored.intercept).astype(plane.dtype)
        if not np.array_equal(back, plane):
            return False
    return True


def _decimal(value: float) -> float:
    """Return a number as a decimal string of 16 characters holds it."""
    from pydicom.valuerep import format_number_as_ds

    return float(format_number_as_ds(value))
