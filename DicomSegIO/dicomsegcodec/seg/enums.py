"""Enumerated values of the segmentation modules, PS3.3 C.8.20.2 and C.8.20.4."""

from enum import StrEnum

from ..encodings import SegmentationType as SegmentationTypeValues

__all__ = [
    "SegmentAlgorithmTypeValues",
    "SegmentationFractionalTypeValues",
    "SegmentationTypeValues",
    "SegmentsOverlapValues",
]


class SegmentAlgorithmTypeValues(StrEnum):
    """Segment Algorithm Type (0062,0008)."""

    AUTOMATIC = "AUTOMATIC"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"
    MANUAL = "MANUAL"


class SegmentationFractionalTypeValues(StrEnum):
    """Segmentation Fractional Type (0062,0010)."""

    PROBABILITY = "PROBABILITY"
    OCCUPANCY = "OCCUPANCY"


class SegmentsOverlapValues(StrEnum):
    """Segments Overlap (0062,0013)."""

    YES = "YES"
    NO = "NO"
    UNDEFINED = "UNDEFINED"
