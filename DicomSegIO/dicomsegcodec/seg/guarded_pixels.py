"""Pixels that are made from the caller's array when they are asked for."""

from collections.abc import Iterator

import numpy as np

from ..compressed import CompressedPixels
from ..errors import ArgumentError
from ..findings import Progress
from ..pixeldata import NativePixels
from .arrays import fingerprint


class GuardedPixels:
    """Planned pixels that notice when the caller's array is no longer what was planned."""

    def __init__(self, pixels: NativePixels | CompressedPixels, array: np.ndarray) -> None:
        self._pixels, self._array = pixels, array
        # What is not in memory, as a map of a file or a chunked array, is not read only to be watched.
        self._watched = isinstance(array, np.ndarray) and not isinstance(array, np.memmap)
        self._fingerprint = fingerprint(array) if self._watched else 0

    @property
    def vr(self) -> str:
        return self._pixels.vr

    @property
    def length(self) -> int:
        return self._pixels.length

    @property
    def room(self) -> int:
        return self._pixels.room

    def elements(self, implicit_vr: bool, progress: Progress | None = None) -> Iterator[memoryview | bytes]:
        self._check()
        yield from self._pixels.elements(implicit_vr, progress)

    def value(self) -> bytes:
        self._check()
        return self._pixels.value()

    def _check(self) -> None:
        if self._watched and fingerprint(self._array) != self._fingerprint:
            raise ArgumentError(
                "pixel_array was changed after the segmentation was constructed from it and before it was "
                "saved; save first, or construct from a copy."
            )
