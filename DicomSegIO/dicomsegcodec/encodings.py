"""What a stored sample means: PS3.3 C.8.20.2.3."""

from enum import StrEnum

from .samples import SampleFormat


class SegmentationType(StrEnum):
    """Segmentation Type (0062,0001)."""

    BINARY = "BINARY"
    FRACTIONAL = "FRACTIONAL"
    LABELMAP = "LABELMAP"


def sample_format(kind: SegmentationType, largest_number: int) -> SampleFormat:
    """Return the narrowest samples that store segments up to `largest_number`."""
    if kind is SegmentationType.LABELMAP:
        return SampleFormat.holding(largest_number)
    return SampleFormat(1) if kind is SegmentationType.BINARY else SampleFormat(8)
