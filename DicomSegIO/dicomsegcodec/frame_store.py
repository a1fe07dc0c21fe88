"""Pixel Data of a stored object, and its frames once their number, shape and samples are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .byte_source import ByteSource
from .codecs import TRANSFER_SYNTAXES, transfer_syntax
from .codecs.encapsulation import FrameSpans
from .compressed import CompressedFrames
from .encodings import SegmentationType
from .errors import ReadError, TruncatedFile, UnsupportedTransferSyntax
from .pixeldata import NativeFrames
from .samples import SampleFormat


class Frames(Protocol):
    """Frames that are fetched one by one."""

    @property
    def count(self) -> int: ...

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)"""

    @property
    def samples(self) -> SampleFormat: ...

    def frames(self, indices: np.ndarray | list[int]) -> Iterator[np.ndarray]:
        """Yield (rows, columns) uint8 or uint16 arrays of the frames of these indices, from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameStore:
    """Where the frames of an object lie.

    Parameters
    ----------
    syntax_uid : str
        Transfer Syntax UID.
    source : ByteSource
    offset, size : int
        Of the value of Pixel Data; of an encapsulated one without its delimiter.
    spans : FrameSpans, optional
        Where compressed frames are in `source`; None where frames are native.
    """

    syntax_uid: str
    source: ByteSource
    offset: int
    size: int
    spans: FrameSpans | None = None

    @property
    def native_against_its_syntax(self) -> bool:
        """Whether the transfer syntax says compressed and Pixel Data is not in fragments."""
        syntax = TRANSFER_SYNTAXES.get(self.syntax_uid)
        return self.spans is None and syntax is not None and syntax.encapsulated

    def ends_with(self, count: int, shape: tuple[int, int], bits: int) -> bool:
        """Tell whether Pixel Data ends where the last of `count` frames does, as far as its length says."""
        if self.spans is not None:
            return len(self.spans) == count
        frame_bits = shape[0] * shape[1] * bits
        packed, padded = (count * frame_bits + 7) // 8, count * ((frame_bits + 7) // 8)
        return self.size in {n + odd for n in (packed, padded) for odd in (0, n % 2)}

    def frames(self, count: int, shape: tuple[int, int], bits: int) -> Frames:
        """Return `count` frames of (rows, columns) samples of `bits` bits.

        Frames of an unknown transfer syntax are an error only when they are asked for: what the header says
        is of use without them.

        Raises
        ------
        TruncatedFile
            Pixel Data is too short for them.
        ReadError
            There are no such samples.
        """
        if self.syntax_uid not in TRANSFER_SYNTAXES:
            if count > (8 * self.size if self.spans is None else len(self.spans)):
                raise TruncatedFile(
                    f"Pixel Data of {self.size:,} bytes cannot hold {count:,} frames; the file is truncated, "
                    "or its Number of Frames is wrong."
                )
            return UnreadableFrames(count, shape, SampleFormat.stored(bits), self.syntax_uid)
        if self.spans is not None:
            syntax, samples = transfer_syntax(self.syntax_uid), SampleFormat.stored(bits)
            return CompressedFrames(self.source, self.spans.first(count), syntax, shape, samples)
        if self.native_against_its_syntax and not self.ends_with(count, shape, bits):
            raise ReadError(
                f"The transfer syntax is {transfer_syntax(self.syntax_uid).name} and Pixel Data is not in "
                "fragments, nor as long as native frames are; the file is damaged."
            )
        if bits == 32:
            # Each sample is two words here, of which the second one has to be 0.
            words = NativeFrames(
                self.source, self.offset, self.size, count, (shape[0], 2 * shape[1]), SampleFormat(16)
            )
            return WideFrames(words)
        return NativeFrames(self.source, self.offset, self.size, count, shape, SampleFormat.stored(bits))


@dataclass(frozen=True, slots=True)
class UnreadableFrames:
    """Frames of a transfer syntax that is not known here."""

    count: int
    shape: tuple[int, int]
    samples: SampleFormat
    syntax_uid: str

    def frames(self, indices: np.ndarray | list[int]) -> Iterator[np.ndarray]:
        """Raise UnsupportedTransferSyntax, if any frame is asked for."""
        if len(indices):
            transfer_syntax(self.syntax_uid)
            raise UnsupportedTransferSyntax(f"No codec for transfer syntax {self.syntax_uid}.")
        return iter(())


@dataclass(frozen=True, slots=True)
class WideFrames:
    """Label maps of 32 bits, as drafts of the standard had them, whose labels fit 16 bits."""

    words: NativeFrames

    @property
    def count(self) -> int:
        return self.words.count

    @property
    def shape(self) -> tuple[int, int]:
        return self.words.shape[0], self.words.shape[1] // 2

    @property
    def samples(self) -> SampleFormat:
        return self.words.samples

    def frames(self, indices: np.ndarray | list[int]) -> Iterator[np.ndarray]:
        """Yield (rows, columns) uint16 arrays.

        Raises
        ------
        ReadError
            A label is larger than a Segment Number can be.
        """
        for words in self.words.frames(indices):
            if words[:, 1::2].any():
                raise ReadError("A label of 32 bits is above 65535, which no Segment Number is.")
            yield words[:, 0::2]


@dataclass(frozen=True, slots=True)
class MaskFrames:
    """Frames of a BINARY object that has more than one bit a sample: what is not 0 belongs to the segment."""

    stored: Frames

    @property
    def count(self) -> int:
        return self.stored.count

    @property
    def shape(self) -> tuple[int, int]:
        return self.stored.shape

    @property
    def samples(self) -> SampleFormat:
        return self.stored.samples

    def frames(self, indices: np.ndarray | list[int]) -> Iterator[np.ndarray]:
        """Yield (rows, columns) uint8 arrays of 0 and 1."""
        for frame in self.stored.frames(indices):
            yield (frame != 0).view(np.uint8)


def meant_frames(frames: Frames, kind: SegmentationType) -> Frames:
    """Return frames as their Segmentation Type means their samples."""
    if kind is SegmentationType.BINARY and frames.samples.bits != 1:
        return MaskFrames(frames)
    return frames
