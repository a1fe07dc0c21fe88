"""Pixels against what the header says of them, PS3.3 C.8.20.2.3."""

from collections.abc import Iterator

from ..findings import Finding, Progress
from .examined import Examined
from .look import Seen, look_at_labels, look_at_segments
from .values import text, whole
from .wording import counted, error, listed, note, plural, warning


def check_samples(seg: Examined, progress: Progress | None = None) -> Iterator[Finding]:
    """Yield findings about the pixels, after one pass over them.

    Raises
    ------
    Cancelled
        The answer of `progress` is true.
    """
    frames, syntax = seg.frames, seg.syntax
    if frames is None or syntax is None:
        return
    if syntax.requires is not None and syntax.requires.find() is None:
        yield note(f"Pixels were not looked at. {syntax.requires.advice}", "PixelData", "PS3.5 8.2")
        return
    if seg.labelmap:
        seen = look_at_labels(seg, frames, progress)
    else:
        limits = {"BINARY": 1, "FRACTIONAL": whole(seg.header, "MaximumFractionalValue")}
        limit = limits.get(seg.kind) or frames.samples.max_value
        seen = look_at_segments(seg, frames, limit, progress)
    if seen.damaged:
        yield error(
            f"{counted((n + 1 for n in sorted(seen.damaged)), 'Frame')} cannot be decoded: "
            f"{seen.damaged[min(seen.damaged)]}",
            "PixelData",
            "PS3.5 8.2",
        )
    elif not seen.filled:
        yield note("No frame has a pixel of any segment.", "PixelData", "PS3.3 C.8.20.2.3")
    yield from _sizes(seg, seen)
    yield from _labels(seg, seen)
    yield from _overlap(seg, seen)


def _sizes(seg: Examined, seen: Seen) -> Iterator[Finding]:
    if not seen.above:
        return
    fractional = seg.kind == "FRACTIONAL"
    limit = f"Maximum Fractional Value is {whole(seg.header, 'MaximumFractionalValue')}"
    yield error(
        f"{plural(seen.above, 'frame')} {'has' if seen.above == 1 else 'have'} samples up to {seen.largest}; "
        f"{limit if fractional else 'samples are 0 or 1'}.",
        "MaximumFractionalValue" if fractional else "PixelData",
        "PS3.3 C.8.20.2" if fractional else "PS3.3 C.8.20.2.3",
    )


def _labels(seg: Examined, seen: Seen) -> Iterator[Finding]:
    strange = dict(seen.strange)
    padding = whole(seg.header, "PixelPaddingValue")
    section = "PS3.3 C.8.20.2.3.3"
    if padding is not None and strange.pop(padding, None) is not None:
        yield warning(
            f"Pixels have the label {padding}, which Pixel Padding Value names as background and the Segment "
            "Sequence does not describe.",
            "SegmentSequence",
            section,
        )
    if strange:
        yield error(
            f"Pixels have the label{'' if len(strange) == 1 else 's'} {listed(sorted(strange))}, which the "
            f"Segment Sequence does not describe, the first in frame {min(strange.values()) + 1}.",
            "SegmentSequence",
            section,
        )


def _overlap(seg: Examined, seen: Seen) -> Iterator[Finding]:
    stated, section = text(seg.header, "SegmentsOverlap"), "PS3.3 C.8.20.2.3"
    if seen.overlap is not None and stated == "NO":
        number, frame = seen.overlap
        yield error(
            f"Segments Overlap is NO, and pixels of segment {number} in frame {frame + 1} are in another "
            "segment too; programs that merge segments lose them.",
            "SegmentsOverlap",
            section,
        )
    elif seen.compared and seen.overlap is None and stated == "YES" and not seen.damaged:
        yield warning(
            "Segments Overlap is YES, and no pixel is in more than one segment.", "SegmentsOverlap", section
        )
