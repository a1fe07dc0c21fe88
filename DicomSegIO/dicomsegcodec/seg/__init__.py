"""DICOM segmentations: construct, read, search and take them apart."""

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
    "create_segmentation_pyramid",
    "segread",
]
