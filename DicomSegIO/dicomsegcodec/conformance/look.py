"""One pass over the pixels: what the frames hold, whatever the header says of it.

Frames are fetched one at a time, those at one place after another, so that memory holds a few of them however
many there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..errors import SegError
from ..findings import Progress, tell
from ..frame_store import Frames
from ..lenient import reading
from ..pixeldata import NativeFrames
from .examined import Examined
from .places import comparable_places
from .values import whole


@dataclass(slots=True)
class Seen:
    """What the frames have shown.

    Parameters
    ----------
    damaged : dict
        Why a frame, from 0, cannot be decoded.
    above, largest : int
        Frames with samples above the largest allowed, and the largest of those.
    strange : dict
        Labels that no segment has, each with the first frame, from 0, that has it.
    filled : bool
        A pixel is in a segment.
    compared : bool
        Frames at one place were compared with each other.
    overlap : tuple of int, or None
        Segment and frame, from 0, with the first pixels that are in another segment too.
    """

    damaged: dict[int, str] = field(default_factory=dict)
    above: int = 0
    largest: int = 0
    strange: dict[int, int] = field(default_factory=dict)
    filled: bool = False
    compared: bool = False
    overlap: tuple[int, int] | None = None


def look_at_labels(seg: Examined, frames: Frames, progress: Progress | None) -> Seen:
    """Look at the frames of a label map."""
    seen = Seen()
    described = np.zeros(frames.samples.max_value + 1, bool)
    described[[number for number in seg.segment_numbers if 0 <= number < described.size]] = True
    segment = described.copy()
    background = whole(seg.header, "PixelPaddingValue") or 0
    segment[background : background + 1] = False
    for frame, pixels in _fetched(frames, np.arange(frames.count), seen, progress):
        if not described[pixels].all():
            for label in np.unique(pixels[~described[pixels]]).tolist():
                seen.strange.setdefault(label, frame)
        seen.filled = seen.filled or bool(segment[pixels].any())
    return seen


def look_at_segments(seg: Examined, frames: Frames, limit: int, progress: Progress | None) -> Seen:
    """Look at frames of one segment each.

    Parameters
    ----------
    limit : int
        Largest sample that is allowed.
    """
    seen = Seen()
    segments, place = seg.frame_segments(), comparable_places(seg)
    order, comparison = np.arange(frames.count), None
    if segments is not None and place is not None and segments.size == place.size == frames.count:
        order = np.lexsort((segments, place))
        comparison = _Comparison(seen, segments, place)
        seen.compared = True
    packed = limit == 1 and frames.samples.bits == 1
    for frame, pixels in _fetched(frames, order, seen, progress):
        if not packed:
            largest = int(pixels.max(initial=0))
            if largest > limit:
                seen.above, seen.largest = seen.above + 1, max(seen.largest, largest)
            pixels = pixels != 0
        seen.filled = seen.filled or bool(pixels.any())
        if comparison is not None and seen.overlap is None:
            comparison.add(frame, pixels)
    return seen


class _Comparison:
    """Compares the masks of frames that come by place, then by segment; bits of a mask may be pixels."""

    def __init__(self, seen: Seen, segments: np.ndarray, place: np.ndarray) -> None:
        self._seen, self._segments, self._place = seen, segments, place
        self._at = self._segment = -1
        self._earlier: np.ndarray | None = None
        self._current: np.ndarray | None = None

    def add(self, frame: int, mask: np.ndarray) -> None:
        at, segment = int(self._place[frame]), int(self._segments[frame])
        if at != self._at:
            self._earlier = self._current = None
        elif segment != self._segment and self._current is not None:
            self._earlier = self._current if self._earlier is None else self._earlier | self._current
            self._current = None
        if self._earlier is not None and (self._earlier & mask).any():
            self._seen.overlap = (segment, frame)
        self._current = mask if self._current is None else self._current | mask
        self._at, self._segment = at, segment


def _fetched(
    frames: Frames, order: np.ndarray, seen: Seen, progress: Progress | None
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield frames by number, from 0; those that cannot be decoded are noted."""
    start = 0
    while start < order.size:
        fetching = _samples(frames, order[start:])
        while start < order.size:
            tell(progress, start / order.size, "Checking frames")
            try:
                with reading("The frame"):
                    pixels = next(fetching)
            except SegError as failure:
                seen.damaged[int(order[start])] = str(failure)
                start += 1
                break  # what has failed yields no more
            yield int(order[start]), pixels
            start += 1
    tell(progress, 1.0, "Checking frames")


def _samples(frames: Frames, order: np.ndarray) -> Iterator[np.ndarray]:
    """Yield samples of frames; packed bits as they are where frames are whole bytes."""
    if (
        not isinstance(frames, NativeFrames)
        or frames.samples.bits != 1
        or frames.shape[0] * frames.shape[1] % 8
    ):
        yield from frames.frames(order)
        return
    size = frames.samples.native_bytes(1, frames.shape)
    dtype = np.uint64 if size % 8 == 0 else np.uint8
    with frames.source.opened() as read_at:
        for index in order.tolist():
            yield np.frombuffer(read_at(frames.offset + index * size, size), dtype)
