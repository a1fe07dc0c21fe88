"""Compressed frames found in the fragments of encapsulated Pixel Data, PS3.5 A.4.

The value is a sequence of items: the Basic Offset Table, which may be empty, then the fragments, then a
delimiter. A frame is one fragment or several. Where offsets do not fit the 32 bits of that table, it is
empty, and two attributes before Pixel Data say where frames start: (7FE0,0001) and (7FE0,0002), PS3.3
C.7.6.3.1.8. Tables of other writers may be empty, shifted or wrong; what they say is believed only where a
fragment starts there.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..byte_source import ReadAt
from ..errors import ReadError, TruncatedFile

EXTENDED_OFFSET_TABLE_TAG, EXTENDED_OFFSET_TABLE_LENGTHS_TAG = 0x7FE00001, 0x7FE00002
FIRST_ITEM = b"\xfe\xff\x00\xe0"
"""With which encapsulated Pixel Data begins."""

_HEADER = struct.Struct("<HHI")
_GROUP, _ITEM, _DELIMITER = 0xFFFE, 0xE000, 0xE0DD
_WINDOW_BYTES = 1 << 14
# The first bytes of a JPEG-LS or JPEG 2000 stream, the two whose frames may be several fragments.
_STREAM_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")


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

    def first(self, count: int) -> "FrameSpans":
        """Return the first `count` frames.

        Raises
        ------
        TruncatedFile
            There are fewer.
        """
        if count > len(self):
            raise TruncatedFile(
                f"Pixel Data holds {len(self):,} frames where there should be {count:,}; the file is "
                "truncated, or its Number of Frames is wrong."
            )
        return self if count == len(self) else FrameSpans(self.starts[:count], self.ends[:count])

    def visited(self, read_at: ReadAt) -> "FrameSpans":
        """Return the frames as the fragments themselves have them, whatever a table has said.

        Raises
        ------
        ReadError, TruncatedFile
        """
        first, end = int(self.starts[0]), int(self.ends[-1])
        return _spans_of_fragments(read_at, end, first, (len(self),))


def frame_spans(
    read_at: ReadAt,
    size: int,
    offset: int,
    count: int | None,
    extended_offsets: bytes | None = None,
    *,
    described: int | None = None,
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
    count : int, optional
        Number of Frames; where None, each fragment is taken for a frame.
    extended_offsets : bytes, optional
        Value of (7FE0,0001).
    described : int, optional
        Frames that the functional groups describe: taken where the fragments agree with it and not with
        Number of Frames.

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
    counts = tuple(dict.fromkeys(n for n in (count, described) if n is not None))
    tables: list[tuple[bytes, np.dtype]] = []
    if extended_offsets:
        tables.append((extended_offsets, np.dtype("<u8")))
    if length in [4 * n for n in counts]:
        tables.append((bytes(read_at(offset + _HEADER.size, length)), np.dtype("<u4")))
    for table, dtype in tables:
        spans = _spans_of_table(read_at, size, first, counts, table, dtype)
        if spans is not None:
            return spans
    return _spans_of_fragments(read_at, size, first, counts)


def _spans_of_table(
    read_at: ReadAt, size: int, first: int, counts: tuple[int, ...], table: bytes, dtype: np.dtype
) -> FrameSpans | None:
    """Return the spans that an offset table gives; None where it does not agree with the file."""
    if not table or len(table) not in [n * dtype.itemsize for n in counts]:
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


def _spans_of_fragments(read_at: ReadAt, size: int, first: int, counts: tuple[int, ...]) -> FrameSpans:
    """Visit all fragments and return the frames that they make."""
    places, ends, opening = array("q"), array("q"), array("b")
    for place, length, start in _fragments(read_at, size, first):
        places.append(place)
        ends.append(place + _HEADER.size + length)
        opening.append(start.startswith(_STREAM_STARTS))
    found = len(places)
    if found < min(counts, default=1):
        raise TruncatedFile(
            f"Pixel Data holds {found:,} fragments where Number of Frames is {(*counts, 1)[0]:,}; the file "
            "is truncated, or its Number of Frames is wrong."
        )
    opens = _openings(np.array(opening, bool), counts)
    if opens is None:
        raise ReadError(
            f"Pixel Data holds {found:,} fragments for {counts[0]:,} frames and no usable offset table; it "
            "is unknown which fragment belongs to which frame."
        )
    starts = np.array(places, np.int64)[opens]
    return FrameSpans(starts, np.append(starts[1:], ends[-1:]).astype(np.int64))


def _openings(starts_a_stream: np.ndarray, counts: tuple[int, ...]) -> np.ndarray | None:
    """Return the fragments, from 0, with which frames begin; None where that is unknown."""
    found = starts_a_stream.size
    if not counts or found in counts:
        return np.arange(found)
    streams = np.flatnonzero(starts_a_stream)
    if streams.size in counts and streams.size and streams[0] == 0:
        return streams
    return np.zeros(1, np.int64) if 1 in counts else None


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
