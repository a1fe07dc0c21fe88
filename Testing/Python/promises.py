"""What the tests of the checklist share: a register of what they prove, and small objects for it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

import dicomsegcodec as hd
from objects import construct, uids_of
from series import make_series
from test_slides import slide

Proof = TypeVar("Proof", bound=Callable[..., None])

KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
PATIENT, SLIDE = hd.CoordinateSystemNames.PATIENT, hd.CoordinateSystemNames.SLIDE
SHAPE = (4, 6, 9)
IMAGES = hd.spatial.sort_datasets(make_series(SHAPE))
LABELS = np.zeros(SHAPE, np.uint8)
LABELS[1:, 2:5, 1:6] = 1
LABELS[2, 3:, 4:] = 2
STACK = np.stack([LABELS == 1, LABELS == 2], axis=3)
OVERLAPPING = np.stack([LABELS > 0, LABELS == 2], axis=3)
MATRIX = np.zeros((50, 50), np.uint8)
MATRIX[38:43, 5:41] = 1
RLE, JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"

PROVEN: dict[str, str] = {}
"""Name of the test that proves each row of the checklist."""


def proves(*rows: str) -> Callable[[Proof], Proof]:
    """Say which rows of the checklist a test proves."""

    def register(test: Proof) -> Proof:
        for row in rows:
            assert PROVEN.setdefault(row, test.__name__) == test.__name__, f"{row} is proven twice"
        return test

    return register


def written(seg: hd.seg.Segmentation, folder: Path) -> Dataset:
    """Return the data set that pydicom reads from the file of a segmentation."""
    seg.save_as(folder / "written.dcm")
    return dcmread(folder / "written.dcm")


def by_image(seg: hd.seg.Segmentation, **options: object) -> np.ndarray:
    return seg.get_pixels_by_source_instance(uids_of(IMAGES), **options)  # type: ignore[arg-type]


def slide_of(size: tuple[int, int] = (50, 50), tile: tuple[int, int] = (10, 10)) -> list[Dataset]:
    return [slide(size, tile)]


def descriptions(**other: object) -> list[hd.seg.SegmentDescription]:
    given = {
        "segment_number": 1,
        "segment_label": "liver",
        "segmented_property_category": codes.SCT.Organ,
        "segmented_property_type": codes.SCT.Liver,
        "algorithm_type": "MANUAL",
    }
    return [hd.seg.SegmentDescription(**{**given, **other})]  # type: ignore[arg-type]


def described(folder: Path, **other: object) -> Dataset:
    """Return the Segment Sequence item that such a description ends up as in a file."""
    seg = construct(IMAGES, LABELS == 1, segment_descriptions=descriptions(**other))
    (item,) = written(seg, folder).SegmentSequence
    return item


def frames_of(seg: Dataset) -> list[Dataset]:
    return list(seg.PerFrameFunctionalGroupsSequence)
