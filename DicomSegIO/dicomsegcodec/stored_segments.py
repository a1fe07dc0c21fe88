"""The segments of a stored segmentation, and to which of them each frame belongs.

PS3.3 C.8.20.2, C.8.20.3.1 and C.8.20.4.
"""

import numpy as np
from pydicom.dataset import Dataset

from .columns import FrameColumns
from .encodings import SegmentationType
from .errors import MissingAttribute, ReadError
from .findings import Finding, Severity
from .palette import read_palette, with_colors
from .segments import Segment, read_code, read_segment
from .shared_groups import shared_value

BACKGROUND_CODE = ("125040", "DCM")
_BACKGROUND_LABEL = "background"
LABEL_MAP_TYPES = ("LABELMAP", "LABELED")
"""Values of Segmentation Type that a label map has; the second is that of drafts."""


def is_background(item: Dataset, padding: int | None) -> bool:
    """Tell whether an item of a label map's Segment Sequence describes what is no segment, PS3.3 C.8.20.2.4.

    Parameters
    ----------
    padding : int, optional
        Pixel Padding Value. Writers that know none, or another one, still code the item as a background; only
        where there is none, a label that says so will do.
    """
    if padding is not None and int(item.SegmentNumber) == padding:
        return True
    kind = item.get("SegmentedPropertyTypeCodeSequence")
    if kind and read_code(kind[0])[:2] == BACKGROUND_CODE:
        return True
    label = str(item.get("SegmentLabel") or "").strip().lower()
    return padding is None and int(item.SegmentNumber) == 0 and label == _BACKGROUND_LABEL


def padding_value(dataset: Dataset) -> int | None:
    """Return Pixel Padding Value; None where there is none."""
    value = dataset.get("PixelPaddingValue")
    return None if value in (None, "") else int(value)


def segment_items(dataset: Dataset) -> list[Dataset]:
    """Return the items of the Segment Sequence that describe segments: of a label map all but its background.

    Of two items of one Segment Number, which are an error where they differ, the first.

    Raises
    ------
    MissingAttribute
        An item has no Segment Number.
    """
    items: dict[int, Dataset] = {}
    for item in _all_items(dataset):
        items.setdefault(int(item.SegmentNumber), item)
    return list(items.values())


def _all_items(dataset: Dataset) -> list[Dataset]:
    items = list(dataset.get("SegmentSequence") or ())
    if any(item.get("SegmentNumber") in (None, "") for item in items):
        raise MissingAttribute("An item of the Segment Sequence has no Segment Number.")
    if dataset.get("SegmentationType") not in LABEL_MAP_TYPES:
        return items
    padding = padding_value(dataset)
    return [item for item in items if not is_background(item, padding)]


def read_segments(
    dataset: Dataset, kind: SegmentationType, findings: list[Finding]
) -> tuple[tuple[Segment, ...], int | None]:
    """Return the segments, in the order of the Segment Sequence, and the value of a label map's background.

    Of a label map with a palette, the display colours are the palette's.

    Raises
    ------
    MissingAttribute
        An item has no Segment Number.
    ReadError
        Two items of one number differ.
    """
    segments: dict[int, Segment] = {}
    for item in _all_items(dataset):
        segment, doubts = read_segment(item)
        if segment.number in segments:
            _check_same(segment, segments[segment.number], findings)
            continue
        segments[segment.number] = segment
        findings.extend(doubts)
    if kind is SegmentationType.LABELMAP:
        return _colored(dataset, segments, findings), _background(dataset, segments, findings)
    _doubt_numbers(sorted(segments), kind, findings)
    return tuple(segments.values()), None


def _colored(dataset: Dataset, segments: dict[int, Segment], findings: list[Finding]) -> tuple[Segment, ...]:
    """Return the segments of a label map in its palette's colours, which stand for theirs if it has one."""
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        try:
            palette = read_palette(dataset)
        except ReadError as error:
            text = f"{error} The segments have no colours."
            findings.append(Finding(Severity.WARNING, text, "PhotometricInterpretation", "PS3.3 C.7.9"))
            palette = None
        if palette is not None:
            return with_colors(segments.values(), palette)
    return tuple(segments.values())


def _check_same(segment: Segment, known: Segment, findings: list[Finding]) -> None:
    if segment != known:
        raise ReadError(
            f"Segment Number {segment.number} is there twice, as '{known.label}' and as '{segment.label}'; "
            "it is unknown which description is right."
        )
    findings.append(
        Finding(
            Severity.WARNING,
            f"Segment Number {segment.number} is described twice, in the same words; it is taken once.",
            "SegmentNumber",
            "PS3.3 C.8.20.2",
        )
    )


def _background(dataset: Dataset, segments: dict[int, Segment], findings: list[Finding]) -> int | None:
    """Return the pixel value that stands for no segment; None where every value does stand for one."""
    padding = padding_value(dataset)
    numbers = [int(item.SegmentNumber) for item in dataset.SegmentSequence]
    coded = [number for number in numbers if number not in segments and number != padding]
    text = ""
    background = padding
    if padding is None and coded:
        background = coded[0]
        text = (
            f"The label map has no Pixel Padding Value; {background}, described as such, is the background."
        )
    elif padding is None and 0 in segments:
        text = (
            "The label map has no Pixel Padding Value, so no value is its background: 0 is segment "
            f"'{segments[0].label}'."
        )
    elif padding is None:
        background = 0
        text = "The label map has no Pixel Padding Value; 0 is taken for the background."
    elif coded:
        text = (
            f"Segment {coded[0]} is described as the background, and Pixel Padding Value is {padding}; "
            "neither is taken for a segment."
        )
    if text:
        findings.append(Finding(Severity.WARNING, text, "PixelPaddingValue", "PS3.3 C.8.20.2.4"))
    return background


def _doubt_numbers(numbers: list[int], kind: SegmentationType, findings: list[Finding]) -> None:
    if numbers and numbers != list(range(1, len(numbers) + 1)):
        shown = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
        findings.append(
            Finding(
                Severity.WARNING,
                f"Segment Numbers are {shown}, and those of a {kind} object count from 1; they are kept.",
                "SegmentNumber",
                "PS3.3 C.8.20.4",
            )
        )


def frame_segments(
    dataset: Dataset,
    columns: FrameColumns,
    kind: SegmentationType,
    numbers: list[int],
    findings: list[Finding],
) -> np.ndarray:
    """Return the Segment Number of each frame; 0 in a label map, whose pixels carry it.

    Raises
    ------
    MissingAttribute
        A frame does not say to which segment it belongs.
    ReadError
        It belongs to one that is not described.
    """
    if kind is SegmentationType.LABELMAP:
        return np.zeros(columns.frames, np.int64)
    segment, stated = columns.segment.copy(), columns.segment_stated
    shared = shared_value(dataset, "SegmentIdentificationSequence", "ReferencedSegmentNumber")
    silent = int((~stated).sum())
    if silent and shared is not None:
        segment[~stated] = int(shared)
    elif silent and len(numbers) == 1:
        segment[~stated] = numbers[0]
        findings.append(_doubt(f"{silent:,} frames do not say to which segment they belong; there is one."))
    elif silent:
        raise MissingAttribute(
            f"Frame {int(stated.argmin()) + 1} does not say to which of {len(numbers)} segments it belongs."
        )
    if shared is not None and stated.any() and (segment != int(shared)).any():
        findings.append(
            _doubt(
                f"The shared groups name segment {shared} for all frames, and {int(stated.sum()):,} frames "
                "name one themselves; what a frame says of itself is taken."
            )
        )
    strange = sorted(set(segment.tolist()) - set(numbers))
    if strange:
        raise ReadError(
            f"Frames belong to segments {strange[:5]} that the Segment Sequence does not describe."
        )
    return segment


def _doubt(text: str) -> Finding:
    return Finding(Severity.WARNING, text, "ReferencedSegmentNumber", "PS3.3 C.8.20.3.1")
