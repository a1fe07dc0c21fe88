"""RLE Lossless frames, PS3.5 Annex G.

A frame is one segment for each byte of a sample, most significant first, behind a header that says where each
starts. A segment is a chain of packets: a header byte up to 127 comes before that many bytes and one more, a
header byte from 129 repeats the byte after it 257 minus header times, and 128 does nothing. Where the next
packet starts is known only from the header of this one; the chain is therefore followed in long steps, by a
table of where one gets with 8 packets, and the packets between are found for all steps at once.
"""

import struct
from itertools import pairwise

import numpy as np

from ..errors import ReadError, TruncatedFile
from ..samples import SampleFormat
from .frame_bytes import check_length, frame_length, restored_frame, stored_samples
from .heap import prime_heap
from .packages import OptionalPackage

BITS = frozenset((8, 16))
READS = frozenset((1, 8, 16))
SMALLEST = 1
REQUIRES: OptionalPackage | None = None
THREADS = True

_HEADER = struct.Struct("<16I")
_LONGEST = 128
_NO_OPERATION = 128
# Enough to make one numpy call worth its price, and few enough to stay in the cache.
_BYTES_AT_ONCE = 1 << 20

# What a header byte says: bytes of the packet, and bytes that it restores to.
_HEADER_BYTES = np.arange(256, dtype=np.intp)
_STEP = np.where(_HEADER_BYTES < _NO_OPERATION, _HEADER_BYTES + 2, 2)
_STEP[_NO_OPERATION] = 1
_RESTORED = np.where(_HEADER_BYTES < _NO_OPERATION, _HEADER_BYTES + 1, 257 - _HEADER_BYTES)
_RESTORED[_NO_OPERATION] = 0


def encode(frame: np.ndarray, samples: SampleFormat) -> bytes:
    """Compress a (rows, columns) array of 8-bit or 16-bit samples."""
    return encode_many(frame[np.newaxis], samples)[0]


def encode_many(frames: np.ndarray, samples: SampleFormat) -> list[bytes]:
    """Compress each frame of a (frames, rows, columns) array; small ones much faster than one by one."""
    prime_heap()
    count = max(1, _BYTES_AT_ONCE // max(1, frames[0].size * samples.dtype.itemsize)) if len(frames) else 1
    return [
        frame
        for first in range(0, len(frames), count)
        for frame in _encode_piece(stored_samples(frames[first : first + count], samples))
    ]


def _encode_piece(frames: np.ndarray) -> list[bytes]:
    count, rows, columns = frames.shape
    width = frames.dtype.itemsize
    planes = frames.view(np.uint8).reshape(count, rows, columns, width)
    flat = np.ascontiguousarray(planes[..., ::-1].transpose(0, 3, 1, 2)).reshape(-1)
    packed, starts = _pack(flat, columns, rows * columns)
    encoded = []
    for first in range(0, count * width, width):
        segments = [packed[starts[k] : starts[k + 1]] for k in range(first, first + width)]
        padded = [segment + b"\0" if len(segment) % 2 else segment for segment in segments]
        offsets = [_HEADER.size]
        for segment in padded[:-1]:
            offsets.append(offsets[-1] + len(segment))
        header = _HEADER.pack(width, *offsets, *bytes(15 - width))
        encoded.append(header + b"".join(padded))
    return encoded


def _pack(flat: np.ndarray, columns: int, segment: int) -> tuple[bytes, list[int]]:
    """Return the packets of all bytes, and where each `segment` bytes' packets start and the last end.

    A packet never crosses the end of a row of `columns` bytes, PS3.5 G.3.1.
    """
    ends = _run_ends(flat, columns)
    starts = np.empty_like(ends)
    starts[0] = 0
    starts[1:] = ends[:-1] + 1
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST:
        starts, lengths = _cut_runs(starts, lengths)
    values = flat[starts]
    # A run is a header and its value. Runs of one byte that follow one another share a header.
    single = np.flatnonzero(lengths == 1)
    sizes = np.full(lengths.size, 2, np.int64)
    opens = _literal_starts(single, starts[single] % columns == 0)
    sizes[single] = 1 + opens
    places = np.empty(sizes.size + 1, np.int64)
    places[0] = 0
    np.cumsum(sizes, out=places[1:])
    packed = np.empty(places[-1], np.uint8)
    packed[places[:-1]] = (257 - lengths).astype(np.uint8)
    packed[places[1:] - 1] = values
    first = np.flatnonzero(opens)
    packed[places[single[first]]] = np.diff(first, append=single.size) - 1
    bounds = np.searchsorted(starts, np.arange(0, flat.size, segment))
    return packed.tobytes(), [*places[bounds].tolist(), packed.size]


def _run_ends(flat: np.ndarray, columns: int) -> np.ndarray:
    """Return the places of the last bytes of all runs; the end of a row ends a run."""
    last = np.empty(flat.size, bool)
    np.not_equal(flat[:-1], flat[1:], out=last[:-1])
    last.reshape(-1, columns)[:, -1] = True
    return np.flatnonzero(last)


def _cut_runs(starts: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return runs of which none is longer than a packet can say."""
    pieces = (lengths + (_LONGEST - 1)) // _LONGEST
    total = np.cumsum(pieces)
    nth = np.arange(total[-1]) - np.repeat(total - pieces, pieces)
    done = nth * _LONGEST
    left = np.repeat(lengths, pieces) - done
    return np.repeat(starts, pieces) + done, np.minimum(left, _LONGEST)


def _literal_starts(single: np.ndarray, at_row_start: np.ndarray) -> np.ndarray:
    """Return for each run of one byte whether it opens a packet, given the places of those runs among all."""
    opens = at_row_start.copy()
    opens[:1] = True
    opens[1:] |= np.diff(single) != 1
    first = np.flatnonzero(opens)
    within = np.arange(single.size) - np.repeat(first, np.diff(first, append=single.size))
    opens |= within % _LONGEST == 0
    return opens


def decode(data: bytes | memoryview, shape: tuple[int, int], samples: SampleFormat) -> np.ndarray:
    """Restore a (rows, columns) array of `samples.dtype`.

    A 1-bit frame is its packed bytes as one segment.

    Raises
    ------
    TruncatedFile
        The frame ends before its pixels do.
    ReadError
        Its header is wrong, or it holds more pixels than promised.
    """
    prime_heap()
    length = frame_length(shape, samples)
    width = samples.dtype.itemsize
    segments = _segments(np.frombuffer(data, np.uint8), width)
    planes = [_unpack(segment, length // width, shape, samples) for segment in segments]
    if width == 1:
        return restored_frame(planes[0], shape, samples)
    return restored_frame(np.stack(planes[::-1], axis=1).reshape(-1), shape, samples)


def _segments(data: np.ndarray, expected: int) -> list[np.ndarray]:
    if data.size < _HEADER.size:
        raise TruncatedFile(f"A frame has {data.size} bytes where its RLE header alone takes {_HEADER.size}.")
    count, *offsets = _HEADER.unpack(data[: _HEADER.size].tobytes())
    if count != expected:
        raise ReadError(
            f"An RLE header names {count} segments where samples of {expected} bytes have {expected}; "
            "its Bits Allocated is wrong, or the frame is damaged."
        )
    bounds = [*offsets[:count], data.size]
    if bounds[0] < _HEADER.size or any(a > b for a, b in pairwise(bounds)):
        raise TruncatedFile(
            f"RLE segments start at bytes {bounds[:-1]} of a frame of {data.size}; it is truncated or "
            "damaged."
        )
    return [data[a:b] for a, b in pairwise(bounds)]


def _unpack(segment: np.ndarray, length: int, shape: tuple[int, int], samples: SampleFormat) -> np.ndarray:
    """Return the `length` bytes that a segment restores to."""
    # take() with a mode is twice as fast as indexing, and every place is known to be inside.
    at = _packet_starts(segment)
    headers = segment.take(at, mode="clip")
    lengths = _RESTORED.take(headers, mode="clip")
    done = lengths.cumsum()
    if done.size == 0 or done[-1] < length:
        check_length(int(done[-1]) if done.size else 0, length, shape, samples)
    used = int(done.searchsorted(length)) + 1
    end = int(at[used - 1] + _STEP[headers[used - 1]])
    # What follows may fill the segment to an even length, with zero or with packets that do nothing.
    if done[used - 1] != length or (segment[end:] & 0x7F).any():
        check_length(int(done[-1]), length, shape, samples)
        raise ReadError("More follows in an RLE segment after its last pixel; the frame is damaged.")
    if end > segment.size:
        raise TruncatedFile("The last packet of an RLE segment is cut off; the file is truncated.")
    at, headers, lengths = at[:used], headers[:used], lengths[:used]
    # Clipped, since a packet that does nothing may be the last byte.
    values = segment.take(at + 1, mode="clip")
    restored = values.repeat(lengths)
    literal = (headers - np.uint8(1)) < np.uint8(_NO_OPERATION - 1)
    if literal.any():
        stored = literal.repeat(_STEP.take(headers, mode="clip"))
        stored[at] = False
        restored[literal.repeat(lengths)] = segment[:end][stored]
    return restored


def _packet_starts(segment: np.ndarray) -> np.ndarray:
    """Return the places of the header bytes of all packets, in their order."""
    size = segment.size
    after = np.arange(size + 1)
    after[:size] += _STEP.take(segment, mode="clip")
    np.minimum(after, size, out=after)
    steps = [after]
    for _ in range(3):
        steps.append(steps[-1].take(steps[-1], mode="clip"))
    far = memoryview(steps.pop())
    starts = []
    place = 0
    while place < size:
        starts.append(place)
        place = far[place]
    at = np.array(starts, np.intp)
    for step in reversed(steps):
        at = np.stack((at, step.take(at, mode="clip")), axis=1).reshape(-1)
    return at[: at.searchsorted(size)]
