"""The segments of a stored segmentation, and to which each frame belongs, PS3.3 C.8.20.2, C.8.20.3.1."""

import numpy as np
from pydicom.dataset import Dataset

from .encodings import SegmentationType
from .errors import MissingAttribute, ReadError
from .findings import Finding, Severity
from .frame_columns import FrameColumns
from .segments import Segment, read_code, read_segment
from .stored_planes import shared_value

BACKGROUND_CODE = ("125040", "DCM")


def is_background(item: Dataset, padding: int) -> bool:
    """Tell whether an item of a label map's Segment Sequence describes what is no segment, PS3.3 C.8.20.2.

    Parameters
    ----------
    padding : int
        Pixel Padding Value. Writers that know none, or another one, still code the item as a background.
    """
    if int(item.SegmentNumber) == padding:
        return True
    kind = item.get("SegmentedPropertyTypeCodeSequence")
    return bool(kind) and read_code(kind[0])[:2] == BACKGROUND_CODE


def read_segments(
    dataset: Dataset, kind: SegmentationType, findings: list[Finding]
) -> tuple[tuple[Segment, ...], int | None]:
    background = None
    if kind is SegmentationType.LABELMAP:
        padding = dataset.get("PixelPaddingValue")
        background = int(padding) if padding is not None else 0
    segments: dict[int, Segment] = {}
    for item in dataset.SegmentSequence:
        number = item.get("SegmentNumber")
        if number is None:
            raise MissingAttribute("An item of the Segment Sequence has no Segment Number.")
        number = int(number)
        if background is not None and is_background(item, background):
            if number != background:
                findings.append(
                    Finding(
                        Severity.WARNING,
                        f"Segment {number} is described as the background, and Pixel Padding Value is "
                        f"{background}; neither is taken for a segment.",
                        "PixelPaddingValue",
                        "PS3.3 C.8.20.2",
                    )
                )
            continue
        if number == 0:
            raise ReadError(
                "Segment Number 0 stands for a segment and not for the background; this version "
                "cannot hold it."
            )
        if number in segments:
            raise ReadError(
                f"Segment Number {number} is there twice; it is unknown which description is right."
            )
        segment, doubts = read_segment(item)
        segments[number] = segment
        findings.extend(doubts)
    if kind is SegmentationType.LABELMAP and dataset.get("PixelPaddingValue") is None:
        findings.append(
            Finding(
                Severity.WARNING,
                "The label map has no Pixel Padding Value; 0 is taken for the background.",
                "PixelPaddingValue",
                "PS3.3 C.8.20.2",
            )
        )
    return tuple(segments.values()), background


def frame_segments(
    dataset: Dataset,
    columns: FrameColumns,
    kind: SegmentationType,
    numbers: list[int],
    findings: list[Finding],
) -> np.ndarray:
    if kind is SegmentationType.LABELMAP:
        return np.zeros(columns.frames, np.int64)
    segment = columns.segment.copy()
    shared = shared_value(dataset, "SegmentIdentificationSequence", "ReferencedSegmentNumber")
    unknown = segment == 0
    if unknown.any():
        if shared is not None:
            segment[unknown] = int(shared)  # type: ignore[call-overload]
        elif len(numbers) == 1:
            segment[unknown] = numbers[0]
            findings.append(
                Finding(
                    Severity.WARNING,
                    f"{int(unknown.sum())} frames do not say to which segment they belong; there is one.",
                    "ReferencedSegmentNumber",
                    "PS3.3 C.8.20.3.1",
                )
            )
        else:
            raise MissingAttribute(
                f"Frame {int(unknown.argmax()) + 1} does not say to which of {len(numbers)} segments it "
                "belongs."
            )
    strange = sorted(set(segment.tolist()) - set(numbers))
    if strange:
        raise ReadError(
            f"Frames belong to segments {strange[:5]} that the Segment Sequence does not describe."
        )
    return segment
