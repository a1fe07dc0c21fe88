"""DICOM segmentations: construct, read, search, take apart and check them."""

from ..conformance import check
from .description import SegmentDescription
from .enums import (
    SegmentAlgorithmTypeValues,
    SegmentationFractionalTypeValues,
    SegmentationTypeValues,
    SegmentsOverlapValues,
)
from .pyramid import create_segmentation_pyramid
from .segmentation import Segmentation, segread

__all__ = [
    "SegmentAlgorithmTypeValues",
    "SegmentDescription",
    "Segmentation",
    "SegmentationFractionalTypeValues",
    "SegmentationTypeValues",
    "SegmentsOverlapValues",
    "check",
    "create_segmentation_pyramid",
    "segread",
]
