"""Transfer syntaxes and the compressions behind them, PS3.5 Annex A.

A compression is a module with the names of `FrameCodec`. A new one is such a module and a row of the table
below; the contract test takes it from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from ..errors import ArgumentError, UnsupportedTransferSyntax
from ..samples import SampleFormat
from . import deflate, jpeg2000, jpegls, rle
from .packages import OptionalPackage

_ALL = frozenset((1, 8, 16))
_NONE: frozenset[int] = frozenset()


class FrameCodec(Protocol):
    """Compress and restore single frames of one sample a pixel, without loss."""

    BITS: frozenset[int]
    """Bits of the samples that it compresses."""
    READS: frozenset[int]
    """Bits of the samples that it restores."""
    SMALLEST: int
    """Rows and columns that a frame must have to be compressed; smaller ones are restored."""
    REQUIRES: OptionalPackage | None
    THREADS: bool
    """Whether frames are compressed faster by several threads than by one."""

    def encode(self, frame: np.ndarray, samples: SampleFormat, /) -> bytes:
        """Compress a (rows, columns) array of `samples.dtype`, to an even number of bytes."""

    def encode_many(self, frames: np.ndarray, samples: SampleFormat, /) -> list[bytes]:
        """Compress each frame of a (frames, rows, columns) array of `samples.dtype`."""

    def decode(
        self, data: bytes | memoryview, shape: tuple[int, int], samples: SampleFormat, /
    ) -> np.ndarray:
        """Restore a (rows, columns) array of `samples.dtype`, which may be read-only.

        Raises
        ------
        TruncatedFile, ReadError, UnsupportedTransferSyntax
        """


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """How a data set and its frames are stored.

    Parameters
    ----------
    uid : str
    keyword : str
        As pydicom names it.
    name : str
        As PS3.6 Annex A names it.
    codec : FrameCodec, or None
        None where frames are native.
    implicit_vr, little_endian : bool
        How elements are encoded.
    deflated : bool
        The whole data set is one deflate stream.
    writes : frozenset of int
        Bits of the samples it can be written with; empty where it is only read.
    reads : frozenset of int
        Bits of the samples it can be read with.
    """

    uid: str
    keyword: str
    name: str
    codec: FrameCodec | None = None
    implicit_vr: bool = False
    little_endian: bool = True
    deflated: bool = False
    writes: frozenset[int] = _ALL
    reads: frozenset[int] = _ALL

    @property
    def encapsulated(self) -> bool:
        """Whether Pixel Data is a sequence of fragments, PS3.5 A.4."""
        return self.codec is not None

    @property
    def smallest(self) -> int:
        """Rows and columns that a frame must have to be written."""
        return 1 if self.codec is None else self.codec.SMALLEST

    def holds(self, samples: SampleFormat, shape: tuple[int, int]) -> bool:
        """Tell whether frames (rows, columns) of these samples can be written."""
        return samples.bits in self.writes and min(shape) >= self.smallest

    @property
    def requires(self) -> OptionalPackage | None:
        """What has to be installed to write or read it."""
        return None if self.codec is None else self.codec.REQUIRES


def _table(*rows: TransferSyntax) -> Mapping[str, TransferSyntax]:
    return MappingProxyType({row.uid: row for row in rows})


def _only_read(uid: str, keyword: str, name: str) -> TransferSyntax:
    return TransferSyntax(uid, keyword, name, jpeg2000, writes=_NONE, reads=jpeg2000.READS)


TRANSFER_SYNTAXES: Mapping[str, TransferSyntax] = _table(
    TransferSyntax(
        "1.2.840.10008.1.2", "ImplicitVRLittleEndian", "Implicit VR Little Endian", implicit_vr=True
    ),
    TransferSyntax("1.2.840.10008.1.2.1", "ExplicitVRLittleEndian", "Explicit VR Little Endian"),
    TransferSyntax(
        "1.2.840.10008.1.2.1.99",
        "DeflatedExplicitVRLittleEndian",
        "Deflated Explicit VR Little Endian",
        deflated=True,
    ),
    TransferSyntax(
        "1.2.840.10008.1.2.2",
        "ExplicitVRBigEndian",
        "Explicit VR Big Endian",
        little_endian=False,
        writes=_NONE,
    ),
    TransferSyntax(
        "1.2.840.10008.1.2.5", "RLELossless", "RLE Lossless", rle, writes=rle.BITS, reads=rle.READS
    ),
    TransferSyntax(
        "1.2.840.10008.1.2.4.80",
        "JPEGLSLossless",
        "JPEG-LS Lossless Image Compression",
        jpegls,
        writes=jpegls.BITS,
        reads=jpegls.READS,
    ),
    TransferSyntax(
        "1.2.840.10008.1.2.4.90",
        "JPEG2000Lossless",
        "JPEG 2000 Image Compression (Lossless Only)",
        jpeg2000,
        writes=jpeg2000.BITS,
        reads=jpeg2000.READS,
    ),
    # Two of these may hold frames with loss, which are refused one by one. OpenJPEG decodes HTJ2K since 2.5.
    _only_read("1.2.840.10008.1.2.4.91", "JPEG2000", "JPEG 2000 Image Compression"),
    _only_read(
        "1.2.840.10008.1.2.4.201",
        "HTJ2KLossless",
        "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
    ),
    _only_read(
        "1.2.840.10008.1.2.4.202",
        "HTJ2KLosslessRPCL",
        "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
    ),
    _only_read("1.2.840.10008.1.2.4.203", "HTJ2K", "High-Throughput JPEG 2000 Image Compression"),
    # Not in pydicom 3.0; later versions have this keyword.
    TransferSyntax(
        "1.2.840.10008.1.2.8.1",
        "DeflatedImageFrameCompression",
        "Deflated Image Frame Compression",
        deflate,
        writes=deflate.BITS,
        reads=deflate.READS,
    ),
)


def transfer_syntax(uid: str) -> TransferSyntax:
    """Look up a Transfer Syntax UID.

    Raises
    ------
    UnsupportedTransferSyntax
        It is none of the known ones, which the message names.
    """
    found = TRANSFER_SYNTAXES.get(uid)
    if found is None:
        known = ", ".join(row.name for row in TRANSFER_SYNTAXES.values())
        raise UnsupportedTransferSyntax(f"No codec for transfer syntax {uid}; known are {known}.")
    return found


def for_writing(uid: str, samples: SampleFormat, shape: tuple[int, int]) -> TransferSyntax:
    """Look up a Transfer Syntax UID to write frames (rows, columns) of these samples with.

    Raises
    ------
    ArgumentError
        It is unknown, cannot hold such frames, or needs a package that is not installed; the message names
        what can be chosen instead.
    """
    choices = [row for row in TRANSFER_SYNTAXES.values() if row.holds(samples, shape)]
    named = ", ".join(f"{row.keyword} ({row.uid})" for row in choices)
    found = TRANSFER_SYNTAXES.get(uid)
    if found is None:
        raise ArgumentError(f"Transfer syntax {uid} is not known; choose one of {named}.")
    if samples.bits not in found.writes:
        raise ArgumentError(
            f"{found.keyword} cannot be written with {samples.bits}-bit samples; choose one of {named}."
        )
    if not found.holds(samples, shape):
        raise ArgumentError(
            f"{found.keyword} needs frames of at least {found.smallest} x {found.smallest} pixels and these "
            f"have {shape[0]} x {shape[1]}; choose one of {named}."
        )
    if found.requires is not None and found.requires.find() is None:
        raise ArgumentError(f"{found.keyword} cannot be written: {found.requires.advice}")
    return found
