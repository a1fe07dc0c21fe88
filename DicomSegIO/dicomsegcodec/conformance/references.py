"""Source images: which the object lists, and which its frames name, PS3.3 C.12.2 and C.7.6.16.2.6."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from ..findings import Finding
from .examined import Examined
from .values import items, text, value
from .wording import error, listed, note, plural, warning

_CLASS_UID, _INSTANCE_UID, _FRAME_NUMBER = 0x00081150, 0x00081155, 0x00081160
_MULTI_FRAME = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{end}"
    for end in (
        *("2.1", "2.2", "4.1", "4.3", "4.4", "128.1", "130", "3.1", "20", "7.1", "7.2", "7.3", "7.4"),
        *("12.1.1", "12.2.1", "13.1.1", "13.1.2", "13.1.3", "77.1.5.4", "77.1.5.5", "77.1.6"),
    )
)


def listed_instances(seg: Examined) -> Iterator[Finding]:
    """Referenced Series and the like list each image once, in one series."""
    found = _listed(seg)
    twice = [uid for (_series, uid), times in Counter(found).items() if times > 1]
    if twice:
        yield warning(
            f"{plural(len(twice), 'image')} {'is' if len(twice) == 1 else 'are'} listed more than once in "
            f"Referenced Series Sequence, the first of them {twice[0]}.",
            "ReferencedSeriesSequence",
            "PS3.3 C.12.2",
        )
    series: dict[str, set[str]] = {}
    for name, uid in found:
        series.setdefault(uid, set()).add(name)
    several = [uid for uid, names in series.items() if len(names) > 1]
    if several:
        yield error(
            f"Image {several[0]} is listed in {len(series[several[0]])} series; it is in one.",
            "ReferencedSeriesSequence",
            "PS3.3 C.12.2",
        )
    own = text(seg.header, "SOPInstanceUID")
    if own and (own in series or own in _used(seg)):
        yield error(
            "The object refers to itself as a source image.", "ReferencedSOPInstanceUID", "PS3.3 C.12.2"
        )


def used_instances_are_listed(seg: Examined) -> Iterator[Finding]:
    used, known = _used(seg), {uid for _series, uid in _listed(seg)}
    absent = sorted(used - known)
    if absent and not known:
        yield error(
            f"Referenced Series Sequence names no image, and frames refer to {plural(len(used), 'image')}, "
            "whose series is unknown.",
            "ReferencedSeriesSequence",
            "PS3.3 C.12.2",
        )
    elif absent:
        yield error(
            f"{plural(len(absent), 'image')} to which frames refer {'is' if len(absent) == 1 else 'are'} not "
            f"in Referenced Series Sequence, the first of them {absent[0]}.",
            "ReferencedSeriesSequence",
            "PS3.3 C.12.2",
        )
    if known and not used:
        yield error(
            f"Referenced Series Sequence lists {plural(len(known), 'image')}, and nothing in the object "
            "refers to one.",
            "ReferencedSeriesSequence",
            "PS3.3 C.12.2",
        )


def source_images_of_frames(seg: Examined) -> Iterator[Finding]:
    """Frame numbers count from 1, and an image has one SOP Class."""
    if seg.groups is None:
        return
    named = seg.groups.source_values(_INSTANCE_UID, _CLASS_UID, _FRAME_NUMBER)
    for (_uid, _sop_class, joined), frame in named.items():
        numbers = joined.split("\\") if joined else []
        if any(not number.strip().isdigit() or int(number) < 1 for number in numbers):
            yield error(
                f"Referenced Frame Number of frame {frame} is '{joined}'; frames count from 1.",
                "ReferencedFrameNumber",
                "PS3.3 C.7.6.16.2.6",
            )
            break
    classes = {(uid, sop_class) for uid, sop_class, _numbers in named}
    classes |= {(uid, sop_class) for uid, sop_class in _listed_classes(seg) if uid in {u for u, _ in classes}}
    several = sorted(uid for uid, times in Counter(uid for uid, _class in classes).items() if times > 1)
    if several:
        yield error(
            f"Image {several[0]} is said to be of {listed(sorted(_class_names(classes, several[0])))}.",
            "ReferencedSOPClassUID",
            "PS3.3 10.3",
        )
    whole = [
        frame for (_u, sop_class, joined), frame in named.items() if sop_class in _MULTI_FRAME and not joined
    ]
    if whole:
        yield note(
            f"Frame {whole[0]} refers to a multi-frame image without a frame number, which means all its "
            "frames.",
            "ReferencedFrameNumber",
            "PS3.3 10.3",
        )


def frames_without_a_place(seg: Examined) -> Iterator[Finding]:
    """A frame that is nowhere in space lies on the pixels of an image, which it names."""
    if seg.groups is None or not seg.groups.count:
        return
    columns = seg.groups.columns
    placed = seg.has_group("PlanePositionSequence") or seg.has_group("PlanePositionSlideSequence")
    shared = any(items(item, "SourceImageSequence") for item in items(seg.shared, "DerivationImageSequence"))
    if not placed and not shared and seg.has_group("DerivationImageSequence"):
        without = seg.groups.count - np.unique(columns.reference_frame).size
        if without:
            yield error(
                f"{plural(without, 'frame')} {'names' if without == 1 else 'name'} no source image, and no "
                "position says where they are.",
                "SourceImageSequence",
                "PS3.3 A.51.5.1",
            )
    rows = np.column_stack([columns.reference_frame, columns.reference_uid, columns.reference_number])
    _distinct, times = np.unique(rows, axis=0, return_counts=True)
    if times.size and times.max() > 1:
        yield warning(
            f"{plural(int((times > 1).sum()), 'reference')} of frames to source images "
            f"{'is' if (times > 1).sum() == 1 else 'are'} repeated.",
            "SourceImageSequence",
            "PS3.3 C.7.6.16.2.6",
        )


def _series(seg: Examined) -> list[Dataset]:
    found = items(seg.header, "ReferencedSeriesSequence")
    for study in items(seg.header, "StudiesContainingOtherReferencedInstancesSequence"):
        found.extend(items(study, "ReferencedSeriesSequence"))
    return found


def _listed(seg: Examined) -> list[tuple[str, str]]:
    """Return (series, image) UIDs that the object lists."""
    return [
        (text(series, "SeriesInstanceUID"), text(item, "ReferencedSOPInstanceUID"))
        for series in _series(seg)
        for item in items(series, "ReferencedInstanceSequence")
        if value(item, "ReferencedSOPInstanceUID") is not None
    ]


def _listed_classes(seg: Examined) -> list[tuple[str, str]]:
    """Return (image, SOP Class) UIDs that the object lists."""
    return [
        (text(item, "ReferencedSOPInstanceUID"), text(item, "ReferencedSOPClassUID"))
        for series in _series(seg)
        for item in items(series, "ReferencedInstanceSequence")
        if value(item, "ReferencedSOPClassUID") is not None
    ]


def _used(seg: Examined) -> set[str]:
    """Return the UIDs of the images to which frames, or the object as a whole, refer."""
    sources = items(seg.header, "SourceImageSequence")
    for item in items(seg.shared, "DerivationImageSequence"):
        sources.extend(items(item, "SourceImageSequence"))
    found = {text(source, "ReferencedSOPInstanceUID") for source in sources}
    if seg.groups is not None:
        found.update(seg.groups.columns.uids)
    return found - {""}


def _class_names(classes: set[tuple[str, str]], uid: str) -> list[str]:
    return [UID(sop_class).name for other, sop_class in classes if other == uid]


RULES = (listed_instances, used_instances_are_listed, source_images_of_frames, frames_without_a_place)
