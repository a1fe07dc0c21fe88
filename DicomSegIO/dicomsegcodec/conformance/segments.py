"""The items of the Segment Sequence, PS3.3 C.8.20.2 and C.8.20.4."""

from collections import Counter
from collections.abc import Iterator

from pydicom.dataset import Dataset

from ..findings import Finding
from .examined import Examined
from .values import count, element, items, name_of, text, value, values, whole
from .wording import error, listed, note, warning

_ALGORITHM_TYPES = ("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL")


def numbers(seg: Examined) -> Iterator[Finding]:
    """Segment Numbers are unique, and consecutive from 1 but in a label map."""
    found = seg.segment_numbers
    twice = sorted(number for number, times in Counter(found).items() if times > 1)
    if twice:
        yield error(
            f"Segment Number {listed(twice)} is there more than once; it is unknown which description is "
            "right.",
            "SegmentNumber",
            "PS3.3 C.8.20.2.4",
        )
    if seg.labelmap or not found:
        return
    if sorted(set(found)) != list(range(1, len(set(found)) + 1)):
        yield error(
            f"Segment Numbers are {listed(sorted(set(found)))}; those of a {seg.kind} segmentation must be "
            f"1 to {len(set(found))}.",
            "SegmentNumber",
            "PS3.3 C.8.20.2.4",
        )
    elif not twice and found != sorted(found):
        yield note(
            f"Segments are described in the order {listed(found)}; programs that count items instead of "
            "reading Segment Number mistake one for another.",
            "SegmentNumber",
            "PS3.3 C.8.20.2",
        )


def property_codes(seg: Examined) -> Iterator[Finding]:
    """Category and type are one code each."""
    for keyword in ("SegmentedPropertyCategoryCodeSequence", "SegmentedPropertyTypeCodeSequence"):
        several = [_number(n, item) for n, item in _numbered(seg) if len(items(item, keyword)) > 1]
        if several:
            yield error(
                f"{name_of(keyword)} of segment {listed(several)} has more than one item; it must have one.",
                keyword,
                "PS3.3 C.8.20.4",
            )


def algorithm(seg: Examined) -> Iterator[Finding]:
    strange: dict[str, list[int]] = {}
    nameless = []
    for n, item in _numbered(seg):
        kind = text(item, "SegmentAlgorithmType")
        if kind and kind not in _ALGORITHM_TYPES:
            strange.setdefault(kind, []).append(_number(n, item))
        elif kind and kind != "MANUAL" and value(item, "SegmentAlgorithmName") is None:
            nameless.append(_number(n, item))
    for kind, segments in strange.items():
        yield error(
            f"Segment Algorithm Type of segment {listed(segments)} is '{kind}'; it must be "
            "AUTOMATIC, SEMIAUTOMATIC or MANUAL.",
            "SegmentAlgorithmType",
            "PS3.3 C.8.20.4",
        )
    if nameless:
        yield error(
            f"Segment Algorithm Name of segment {listed(nameless)} is missing; what is not drawn by hand "
            "needs one.",
            "SegmentAlgorithmName",
            "PS3.3 C.8.20.2",
        )


def colors(seg: Examined) -> Iterator[Finding]:
    """A colour is three numbers in the encoding of PS3.3 C.10.7.1.1, and not beside a palette."""
    wrong, unlikely, double = [], [], []
    with_palette = seg.labelmap and text(seg.header, "PhotometricInterpretation") == "PALETTE COLOR"
    for n, item in _numbered(seg):
        number, found = _number(n, item), element(item, "RecommendedDisplayCIELabValue")
        if found is None or not count(found):
            continue
        stored = values(item, "RecommendedDisplayCIELabValue")
        if with_palette:
            double.append(number)
        if len(stored) != 3 or not all(isinstance(part, (int, float)) for part in stored):
            wrong.append(number)
        elif max(stored) < 256 and max(stored[1:]) > 0:
            # a* and b* of about -128 beside an L* of about 0: no display shows that, and 8-bit numbers do.
            unlikely.append(number)
    if wrong:
        yield error(
            f"Recommended Display CIELab Value of segment {listed(wrong)} is not three numbers.",
            "RecommendedDisplayCIELabValue",
            "PS3.3 C.10.7.1.1",
        )
    if unlikely:
        yield warning(
            f"Recommended Display CIELab Value of segment {listed(unlikely)} is below 256 in all parts, as "
            "if it were not scaled to 0 to 65535; it is shown as black.",
            "RecommendedDisplayCIELabValue",
            "PS3.3 C.10.7.1.1",
        )
    if double:
        yield error(
            f"Recommended Display CIELab Value of segment {listed(double)} stands beside a palette, which "
            "gives the colours.",
            "RecommendedDisplayCIELabValue",
            "PS3.3 C.8.20.2",
        )


def tracking(seg: Examined) -> Iterator[Finding]:
    for keyword, other in (("TrackingID", "TrackingUID"), ("TrackingUID", "TrackingID")):
        alone = [
            _number(n, item)
            for n, item in _numbered(seg)
            if value(item, keyword) is not None and value(item, other) is None
        ]
        if alone:
            yield error(
                f"Segment {listed(alone)} has {name_of(keyword)} and no {name_of(other)}; give both or "
                "neither.",
                other,
                "PS3.3 C.8.20.4",
            )


def overlap_of_a_label_map(seg: Examined) -> Iterator[Finding]:
    stated = text(seg.header, "SegmentsOverlap")
    if seg.labelmap and stated not in ("", "NO"):
        yield error(
            f"Segments Overlap is {stated}; segments of a label map cannot overlap, so it must be NO.",
            "SegmentsOverlap",
            "PS3.3 C.8.20.2",
        )


def _numbered(seg: Examined) -> Iterator[tuple[int, Dataset]]:
    return enumerate(seg.segments, start=1)


def _number(place: int, item: Dataset) -> int:
    """Return a segment's number; its place where it states none."""
    number = whole(item, "SegmentNumber")
    return place if number is None else number


RULES = (numbers, property_codes, algorithm, colors, tracking, overlap_of_a_label_map)
