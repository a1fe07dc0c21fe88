"""Frames' samples joined to native Pixel Data, and fetched from it one by one, PS3.5 8.1.1 and A.4."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .bits import frame_span, pack, unpack
from .byte_source import ByteSource
from .dataset_bytes import MAX_LENGTH, element_header
from .encodings import SegmentationType
from .errors import ArgumentError, TruncatedFile
from .findings import Progress, tell
from .frames import FrameTable
from .layers import LayeredSegmentation
from .occupancy import LabelPlanes, Occupancy
from .raster import FractionPatch, LabelCutter, fraction_patches, patches
from .samples import SampleFormat, quantised

PIXEL_DATA_TAG = 0x7FE00010


@dataclass(frozen=True, slots=True, eq=False)
class NativePixels:
    """The value of native Pixel Data of a planned object; made piece by piece, never whole."""

    segmentation: LayeredSegmentation
    occupancy: Occupancy | LabelPlanes
    table: FrameTable
    kind: SegmentationType
    samples: SampleFormat
    maximum_fraction: int = 255

    @property
    def length(self) -> int:
        """Bytes of the value, padded to an even number."""
        size = self.samples.native_bytes(len(self.table), self.segmentation.planes.shape)
        return size + size % 2

    @property
    def _boxes(self) -> Occupancy:
        assert isinstance(self.occupancy, Occupancy)  # of all but label maps, whose frames are cut whole
        return self.occupancy

    @property
    def room(self) -> int:
        """Bytes that it takes in a file."""
        return self.length

    @property
    def vr(self) -> str:
        return "OW" if self.samples.bits == 16 else "OB"

    def check_length(self) -> None:
        """Make sure that the value fits an element.

        Raises
        ------
        ArgumentError
            It is longer than the element's 32-bit length can say.
        """
        if self.length > MAX_LENGTH:
            rows, columns = self.segmentation.planes.shape
            raise ArgumentError(
                f"{len(self.table):,} frames of {rows} x {columns} pixels take {self.length / 1e9:.1f} GB; "
                "native Pixel Data ends at 4.3 GB. Leave out empty frames, compress them, or choose LABELMAP."
            )

    def check(self) -> None:
        """Make sure that every frame can be cut, before anything is written.

        Raises
        ------
        OverlappingSegments
            Segments of a label map share a voxel.
        """
        if self.kind is SegmentationType.LABELMAP and len(self.segmentation.layers) > 1:
            for _frame in self._labels():
                pass

    def elements(self, implicit_vr: bool, progress: Progress | None = None) -> Iterator[memoryview | bytes]:
        """Yield the element of Pixel Data, header first; a piece is used before the next one is asked for."""
        yield element_header(PIXEL_DATA_TAG, self.vr, self.length, implicit_vr)
        done = 0
        for piece in self.pieces():
            tell(progress, done / self.length, "Writing frames")
            yield piece
            done += len(piece)
        tell(progress, 1.0, "Writing frames")

    def value(self) -> bytes:
        """Return the whole value."""
        return b"".join(bytes(piece) for piece in self.pieces())

    def pieces(self) -> Iterator[memoryview | bytes]:
        """Yield the value; a piece is used before the next one is asked for."""
        size = 0
        if self.samples.bits == 1:
            masks = patches(self.segmentation, self._boxes, self.table)
            pieces = pack(masks, self.segmentation.planes.shape)
        else:
            pieces = (memoryview(np.ascontiguousarray(frame)).cast("B") for frame in self.frames())
        for piece in pieces:
            size += len(piece)
            yield piece
        if size % 2:
            yield b"\0"

    def frames(self) -> Iterator[np.ndarray]:
        """Yield each (rows, columns) frame; it is used before the next one is asked for."""
        match self.kind:
            case SegmentationType.LABELMAP:
                return self._labels()
            case SegmentationType.FRACTIONAL:
                return self._fractions(self.maximum_fraction)
        return self._fractions(1)

    def _fractions(self, maximum: int) -> Iterator[np.ndarray]:
        """Yield frames of fractions, and of masks as 0 and the maximum."""
        frame = np.zeros(self.segmentation.planes.shape, np.uint8)
        masks = patches(self.segmentation, self._boxes, self.table)
        fractions = fraction_patches(self.segmentation, self._boxes, self.table)
        for patch in fractions if self.segmentation.fractions else masks:
            if patch is None:
                yield frame
                continue
            if isinstance(patch, FractionPatch):
                frame[patch.rows, patch.columns] = quantised(patch.pixels, maximum)
            else:
                inside = patch.pixels == patch.pixels.dtype.type(patch.value)
                np.multiply(inside, np.uint8(maximum), out=frame[patch.rows, patch.columns])
            yield frame
            frame[patch.rows, patch.columns] = 0

    def _labels(self) -> Iterator[np.ndarray]:
        cutter = LabelCutter(self.segmentation, self.occupancy, self.samples.dtype)
        frame = np.empty(self.segmentation.planes.shape, self.samples.dtype)
        for plane in self.table.plane.tolist():
            labels = cutter.direct(plane)
            if labels is None:
                frame[...] = 0
                cutter.into(plane, frame)
                labels = frame
            yield labels


@dataclass(frozen=True, slots=True, eq=False)
class NativeFrames:
    """Frames of native Pixel Data, read where they lie.

    Parameters
    ----------
    source : ByteSource
    offset : int
        Of the value of Pixel Data.
    length : int
        Of that value.
    count : int
        Number of Frames.
    shape : (rows, columns)
    samples : SampleFormat
    """

    source: ByteSource
    offset: int
    length: int
    count: int
    shape: tuple[int, int]
    samples: SampleFormat

    def __post_init__(self) -> None:
        needed = self.samples.native_bytes(self.count, self.shape)
        if needed > self.length:
            raise TruncatedFile(
                f"Pixel Data holds {self.length:,} bytes where {self.count:,} frames of "
                f"{self.shape[0]} x {self.shape[1]} pixels take {needed:,}; the file is truncated, or its "
                "Rows, Columns or Number of Frames is wrong."
            )

    @property
    def whole_bytes(self) -> bool:
        """Whether each 1-bit frame was filled up to a whole byte, which PS3.5 8.1.1 does not allow.

        Seen by the length of Pixel Data, where it tells.
        """
        if self.samples.bits != 1:
            return False
        packed = self.samples.native_bytes(self.count, self.shape)
        filled = self.count * self.samples.native_bytes(1, self.shape)
        return self.length > packed + packed % 2 and self.length in (filled, filled + filled % 2)

    @property
    def surplus(self) -> int:
        """Bytes of Pixel Data after the last frame and what makes its length even."""
        size = self.samples.native_bytes(self.count, self.shape)
        if self.whole_bytes:
            size = self.count * self.samples.native_bytes(1, self.shape)
        return max(0, self.length - size - size % 2)

    def frames(self, indices: np.ndarray | list[int]) -> Iterator[np.ndarray]:
        """Yield (rows, columns) uint8 or uint16 arrays of the frames of these indices, from 0."""
        size = self.samples.native_bytes(1, self.shape)
        packed = self.samples.bits == 1 and not self.whole_bytes
        with self.source.opened() as read_at:
            for index in np.asarray(indices, np.int64).tolist():
                if packed:
                    start, end = frame_span(index, self.shape)
                    yield unpack(read_at(self.offset + start, end - start), index, self.shape)
                    continue
                data = read_at(self.offset + index * size, size)
                if self.samples.bits == 1:
                    yield unpack(data, 0, self.shape)
                else:
                    yield np.frombuffer(data, self.samples.dtype).reshape(self.shape)
