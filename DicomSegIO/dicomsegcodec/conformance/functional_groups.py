"""Functional groups: which there are, where, and what is in them, PS3.3 C.7.6.16 and A.51.5."""

from collections.abc import Iterator

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from ..findings import Finding
from .examined import Examined
from .values import code, element, items, name_of, text, value
from .wording import counted, error, listed, note, plural, warning

_SINGLE = (
    *("FrameContentSequence", "PlanePositionSequence", "PlaneOrientationSequence"),
    *("PixelMeasuresSequence", "PlanePositionSlideSequence", "SegmentIdentificationSequence"),
)
_PATIENT = ("PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence")
_SLIDE = ("PixelMeasuresSequence", "PlanePositionSlideSequence")
_TYPE_1 = {
    "SegmentIdentificationSequence": ("C.8.20.3.1", ("ReferencedSegmentNumber",)),
    "PlanePositionSequence": ("C.7.6.16.2.3", ("ImagePositionPatient",)),
    "PlaneOrientationSequence": ("C.7.6.16.2.4", ("ImageOrientationPatient",)),
    "PixelMeasuresSequence": ("C.7.6.16.2.1", ("PixelSpacing",)),
    "PlanePositionSlideSequence": (
        "C.8.12.6.1",
        (
            *("ColumnPositionInTotalImagePixelMatrix", "RowPositionInTotalImagePixelMatrix"),
            *("XOffsetInSlideCoordinateSystem", "YOffsetInSlideCoordinateSystem"),
            "ZOffsetInSlideCoordinateSystem",
        ),
    ),
}
SEGMENTATION, SOURCE = ("113076", "DCM"), ("121322", "DCM")


def number_of_items(seg: Examined) -> Iterator[Finding]:
    shared = items(seg.header, "SharedFunctionalGroupsSequence")
    if len(shared) > 1:
        yield error(
            f"Shared Functional Groups Sequence has {len(shared)} items; it must have one.",
            "SharedFunctionalGroupsSequence",
            "PS3.3 C.7.6.16.1.1",
        )
    if seg.groups is None or seg.implied:
        return
    if not seg.groups.count:
        yield error(
            "Per-Frame Functional Groups Sequence is missing or empty, so it is unknown what the frames are.",
            "PerFrameFunctionalGroupsSequence",
            "PS3.3 C.7.6.16",
        )
    elif seg.groups.count != seg.count:
        yield error(
            f"Per-Frame Functional Groups Sequence describes {plural(seg.groups.count, 'frame')} and Number "
            f"of Frames is {seg.count:,}.",
            "PerFrameFunctionalGroupsSequence",
            "PS3.3 C.7.6.16.1.2",
        )


def shared_or_per_frame(seg: Examined) -> Iterator[Finding]:
    """A group is shared, or of every frame; Frame Content is of every frame."""
    if "FrameContentSequence" in seg.shared:
        yield error(
            "Frame Content Sequence is among the shared groups; it belongs to each frame.",
            "FrameContentSequence",
            "PS3.3 A.51.5",
        )
    if seg.groups is None:
        return
    frames_with: dict[BaseTag, int] = {}
    for shape in seg.groups.shapes:
        for tag in shape.item.keys():  # noqa: SIM118 - a Dataset iterates over its elements
            frames_with[tag] = frames_with.get(tag, 0) + shape.rows.size
    for tag, number in sorted(frames_with.items()):
        name, keyword = name_of(tag), _keyword(tag)
        if tag in seg.shared:
            yield error(
                f"{name} is among the shared groups and in {plural(number, 'frame')}; it may be in one.",
                keyword,
                "PS3.3 C.7.6.16.1.1",
            )
        elif number < seg.groups.count:
            first = min(shape.first for shape in seg.groups.shapes if tag not in shape.item)
            make = error if keyword in _SINGLE else warning
            yield make(
                f"{name} is missing in {plural(seg.groups.count - number, 'frame')}, the first of them frame "
                f"{first}; a group of some frames must be in all.",
                keyword,
                "PS3.3 C.7.6.16.1.2",
            )


def groups_that_are_needed(seg: Examined) -> Iterator[Finding]:
    """Each frame says to which segment it belongs and where it is, or from which image it comes."""
    if seg.groups is None:
        return
    if seg.labelmap and seg.has_group("SegmentIdentificationSequence"):
        yield warning(
            "Segment Identification Sequence is there; the pixels of a label map say to which segment they "
            "belong.",
            "SegmentIdentificationSequence",
            "PS3.3 A.51.5",
        )
    needs_segment = not seg.labelmap and not seg.tiled_full
    if needs_segment and seg.groups.count and not seg.has_group("SegmentIdentificationSequence"):
        yield error(
            "Segment Identification Sequence is missing, so it is unknown to which segment a frame belongs.",
            "SegmentIdentificationSequence",
            "PS3.3 A.51.5",
        )
    yield from _place(seg)


def _place(seg: Examined) -> Iterator[Finding]:
    derived = seg.has_group("DerivationImageSequence")
    wanted = ("PixelMeasuresSequence",) if seg.tiled_full else _SLIDE if seg.slide else _PATIENT
    there = [keyword for keyword in wanted if seg.has_group(keyword)]
    missing = [name_of(keyword) for keyword in wanted if keyword not in there]
    if missing and not derived:
        yield error(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing and no frame names the "
            "image it comes from, so the place of the frames is unknown.",
            "DerivationImageSequence",
            "PS3.3 A.51.5",
        )
    elif missing and there:
        yield warning(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing beside "
            f"{' and '.join(map(name_of, there))}; the place of the frames is known through their source "
            "images only.",
            there[0],
            "PS3.3 A.51.5",
        )
    elif not derived and not seg.tiled_full and "SourceImageSequence" not in seg.header:
        yield note(
            "There is no Derivation Image Sequence: frames do not name the images they come from, which some "
            "programs look for.",
            "DerivationImageSequence",
            "PS3.3 A.51.5",
        )
    if there and value(seg.header, "FrameOfReferenceUID") is None:
        yield error(
            f"{name_of(there[0])} is there and Frame of Reference UID is missing; positions mean nothing "
            "without it.",
            "FrameOfReferenceUID",
            "PS3.3 A.51.5",
        )
    if seg.has_group("PlanePositionSequence") and seg.has_group("PlanePositionSlideSequence"):
        yield error(
            "Frames have positions both in the patient and on a slide.",
            "PlanePositionSlideSequence",
            "PS3.3 A.51.5",
        )


def items_of_groups(seg: Examined) -> Iterator[Finding]:
    """A group has one item, and in it what its macro asks for."""
    for keyword in _SINGLE:
        for where, found in _everywhere(seg, keyword):
            if len(found) != 1:
                yield error(
                    f"{name_of(keyword)} has {len(found)} items {where}; it must have one.",
                    keyword,
                    "PS3.3 A.51.5",
                )
                break
    for keyword, (section, attributes) in _TYPE_1.items():
        for attribute in attributes:
            wanting = [
                w for w, found in _everywhere(seg, keyword) for i in found if value(i, attribute) is None
            ]
            if wanting:
                yield error(
                    f"{name_of(attribute)} is missing or empty in {name_of(keyword)} {wanting[0]}.",
                    attribute,
                    f"PS3.3 {section}",
                )
    if items(seg.header, "DimensionIndexSequence"):
        for where, found in _everywhere(seg, "FrameContentSequence"):
            if any(value(item, "DimensionIndexValues") is None for item in found):
                yield error(
                    f"Dimension Index Values is missing in Frame Content Sequence {where}.",
                    "DimensionIndexValues",
                    "PS3.3 C.7.6.16.2.2",
                )
                break


def derivation(seg: Examined) -> Iterator[Finding]:
    """A frame is a Segmentation of its source image, in codes."""
    wrong: dict[tuple[str, str, str], str] = {}
    for where, found in _everywhere(seg, "DerivationImageSequence"):
        for item in found:
            if element(item, "SourceImageSequence") is None:
                wrong.setdefault(("SourceImageSequence", "is missing", ""), where)
            wrong_code = _other_code(item, "DerivationCodeSequence", SEGMENTATION)
            if wrong_code is not None:
                wrong.setdefault(("DerivationCodeSequence", wrong_code, "(113076, DCM, Segmentation)"), where)
            for source in items(item, "SourceImageSequence"):
                wrong_code = _other_code(source, "PurposeOfReferenceCodeSequence", SOURCE)
                if wrong_code is not None:
                    right = "(121322, DCM, Source image for image processing operation)"
                    wrong.setdefault(("PurposeOfReferenceCodeSequence", wrong_code, right), where)
    for (keyword, how, right), where in wrong.items():
        must = f"; it must be {right}" if right else ""
        yield error(f"{name_of(keyword)} {how} {where}{must}.", keyword, "PS3.3 A.51.5.1")


def _other_code(item: Dataset, keyword: str, right: tuple[str, str]) -> str | None:
    """Say how a code is not the right one; None where it is."""
    found = [code(each) for each in items(item, keyword)]
    if right in found:
        return None
    return f"is ({', '.join(found[0])})" if found else "is missing or empty"


def spatial_locations_preserved(seg: Examined) -> Iterator[Finding]:
    known = ("YES", "NO", "REORIENTED_ONLY")
    strange = {
        text(source, "SpatialLocationsPreserved")
        for item in seg.group_items("DerivationImageSequence")
        for source in items(item, "SourceImageSequence")
    } - {"", *known}
    if strange:
        yield error(
            f"Spatial Locations Preserved is '{listed(sorted(strange))}'; it must be {', '.join(known)}.",
            "SpatialLocationsPreserved",
            "PS3.3 C.7.6.16.2.6",
        )


def frames_name_described_segments(seg: Examined) -> Iterator[Finding]:
    found = seg.frame_segments()
    if found is None or seg.labelmap or seg.implied or not seg.has_group("SegmentIdentificationSequence"):
        return
    known = set(seg.segment_numbers)
    strange = sorted(set(found.tolist()) - known)
    for number in strange:
        frames = (found == number).nonzero()[0] + 1
        yield error(
            f"The Segment Sequence does not describe segment {number}, to which "
            f"{counted(frames.tolist(), 'frame')} belong.",
            "ReferencedSegmentNumber",
            "PS3.3 C.8.20.3.1",
        )


def _everywhere(seg: Examined, keyword: str) -> Iterator[tuple[str, list[Dataset]]]:
    """Yield where a group is and its items: shared, and of one frame of each shape."""
    holders = [("of the shared groups", seg.shared)]
    if seg.groups is not None:
        holders += [(f"of frame {shape.first}", shape.item) for shape in seg.groups.shapes]
    for where, holder in holders:
        if keyword in holder and element(holder, keyword) is not None:
            yield where, items(holder, keyword)


def _keyword(tag: int) -> str:
    """Return the keyword of a tag; the tag where it has none."""
    return keyword_for_tag(tag) or str(Tag(tag))


RULES = (
    number_of_items,
    shared_or_per_frame,
    groups_that_are_needed,
    items_of_groups,
    derivation,
    spatial_locations_preserved,
    frames_name_described_segments,
)
