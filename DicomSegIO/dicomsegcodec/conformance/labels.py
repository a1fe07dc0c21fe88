"""What the values of a label map are said to stand for, PS3.3 C.8.20.2.3.3 and C.8.20.2.4."""

from collections.abc import Iterator

from ..findings import Finding
from ..samples import SampleFormat
from ..stored_segments import BACKGROUND_CODE
from .examined import Examined
from .values import code, only_item, whole
from .wording import error, listed, warning


def background(seg: Examined) -> Iterator[Finding]:
    """Pixel Padding Value names the value that is no segment, and the coded background is that value."""
    if not seg.labelmap:
        return
    padding = whole(seg.header, "PixelPaddingValue")
    coded = _coded_background(seg)
    if padding is None:
        meant = f"; segment {listed(coded)} is coded as background" if coded else ""
        yield warning(
            f"The label map has no Pixel Padding Value, so no value is named as background{meant}. Programs "
            "take 0 for it, or take every value for a segment.",
            "PixelPaddingValue",
            "PS3.3 C.8.20.2.4",
        )
        return
    bits = whole(seg.header, "BitsAllocated")
    if bits in (8, 16) and not 0 <= padding <= (1 << bits) - 1:
        yield error(
            f"Pixel Padding Value is {padding}; {bits}-bit samples hold 0 to {(1 << bits) - 1}.",
            "PixelPaddingValue",
            "PS3.3 C.7.5.1",
        )
    other = [number for number in coded if number != padding]
    if other:
        yield warning(
            f"Segment {listed(other)} is coded as background and Pixel Padding Value is {padding}; programs "
            "go by one or the other.",
            "PixelPaddingValue",
            "PS3.3 C.8.20.2.4",
        )
    if padding != 0 and 0 in seg.segment_numbers and 0 not in coded:
        yield warning(
            f"Segment Number 0 is a segment and Pixel Padding Value is {padding}; programs that take 0 for "
            "the background lose it.",
            "SegmentNumber",
            "PS3.3 C.8.20.2.4",
        )


def _coded_background(seg: Examined) -> list[int]:
    found = []
    for item in seg.segments:
        kind = only_item(item, "SegmentedPropertyTypeCodeSequence")
        number = whole(item, "SegmentNumber")
        if kind is not None and number is not None and code(kind) == BACKGROUND_CODE:
            found.append(number)
    return found


def numbers_fit_the_samples(seg: Examined) -> Iterator[Finding]:
    bits = whole(seg.header, "BitsAllocated")
    if not seg.labelmap or bits not in (8, 16):
        return
    largest = SampleFormat.stored(bits).max_value
    beyond = sorted(number for number in seg.segment_numbers if number > largest)
    if beyond:
        yield warning(
            f"Segment {listed(beyond)} can have no pixel: {bits}-bit samples end at {largest}.",
            "SegmentNumber",
            "PS3.3 C.8.20.2.3.3",
        )


RULES = (background, numbers_fit_the_samples)
