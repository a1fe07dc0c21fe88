"""Binary frames painted into label maps without unpacking what is empty.

A frame arrives as packed bits, in whole words of 64 pixels. Most words of most
masks are zero; only the others are unpacked, many frames at a time.
"""

from collections.abc import Iterable, Iterator

import numpy as np

WORD_PIXELS = 64


PACKED_AT_ONCE = 1 << 19
"""Bytes of packed frames that are looked at together."""


def packed_bytes(pixels: int) -> int:
    """Return the bytes of the whole words that hold a frame."""
    return -(-pixels // WORD_PIXELS) * 8


def pack_frames(frames: Iterable[np.ndarray], shape: tuple[int, int]) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield places among the frames and, for the frames there, which pixels are not 0.

    Parameters
    ----------
    frames : (rows, columns) arrays

    Yields
    ------
    places : slice
    packed : (frames, bytes) uint8 array
        Whole words of 64 pixels, the first in the lowest bit; used before the next is asked for.
    """
    size = packed_bytes(shape[0] * shape[1])
    buffer = np.zeros((max(1, PACKED_AT_ONCE // size), size), np.uint8)
    first = held = 0
    for frame in frames:
        bits = np.packbits(frame.reshape(-1) != 0, bitorder="little")
        buffer[held, : bits.size] = bits
        held += 1
        if held == len(buffer):
            yield slice(first, first + held), buffer
            first, held = first + held, 0
    if held:
        yield slice(first, first + held), buffer[:held]


class MaskPainter:
    """Paints masks into the planes of a label map.

    Parameters
    ----------
    labels : (planes, rows, columns) integer array, C-contiguous
        What is painted into; 0 where no segment is.
    shape : (rows, columns)
        Of the frames.
    corner : (row, column)
        Of the first pixel of a frame in a plane.
    """

    def __init__(self, labels: np.ndarray, shape: tuple[int, int], corner: tuple[int, int] = (0, 0)) -> None:
        self._labels, self._shape, self._corner = labels, shape, corner
        self._flat = labels.reshape(-1)
        # A word may begin anywhere in the label map, where frames fill its planes.
        fits = shape == labels.shape[1:] and labels.size >= WORD_PIXELS
        self._windows = (
            np.lib.stride_tricks.sliding_window_view(self._flat, WORD_PIXELS, writeable=True)
            if fits
            else np.zeros((0, WORD_PIXELS), labels.dtype)
        )

    def paint(self, planes: np.ndarray, packed: np.ndarray, label: int, *, over: bool = False) -> int:
        """Paint one mask a plane; where another label is already, the higher one stays.

        Parameters
        ----------
        planes : (masks,) int array
        packed : (masks, words * 8) uint8 array
            Packed words, the first pixel in the lowest bit; bits beyond the frame are 0.
        label : int
        over : bool
            Paint although another label is there.

        Returns
        -------
        int
            Pixels where another label was; unless `over`, nothing is painted when there are any.
        """
        distinct, place = np.unique(planes, return_inverse=True)
        if distinct.size < len(planes):
            merged = np.zeros((distinct.size, packed.shape[1]), np.uint8)
            np.bitwise_or.at(merged, place, packed)
            planes, packed = distinct, merged
        words = packed.reshape(-1).view(np.uint64)
        used = np.flatnonzero(words != 0)
        mask, word = np.divmod(used, packed.shape[1] // 8)
        # As one row: NumPy unpacks many short ones one by one.
        filled = packed.reshape(-1, 8)[used].reshape(-1)
        bits = np.unpackbits(filled, bitorder="little").reshape(-1, WORD_PIXELS)
        pixels = self._shape[0] * self._shape[1]
        # The last word of a frame may reach into the next plane; its pixels are painted one by one.
        whole = (word + 1) * WORD_PIXELS <= pixels if self._windows.size else np.zeros(used.size, bool)
        if whole.all():
            start, loose = planes[mask] * pixels + word * WORD_PIXELS, np.zeros(0, np.int64)
        else:
            at, pixel = np.nonzero(bits[~whole])
            loose = self._places(planes[mask[~whole][at]], word[~whole][at] * WORD_PIXELS + pixel)
            start, bits = planes[mask[whole]] * pixels + word[whole] * WORD_PIXELS, bits[whole]
        value = self._flat.dtype.type(label)
        below, loose_below = self._windows[start], self._flat[loose]
        painted = np.multiply(bits, value, dtype=self._flat.dtype)
        other = np.logical_and(below, painted != below) & bits
        taken = int(np.count_nonzero(other))
        taken += int(np.count_nonzero((loose_below != 0) & (loose_below != value)))
        if not taken or over:
            self._windows[start] = np.maximum(below, painted, out=painted)
            self._flat[loose] = np.maximum(loose_below, value)
        return taken

    def erase(self, planes: np.ndarray, label: int) -> None:
        """Put 0 in these planes wherever a label is."""
        for plane in planes.tolist():
            pixels = self._labels[plane]
            pixels[pixels == label] = 0

    def _places(self, plane: np.ndarray, pixel: np.ndarray) -> np.ndarray:
        """Return the place in the label map of pixels of frames."""
        row, column = np.divmod(pixel, self._shape[1])
        _planes, rows, columns = self._labels.shape
        return (plane * rows + row + self._corner[0]) * columns + column + self._corner[1]
