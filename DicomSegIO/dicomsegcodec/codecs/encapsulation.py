"""Compressed frames to and from the fragments of encapsulated Pixel Data, PS3.5 A.4.

The value is a sequence of items: the Basic Offset Table, which may be empty, then the fragments, then a
delimiter. A frame is one fragment or several. Where offsets do not fit the 32 bits of that table, it is
empty, and two attributes before Pixel Data say where frames start: (7FE0,0001) and (7FE0,0002), PS3.3
C.7.6.3.1.8.
"""

import struct
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from ..byte_source import ReadAt
from ..errors import OutputError, ReadError, TruncatedFile

EXTENDED_OFFSET_TABLE_TAG, EXTENDED_OFFSET_TABLE_LENGTHS_TAG = 0x7FE00001, 0x7FE00002

_HEADER = struct.Struct("<HHI")
_GROUP, _ITEM, _DELIMITER = 0xFFFE, 0xE000, 0xE0DD
_LARGEST_OFFSET = 0xFFFFFFFF
_PIECE_BYTES = 1 << 20
_WINDOW_BYTES = 1 << 14
# The first bytes of a JPEG-LS or JPEG 2000 stream, the two whose frames may be several fragments.
_STREAM_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")


class EncapsulatedPixels:
    """The value of encapsulated Pixel Data, gathered frame by frame and then written in pieces.

    Offset tables stand before the frames, and their values are known after the last frame only. So frames are
    kept, compressed as they are, in memory up to `memory_bytes` and then in a temporary file.

    Parameters
    ----------
    frames : iterable of bytes
        Compressed frames, in stored order; more can be appended.
    memory_bytes : int
    extended : bool
        Give the extended offset table even where the basic one would do.
    """

    def __init__(
        self, frames: Iterable[bytes] = (), memory_bytes: int = 16 << 20, *, extended: bool = False
    ) -> None:
        self._extended = extended
        self._items = tempfile.SpooledTemporaryFile(memory_bytes)  # noqa: SIM115 - closed by close()
        self._offsets = array("Q")
        self._lengths = array("Q")
        self._size = 0
        try:
            for frame in frames:
                self.append(frame)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def close(self) -> None:
        """Give memory and temporary file back."""
        self._items.close()

    def append(self, frame: bytes) -> None:
        """Add a frame as one fragment, padded to an even length.

        Raises
        ------
        OutputError
            There is no room for the temporary file.
        """
        padding = len(frame) % 2
        try:
            self._items.write(_HEADER.pack(_GROUP, _ITEM, len(frame) + padding) + frame + b"\0" * padding)
        except OSError as error:
            raise OutputError(
                f"There is no room for temporary files in {tempfile.gettempdir()} ({error.strerror}); "
                "make room, or let TMPDIR name another folder."
            ) from error
        self._offsets.append(self._size)
        self._lengths.append(len(frame))
        self._size += _HEADER.size + len(frame) + padding

    @property
    def extended_tables(self) -> tuple[bytes, bytes] | None:
        """Values of (7FE0,0001) and (7FE0,0002); None where the Basic Offset Table holds all offsets."""
        if not self._offsets or (self._offsets[-1] <= _LARGEST_OFFSET and not self._extended):
            return None
        return np.array(self._offsets, "<u8").tobytes(), np.array(self._lengths, "<u8").tobytes()

    @property
    def length(self) -> int:
        """Bytes of the value with its delimiter; the length that the element states is undefined."""
        return len(self._basic_table()) + self._size + _HEADER.size

    def pieces(self) -> Iterator[bytes]:
        """Yield the value, its delimiter last."""
        yield self._basic_table()
        self._items.seek(0)
        while piece := self._items.read(_PIECE_BYTES):
            yield piece
        yield _HEADER.pack(_GROUP, _DELIMITER, 0)

    def _basic_table(self) -> bytes:
        table = b"" if self.extended_tables else np.array(self._offsets, "<u4").tobytes()
        return _HEADER.pack(_GROUP, _ITEM, len(table)) + table


@dataclass(frozen=True, slots=True, eq=False)
class FrameSpans:
    """Where the frames of encapsulated Pixel Data lie.

    Parameters
    ----------
    starts : (frames,) int64 array
        Offset of the header of each frame's first fragment.
    ends : (frames,) int64 array
        Offset of the byte after its last fragment.
    """

    starts: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return int(self.starts.size)

    def read(self, read_at: ReadAt, index: int) -> bytes:
        """Return the compressed bytes of frame `index` (from 0), as they are padded.

        Raises
        ------
        ReadError
            No fragment lies where the offset table says.
        TruncatedFile
        """
        start, end = int(self.starts[index]), int(self.ends[index])
        data = read_at(start, end - start)
        fragments = []
        place = 0
        while place + _HEADER.size <= len(data):
            group, element, length = _HEADER.unpack_from(data, place)
            place += _HEADER.size
            if (group, element) != (_GROUP, _ITEM) or place + length > len(data):
                break
            fragments.append(data[place : place + length])
            place += length
        else:
            if place == len(data) and fragments:
                return bytes(fragments[0]) if len(fragments) == 1 else b"".join(fragments)
        raise ReadError(
            f"Frame {index + 1} has no fragments at byte {start:,}, where the offset table has it; "
            "the file is damaged."
        )


def frame_spans(
    read_at: ReadAt, size: int, offset: int, count: int, extended_offsets: bytes | None = None
) -> FrameSpans:
    """Find the frames of encapsulated Pixel Data.

    Offset tables are used where they agree with the file; otherwise, and where there are none, all fragments
    are visited. A table's entries are held against the fragments again when a frame is read.

    Parameters
    ----------
    read_at : ReadAt
    size : int
        Bytes of the source. No length in it is believed beyond this.
    offset : int
        Of the value of Pixel Data: the first byte of the item with the Basic Offset Table.
    count : int
        Number of Frames.
    extended_offsets : bytes, optional
        Value of (7FE0,0001).

    Raises
    ------
    TruncatedFile
        The file ends before the last frame does.
    ReadError
        There are no fragments, or it is unknown which frame they belong to.
    """
    group, element, length = _item_header(read_at, size, offset)
    first = offset + _HEADER.size + length
    if (group, element) != (_GROUP, _ITEM):
        raise ReadError(f"Pixel Data is encapsulated but starts with ({group:04X},{element:04X}).")
    if first > size:
        raise TruncatedFile(
            f"The Basic Offset Table ends at byte {first:,} of a file of {size:,}; it is truncated."
        )
    tables = []
    if extended_offsets:
        tables.append((extended_offsets, "<u8"))
    if length == 4 * count:
        tables.append((bytes(read_at(offset + _HEADER.size, length)), "<u4"))
    for table, dtype in tables:
        spans = _spans_of_table(read_at, size, first, count, table, np.dtype(dtype))
        if spans is not None:
            return spans
    return _spans_of_fragments(read_at, size, first, count)


def _spans_of_table(
    read_at: ReadAt, size: int, first: int, count: int, table: bytes, dtype: np.dtype
) -> FrameSpans | None:
    """Return the spans that an offset table gives; None where it does not agree with the file."""
    if count < 1 or len(table) != count * dtype.itemsize:
        return None
    offsets = np.frombuffer(table, dtype)
    if offsets[0] != 0 or offsets[-1] >= size or (offsets[1:] <= offsets[:-1]).any():
        return None
    starts = offsets.astype(np.int64) + first
    last = int(starts[-1])
    if last + _HEADER.size > size or _item_header(read_at, size, last)[:2] != (_GROUP, _ITEM):
        return None
    end = last
    for place, length, _start in _fragments(read_at, size, last):
        end = place + _HEADER.size + length
    return FrameSpans(starts, np.append(starts[1:], end))


def _spans_of_fragments(read_at: ReadAt, size: int, first: int, count: int) -> FrameSpans:
    """Visit all fragments and return the frames that they make."""
    places, ends, opening = array("q"), array("q"), array("b")
    for place, length, start in _fragments(read_at, size, first):
        places.append(place)
        ends.append(place + _HEADER.size + length)
        opening.append(start.startswith(_STREAM_STARTS))
    found = len(places)
    if found < count:
        raise TruncatedFile(
            f"Pixel Data holds {found:,} fragments where Number of Frames is {count:,}; the file is "
            "truncated, or its Number of Frames is wrong."
        )
    starts = np.array(places, np.int64)
    if found > count:
        opens = np.flatnonzero(opening) if count != 1 else np.zeros(1, np.int64)
        if opens.size != count or opens[0] != 0:
            raise ReadError(
                f"Pixel Data holds {found:,} fragments for {count:,} frames and no usable offset table; it "
                "is unknown which fragment belongs to which frame."
            )
        starts = starts[opens]
    return FrameSpans(starts, np.append(starts[1:], ends[-1:]).astype(np.int64))


def _fragments(read_at: ReadAt, size: int, place: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield offset of the header, length and first bytes of each fragment up to the delimiter.

    A file that ends with a whole fragment, without a delimiter, is taken to end there.

    Raises
    ------
    TruncatedFile
        A fragment does not end within the source.
    ReadError
        Something else stands where a fragment should be.
    """
    window, base = b"", place
    enough = _HEADER.size + max(map(len, _STREAM_STARTS))
    while place < size:
        if place + enough > base + len(window):
            base = place
            window = bytes(read_at(base, min(_WINDOW_BYTES, size - base)))
        if len(window) - (place - base) < _HEADER.size:
            raise TruncatedFile(
                f"The file ends within the header of a fragment, at byte {size:,}; it is truncated."
            )
        group, element, length = _HEADER.unpack_from(window, place - base)
        if (group, element) == (_GROUP, _DELIMITER):
            return
        if (group, element) != (_GROUP, _ITEM):
            raise ReadError(
                f"({group:04X},{element:04X}) stands at byte {place:,} where a fragment should start; "
                "the file is damaged."
            )
        after = place + _HEADER.size + length
        if after > size:
            raise TruncatedFile(
                f"A fragment ends at byte {after:,} of a file of {size:,}; it is truncated or damaged."
            )
        start = place - base + _HEADER.size
        yield place, length, window[start : start + min(length, enough - _HEADER.size)]
        place = after


def _item_header(read_at: ReadAt, size: int, offset: int) -> tuple[int, int, int]:
    if offset + _HEADER.size > size:
        raise TruncatedFile(f"The file ends at byte {size:,}, before the fragments of Pixel Data.")
    return _HEADER.unpack(read_at(offset, _HEADER.size))
