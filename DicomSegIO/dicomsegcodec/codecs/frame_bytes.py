"""The bytes of one frame alone: what a compression takes in and gives back, PS3.5 8.1.1 and 8.2.

Unlike native Pixel Data, where 1-bit frames follow one another without padding, a compressed frame starts in
a byte of its own: bit 0 of it is the leftmost pixel, and the last byte is filled with zero bits.
"""

from math import prod

import numpy as np

from ..errors import ArgumentError, ArgumentTypeError, ReadError, TruncatedFile
from ..samples import SampleFormat

_PIXELS_WITHOUT_DOUBT = 1 << 26
_PIXELS_OF_A_BYTE = 1 << 20


def frame_length(shape: tuple[int, int], samples: SampleFormat) -> int:
    """Return the bytes of one frame (rows, columns) alone."""
    return samples.native_bytes(1, shape)


def stored_samples(frames: np.ndarray, samples: SampleFormat) -> np.ndarray:
    """Return frames as a contiguous array of `samples.dtype`; the same array if it is one already.

    Raises
    ------
    ArgumentTypeError
        The array's type holds values that the samples cannot.
    ArgumentError
        A pixel of 1-bit samples is neither 0 nor 1.
    """
    if not np.can_cast(frames.dtype, samples.dtype, "safe"):
        raise ArgumentTypeError(
            f"The frame is of type {frames.dtype} and its samples have {samples.bits} bits; "
            f"convert it to {samples.dtype} first."
        )
    if samples.bits == 1 and frames.dtype != bool and frames.max(initial=0) > 1:
        raise ArgumentError(f"A pixel is {frames.max()}; 1-bit samples allow 0 and 1.")
    return np.ascontiguousarray(frames, samples.dtype)


def native_bytes(frame: np.ndarray, samples: SampleFormat) -> bytes:
    """Return the bytes of one (rows, columns) frame alone.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        As `stored_samples`.
    """
    pixels = stored_samples(frame, samples)
    return (np.packbits(pixels, bitorder="little") if samples.bits == 1 else pixels).tobytes()


def padded(stream: bytes) -> bytes:
    """Return a compressed frame with the zero byte that makes its length even, as a fragment must be."""
    return stream + b"\0" if len(stream) % 2 else stream


def restored_frame(data: bytes | np.ndarray, shape: tuple[int, int], samples: SampleFormat) -> np.ndarray:
    """Return the (rows, columns) array of `samples.dtype` whose bytes alone are `data`.

    Raises
    ------
    TruncatedFile
        The frame has fewer bytes than its shape asks for.
    ReadError
        It has more.
    """
    check_length(len(data), frame_length(shape, samples), shape, samples)
    if samples.bits == 1:
        packed = np.frombuffer(data, np.uint8)
        return np.unpackbits(packed, count=shape[0] * shape[1], bitorder="little").reshape(shape)
    return np.frombuffer(data, samples.dtype).reshape(shape)


def check_length(found: int, expected: int, shape: tuple[int, int], samples: SampleFormat) -> None:
    """Raise TruncatedFile where bytes are missing, ReadError where there are too many."""
    if found == expected:
        return
    what = f"where {shape[0]} x {shape[1]} pixels of {samples.bits} bits take {expected:,}"
    if found < expected:
        raise TruncatedFile(
            f"A frame restores to {found:,} bytes {what}; the file is truncated, or its Rows or Columns is "
            "wrong."
        )
    raise ReadError(
        f"A frame restores to {found:,} bytes or more {what}; its Rows, Columns or Bits Allocated is wrong."
    )


def check_plausible(compressed: int, shape: tuple[int, int]) -> None:
    """Refuse a frame that a few bytes promise, before a library makes room for it.

    An empty frame of 8192 x 8192 pixels takes 250 bytes or more with OpenJPEG 2.5 and 1100 with CharLS 2.4.

    Raises
    ------
    ReadError
    """
    pixels = shape[0] * shape[1]
    if pixels > _PIXELS_WITHOUT_DOUBT and pixels > _PIXELS_OF_A_BYTE * compressed:
        raise ReadError(
            f"A frame of {compressed:,} bytes promises {shape[0]:,} x {shape[1]:,} pixels; its Rows or "
            "Columns is wrong, or the frame is damaged."
        )


def checked_frame(pixels: np.ndarray, shape: tuple[int, int], samples: SampleFormat) -> np.ndarray:
    """Return what a codec of another package restored, as a (rows, columns) array of `samples.dtype`.

    Raises
    ------
    TruncatedFile
        The frame has fewer pixels than its shape asks for.
    ReadError
        It has more, or a value is larger than the samples allow.
    """
    check_length(pixels.size * samples.dtype.itemsize, prod(shape) * samples.dtype.itemsize, shape, samples)
    if pixels.dtype.itemsize * 8 > samples.bits and pixels.max(initial=0) > samples.max_value:
        raise ReadError(
            f"A frame restores to values up to {pixels.max()} where {samples.bits}-bit samples allow "
            f"{samples.max_value}; its Bits Allocated is wrong."
        )
    return pixels.reshape(shape).astype(samples.dtype, copy=False)
