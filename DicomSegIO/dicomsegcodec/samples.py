"""The number format of stored samples, PS3.5 8.1.1."""

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

from .errors import ReadError


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """Width of one stored sample; the one place where bits become bytes, dtypes or largest values."""

    bits: Literal[1, 8, 16]

    @property
    def dtype(self) -> np.dtype:
        """Type of a sample in memory, where a 1-bit sample takes a byte."""
        return np.dtype("<u2" if self.bits == 16 else "u1")

    @property
    def max_value(self) -> int:
        return (1 << self.bits) - 1

    def frame_bits(self, shape: tuple[int, int]) -> int:
        """Bits of one native frame (rows, columns), without padding."""
        return prod(shape) * self.bits

    def native_bytes(self, frames: int, shape: tuple[int, int]) -> int:
        """Bytes of `frames` native frames, before padding to an even length."""
        return (frames * self.frame_bits(shape) + 7) // 8

    @classmethod
    def holding(cls, value: int) -> "SampleFormat":
        """Narrowest whole-byte format that holds `value`."""
        return cls(8) if value < 256 else cls(16)

    @classmethod
    def stored(cls, bits: int) -> "SampleFormat":
        """Return the format of stored samples of these Bits Allocated.

        Raises
        ------
        ReadError
        """
        match bits:
            case 1 | 8 | 16:
                return cls(bits)
        raise ReadError(f"Bits Allocated is {bits}; segmentations have 1, 8 or 16.")


def quantised(fractions: np.ndarray, maximum: int) -> np.ndarray:
    """Return fractions from 0 to 1 as stored samples, to the nearest, PS3.3 C.8.20.2.3."""
    return np.rint(fractions * fractions.dtype.type(maximum)).astype(np.uint8)
