"""Compressed frames joined to encapsulated Pixel Data, and fetched from it one by one, PS3.5 A.4."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from .byte_source import ByteSource
from .codecs import TransferSyntax
from .codecs.encapsulation import EXTENDED_OFFSET_TABLE_LENGTHS_TAG, EXTENDED_OFFSET_TABLE_TAG, FrameSpans
from .codecs.fragment_writer import EncapsulatedPixels
from .codecs.parallel import encode_frames
from .dataset_bytes import UNDEFINED_LENGTH, element, element_header
from .errors import ReadError
from .findings import Progress, tell
from .pixeldata import PIXEL_DATA_TAG, NativePixels
from .samples import SampleFormat

DELIMITER = bytes.fromhex("FEFFDDE000000000")


@dataclass(frozen=True, slots=True, eq=False)
class CompressedPixels:
    """Encapsulated Pixel Data of a planned object; frames are compressed when it is written.

    Parameters
    ----------
    native : NativePixels
        The frames.
    syntax : TransferSyntax
    workers : int, or Executor
        Threads that compress frames, where that is faster.
    extended_offsets : bool
        Write the extended offset table even where the basic one would do.
    """

    native: NativePixels
    syntax: TransferSyntax
    workers: int | Executor = 0
    extended_offsets: bool = False

    @property
    def vr(self) -> str:
        return "OB"

    @property
    def length(self) -> int:
        return UNDEFINED_LENGTH

    @property
    def room(self) -> int:
        """Bytes it takes at least; how far frames compress is not known before."""
        return len(DELIMITER) * len(self.native.table)

    def elements(self, _implicit_vr: bool, progress: Progress | None = None) -> Iterator[bytes]:
        """Yield Pixel Data, after the extended offset tables where it needs them."""
        with self._compressed(progress) as pixels:
            tables = pixels.extended_tables
            if tables is not None:
                yield element(EXTENDED_OFFSET_TABLE_TAG, "OV", tables[0])
                yield element(EXTENDED_OFFSET_TABLE_LENGTHS_TAG, "OV", tables[1])
            yield element_header(PIXEL_DATA_TAG, self.vr, UNDEFINED_LENGTH)
            yield from pixels.pieces()

    def value(self) -> bytes:
        """Return the value without its delimiter, as pydicom holds it."""
        with self._compressed(None) as pixels:
            return b"".join(pixels.pieces())[: -len(DELIMITER)]

    def check(self) -> None:
        """Make sure that every frame can be cut, before anything is written."""
        self.native.check()

    def _compressed(self, progress: Progress | None) -> EncapsulatedPixels:
        codec = self.syntax.codec
        assert codec is not None  # made for encapsulated syntaxes only
        pixels = EncapsulatedPixels(extended=self.extended_offsets)
        count = len(self.native.table)
        try:
            frames = encode_frames(self.native.frames(), codec, self.native.samples, self.workers)
            for done, frame in enumerate(frames):
                tell(progress, done / count, "Compressing frames")
                pixels.append(frame)
            tell(progress, 1.0, "Compressing frames")
        except BaseException:
            pixels.close()
            raise
        return pixels


@dataclass(frozen=True, slots=True, eq=False)
class CompressedFrames:
    """Frames of encapsulated Pixel Data, read where they lie.

    Parameters
    ----------
    source : ByteSource
    spans : FrameSpans
        Where the frames are in it.
    syntax : TransferSyntax
    shape : (rows, columns)
    samples : SampleFormat
    """

    source: ByteSource
    spans: FrameSpans
    syntax: TransferSyntax
    shape: tuple[int, int]
    samples: SampleFormat

    @property
    def count(self) -> int:
        return len(self.spans)

    def frames(self, indices: np.ndarray | list[int]) -> Iterator[np.ndarray]:
        """Yield (rows, columns) uint8 or uint16 arrays of the frames of these indices, from 0."""
        codec = self.syntax.codec
        assert codec is not None  # made for encapsulated syntaxes only
        spans, visited = self.spans, False
        with self.source.opened() as read_at:
            for index in np.asarray(indices, np.int64).tolist():
                try:
                    data = spans.read(read_at, index)
                except ReadError:
                    if visited:
                        raise
                    # The offset table is wrong here; without another word, if the fragments themselves tell.
                    spans, visited = spans.visited(read_at), True
                    data = spans.read(read_at, index)
                yield codec.decode(data, self.shape, self.samples)
