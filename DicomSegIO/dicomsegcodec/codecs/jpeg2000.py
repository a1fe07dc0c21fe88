"""JPEG 2000 Lossless frames, PS3.5 8.2.4 and A.4.4, with OpenJPEG; High-Throughput JPEG 2000 is read too."""

import struct
from threading import Lock

import numpy as np

from ..errors import ArgumentError, ReadError, TruncatedFile
from ..samples import SampleFormat
from .frame_bytes import check_plausible, checked_frame, padded, stored_samples
from .packages import OptionalPackage

_PACKAGE = OptionalPackage("pylibjpeg-openjpeg", "openjpeg.utils")

BITS = frozenset((1, 8, 16))
READS = BITS
# OpenJPEG refuses to make the 6 resolutions that pylibjpeg-openjpeg asks for from fewer rows or columns.
SMALLEST = 32
REQUIRES: OptionalPackage | None = _PACKAGE
# It does not release the interpreter's lock.
THREADS = False

# pylibjpeg-openjpeg 2.6.0 ends the process when two threads encode at once.
_ONE_AT_A_TIME = Lock()

_START, _END = b"\xff\x4f\xff\x51", b"\xff\xd9"
_CODING_STYLE, _TILE_PART = b"\xff\x52", b"\xff\x90"
_JP2_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_GREYSCALE = 2


def encode(frame: np.ndarray, samples: SampleFormat) -> bytes:
    """Compress a (rows, columns) array; 1-bit samples become an image of 1 bit.

    Raises
    ------
    ArgumentError
        OpenJPEG cannot hold the frame: masks of noise become twice as large.
    """
    library = _PACKAGE.load()
    pixels = stored_samples(frame, samples)
    try:
        with _ONE_AT_A_TIME:
            stream = library.encode_array(
                pixels, bits_stored=samples.bits, photometric_interpretation=_GREYSCALE
            )
    except RuntimeError as error:
        raise ArgumentError(
            f"A frame of {frame.shape[0]} x {frame.shape[1]} pixels does not compress with JPEG 2000 "
            f"({error}); choose another transfer syntax."
        ) from error
    # pylibjpeg-openjpeg 2.6.0 with OpenJPEG 2.5.2 loses pixels of some noisy 1-bit frames and says nothing.
    if samples.bits == 1 and not np.array_equal(decode(stream, pixels.shape, samples), pixels):
        raise ArgumentError(
            f"A mask of {frame.shape[0]} x {frame.shape[1]} pixels does not survive JPEG 2000: OpenJPEG "
            "cannot hold so much noise in 1 bit; choose another transfer syntax."
        )
    return padded(bytes(stream))


def encode_many(frames: np.ndarray, samples: SampleFormat) -> list[bytes]:
    """Compress each frame of a (frames, rows, columns) array."""
    return [encode(frame, samples) for frame in frames]


def decode(data: bytes | memoryview, shape: tuple[int, int], samples: SampleFormat) -> np.ndarray:
    """Restore a (rows, columns) array of `samples.dtype`.

    Raises
    ------
    TruncatedFile
        The codestream has no end.
    ReadError
        It is damaged, compressed with loss, or of another size than promised.
    UnsupportedTransferSyntax
        pylibjpeg-openjpeg is not installed.
    """
    library = _PACKAGE.load()
    stream = _codestream(bytes(data))
    _check_headers(stream, shape)
    try:
        with _ONE_AT_A_TIME:
            pixels = library.decode(stream, j2k_format=0)
    except RuntimeError as error:
        raise ReadError(f"A JPEG 2000 frame is damaged: {error}.") from error
    return checked_frame(pixels, shape, samples)


def _codestream(data: bytes) -> bytes:
    """Return the codestream, without the file format around it that some writers leave."""
    if not data.startswith(_JP2_SIGNATURE):
        return data
    place = 0
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"jp2c":
            # Length 0 says: to the end of the file; 1: the length stands in the 8 bytes that follow.
            start = place + (16 if length == 1 else 8)
            return data[start:] if length < 8 else data[start : place + length]
        if length < 8:
            break
        place += length
    raise ReadError("A JP2 file in place of a JPEG 2000 frame has no codestream.")


def _check_headers(stream: bytes, shape: tuple[int, int]) -> None:
    """Hold the main header against what is promised, ISO/IEC 15444-1 A.5 and A.6.

    The library makes room for what the header says, so this is read before it is.
    """
    if not stream.startswith(_START):
        raise ReadError(
            f"A frame starts with {stream[:4].hex()} where a JPEG 2000 stream starts with ff4fff51."
        )
    if not stream.rstrip(b"\0").endswith(_END):
        raise TruncatedFile("A JPEG 2000 frame has no end; the file is truncated.")
    if len(stream) < 45:
        raise TruncatedFile(f"A JPEG 2000 frame has {len(stream)} bytes, less than its header.")
    width, height, left, top = struct.unpack_from(">4I", stream, 8)
    components, depth, *sampling = struct.unpack_from(">H3B", stream, 40)
    if (height - top, width - left) != shape or components != 1 or sampling != [1, 1]:
        raise ReadError(
            f"A JPEG 2000 frame has {height - top} x {width - left} pixels of {components} samples where "
            f"{shape[0]} x {shape[1]} of 1 are promised; its Rows or Columns is wrong."
        )
    check_plausible(len(stream), shape)
    if depth > 15:
        raise ReadError(
            f"A JPEG 2000 frame has {'signed' if depth & 0x80 else 'unsigned'} samples of "
            f"{(depth & 0x7F) + 1} bits; those of a segmentation are unsigned, of 1, 8 or 16 bits."
        )
    place = 2
    while place + 14 <= len(stream) and (marker := stream[place : place + 2]) != _TILE_PART:
        if marker == _CODING_STYLE:
            if stream[place + 13] != 1:
                raise ReadError(
                    "A JPEG 2000 frame is compressed with loss (irreversible transformation); its samples "
                    "are no longer those of the segmentation."
                )
            return
        place += 2 + int.from_bytes(stream[place + 2 : place + 4], "big")
    raise ReadError("A JPEG 2000 frame does not say how it is coded; it is damaged.")
