"""JPEG-LS Lossless frames, PS3.5 8.2.3 and A.4.3, with pyjpegls."""

import struct

import numpy as np

from ..errors import ArgumentError, ReadError, TruncatedFile
from ..samples import SampleFormat
from .frame_bytes import check_plausible, checked_frame, padded, stored_samples
from .heap import prime_heap
from .packages import OptionalPackage

_PACKAGE = OptionalPackage("pyjpegls", "jpeg_ls")

BITS = frozenset((8, 16))
READS = BITS
# pyjpegls 1.5.1 gives CharLS twice the frame's bytes. Frames of 8-bit noise up to 12 x 12 pixels need more.
SMALLEST = 16
REQUIRES: OptionalPackage | None = _PACKAGE
# It does not release the interpreter's lock.
THREADS = False

_START, _END = b"\xff\xd8", b"\xff\xd9"
_MARKER, _FRAME_HEADER, _SCAN_HEADER = 0xFF, 0xF7, 0xDA


def encode(frame: np.ndarray, samples: SampleFormat) -> bytes:
    """Compress a (rows, columns) array of 8-bit or 16-bit samples.

    Raises
    ------
    ArgumentError
        The frame becomes more than twice as large.
    """
    library = _PACKAGE.load()
    prime_heap()
    pixels = stored_samples(frame, samples).tobytes()
    # Not encode_array(): it takes the precision from the largest pixel, so that 16-bit frames whose pixels
    # all fit in a byte are stored wrong (pyjpegls 1.5.1).
    try:
        stream = library.encode_buffer(pixels, *frame.shape, 1, samples.bits)
    except RuntimeError as error:
        raise ArgumentError(
            f"A frame of {frame.shape[0]} x {frame.shape[1]} pixels does not compress with JPEG-LS "
            f"({error}); choose another transfer syntax."
        ) from error
    return padded(bytes(stream))


def encode_many(frames: np.ndarray, samples: SampleFormat) -> list[bytes]:
    """Compress each frame of a (frames, rows, columns) array."""
    return [encode(frame, samples) for frame in frames]


def decode(data: bytes | memoryview, shape: tuple[int, int], samples: SampleFormat) -> np.ndarray:
    """Restore a (rows, columns) array of `samples.dtype`.

    Raises
    ------
    TruncatedFile
        The stream has no end.
    ReadError
        It is damaged, compressed with loss, or of another size than promised.
    UnsupportedTransferSyntax
        pyjpegls is not installed.
    """
    library = _PACKAGE.load()
    prime_heap()
    stream = bytes(data)
    bits = _check_headers(stream, shape)
    check_plausible(len(stream), shape)
    try:
        restored = library.decode_from_buffer(stream)
    except RuntimeError as error:
        raise ReadError(f"A JPEG-LS frame is damaged: {error}.") from error
    pixels = np.frombuffer(restored, np.uint8 if bits <= 8 else "<u2")
    return checked_frame(pixels, shape, samples)


def _check_headers(stream: bytes, shape: tuple[int, int]) -> int:
    """Return the bits of a pixel, ISO/IEC 14495-1 C.2.

    The library makes room for what the frame header promises, so this is read before it is.
    """
    if not stream.startswith(_START):
        raise ReadError(f"A frame starts with {stream[:4].hex()} where a JPEG-LS stream starts with ffd8.")
    if not stream.rstrip(b"\0").endswith(_END):
        raise TruncatedFile("A JPEG-LS frame has no end; the file is truncated.")
    place, bits = len(_START), 0
    while place + 4 <= len(stream) and stream[place] == _MARKER:
        if stream[place + 1] == _MARKER:  # filled up before a marker
            place += 1
            continue
        marker, length = stream[place + 1], int.from_bytes(stream[place + 2 : place + 4], "big")
        values = stream[place + 4 : place + 2 + length]
        if marker == _FRAME_HEADER and len(values) >= 6:
            bits, *found, components = struct.unpack_from(">BHHB", values)
            if tuple(found) != shape or components != 1:
                raise ReadError(
                    f"A JPEG-LS frame has {found[0]} x {found[1]} pixels of {components} samples where "
                    f"{shape[0]} x {shape[1]} of 1 are promised; its Rows or Columns is wrong."
                )
        elif marker == _SCAN_HEADER and len(values) >= 6 and bits:
            # Number of components, then component and table for each; NEAR follows.
            if values[3]:
                raise ReadError(
                    f"A JPEG-LS frame is compressed with loss (by up to {values[3]}); its samples are no "
                    "longer those of the segmentation."
                )
            return bits
        place += 2 + length
    raise ReadError("A JPEG-LS frame has no frame and scan header; it is damaged.")
