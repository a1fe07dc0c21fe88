"""Bit-packed pixels: 1-bit frames to and from bytes, PS3.5 8.1.1.

Native frames follow one another without padding, so a frame of 3 x 5 pixels
starts in the middle of a byte. Bit 0 of a byte is the leftmost pixel.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from math import gcd

import numpy as np

from .errors import TruncatedFile
from .raster import Patch

_BYTES_AT_ONCE = 1 << 21


def pack(patches: Iterable[Patch | None], shape: tuple[int, int]) -> Iterator[memoryview]:
    """Yield frames as one continuous bit stream, in pieces of a few MB.

    Parameters
    ----------
    patches : iterable of Patch or None
        One for every frame, in stored order.
    shape : (rows, columns)

    Yields
    ------
    memoryview
        Whole bytes in a buffer that is used again for the next piece; the end of the last piece is filled
        with zero bits.
    """
    return _pack_rows(patches, shape) if shape[1] % 8 == 0 else _pack_frames(patches, shape)


def _pack_rows(patches: Iterable[Patch | None], shape: tuple[int, int]) -> Iterator[memoryview]:
    """Pack where every row is whole bytes: only the box of a patch is touched."""
    rows, row_bytes = shape[0], shape[1] // 8
    count = max(1, _BYTES_AT_ONCE // (rows * row_bytes))
    buffer = np.zeros((count, rows, row_bytes), np.uint8)
    scratch = np.empty(rows * shape[1], bool)
    for piece in _pieces(patches, count):
        for frame, patch in zip(buffer, piece, strict=False):
            if patch is None:
                continue
            first, last = patch.columns.start // 8, -(-patch.columns.stop // 8)
            height, width = patch.pixels.shape
            box = scratch[: height * (last - first) * 8].reshape(height, -1)
            left = patch.columns.start - first * 8
            box[:, :left] = False
            box[:, left + width :] = False
            _mask(patch, box[:, left : left + width])
            frame[patch.rows, first:last] = np.packbits(box, axis=1, bitorder="little")
        yield memoryview(buffer[: len(piece)]).cast("B")
        for frame, patch in zip(buffer, piece, strict=False):
            if patch is not None:
                frame[patch.rows] = 0


def _pack_frames(patches: Iterable[Patch | None], shape: tuple[int, int]) -> Iterator[memoryview]:
    """Pack where rows straddle bytes: as many frames at a time as make whole bytes."""
    pixels = shape[0] * shape[1]
    group = 8 // gcd(pixels, 8)
    count = group * max(1, _BYTES_AT_ONCE // (group * pixels))
    buffer = np.zeros((count, *shape), bool)
    for piece in _pieces(patches, count):
        for frame, patch in zip(buffer, piece, strict=False):
            if patch is not None:
                _mask(patch, frame[patch.rows, patch.columns])
        yield memoryview(np.packbits(buffer[: len(piece)], bitorder="little"))
        for frame, patch in zip(buffer, piece, strict=False):
            if patch is not None:
                frame[patch.rows] = False


def _mask(patch: Patch, out: np.ndarray) -> None:
    np.equal(patch.pixels, patch.pixels.dtype.type(patch.value), out=out)


def _pieces(patches: Iterable[Patch | None], count: int) -> Iterator[list[Patch | None]]:
    """Yield lists of `count` patches; the last may be shorter."""
    iterator = iter(patches)
    while piece := list(islice(iterator, count)):
        yield piece


def frame_span(index: int, shape: tuple[int, int]) -> tuple[int, int]:
    """Return the first byte of frame `index` (from 0) in a bit stream and the byte after its last."""
    pixels = shape[0] * shape[1]
    return index * pixels // 8, ((index + 1) * pixels + 7) // 8


def unpack(data: bytes | bytearray | memoryview, index: int, shape: tuple[int, int]) -> np.ndarray:
    """Return frame `index` (from 0) out of the bytes of its `frame_span`.

    Returns
    -------
    (rows, columns) uint8 array of 0 and 1

    Raises
    ------
    TruncatedFile
        The bytes end before the frame does.
    """
    pixels = shape[0] * shape[1]
    first = index * pixels % 8
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=None, bitorder="little")
    frame = bits[first : first + pixels]
    if frame.size != pixels:
        raise _cut_short(index, frame.size, pixels)
    return frame.reshape(shape)


def align(data: bytes | bytearray | memoryview, index: int, shape: tuple[int, int], out: np.ndarray) -> None:
    """Put the bits of frame `index` (from 0), out of the bytes of its `frame_span`, at the start of `out`.

    Parameters
    ----------
    out : uint8 array of zeros
        As many bytes as the frame takes, or more.

    Raises
    ------
    TruncatedFile
        The bytes end before the frame does.
    """
    pixels = shape[0] * shape[1]
    first, size = index * pixels % 8, (pixels + 7) // 8
    packed = np.frombuffer(data, np.uint8)
    if packed.size * 8 < first + pixels:
        raise _cut_short(index, max(0, packed.size * 8 - first), pixels)
    if first == 0:
        out[:size] = packed[:size]
    else:
        out[:size] = packed[:size] >> first
        following = packed[1 : size + 1]
        out[: following.size] |= following << (8 - first)
    if pixels % 8:
        out[size - 1] &= (1 << pixels % 8) - 1


def _cut_short(index: int, found: int, pixels: int) -> TruncatedFile:
    return TruncatedFile(
        f"Frame {index + 1} ends after {found} of {pixels} pixels; the file is truncated, or its "
        "Rows, Columns or Number of Frames is wrong."
    )
