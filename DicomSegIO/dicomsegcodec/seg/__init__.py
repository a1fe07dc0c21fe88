"""DICOM segmentations: construct, read, search, take apart and check them."""

from typing import TYPE_CHECKING

from .description import SegmentDescription
from .enums import (
    SegmentAlgorithmTypeValues,
    SegmentationFractionalTypeValues,
    SegmentationTypeValues,
    SegmentsOverlapValues,
)
from .pyramid import create_segmentation_pyramid
from .segmentation import Segmentation, segread

if TYPE_CHECKING:
    from ..conformance import check

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


def __getattr__(name: str) -> object:
    if name == "check":  # its rules take longer to load than all the rest, and not everybody checks
        from ..conformance import check

        globals()[name] = check
        return check
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
