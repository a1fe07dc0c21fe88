"""Dimensions and the indices of frames in them, PS3.3 C.7.6.17."""

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from ..findings import Finding
from ..geometry import finite_numbers
from .examined import Examined
from .places import frame_places, planes
from .values import items, name_of, text, value, whole
from .wording import error, listed, note, plural, warning

_SEGMENT, _POSITION = 0x0062000B, 0x00200032
_TYPES = ("3D", "3D_TEMPORAL", "TILED_FULL", "TILED_SPARSE")


def organizations(seg: Examined) -> Iterator[Finding]:
    """Dimension Organization Sequence lists the UIDs that the dimensions name, and no other."""
    known = [text(i, "DimensionOrganizationUID") for i in items(seg.header, "DimensionOrganizationSequence")]
    named = [text(i, "DimensionOrganizationUID") for i in items(seg.header, "DimensionIndexSequence")]
    for uid in sorted(set(named) - set(known) - {""}):
        yield error(
            f"Dimension Organization UID {uid} of a dimension is not in the Dimension Organization Sequence.",
            "DimensionOrganizationUID",
            "PS3.3 C.7.6.17.2",
        )
    kind = text(seg.header, "DimensionOrganizationType")
    if kind and kind not in _TYPES:
        yield warning(
            f"Dimension Organization Type is '{kind}'; known are {', '.join(_TYPES)}.",
            "DimensionOrganizationType",
            "PS3.3 C.7.6.17.3",
        )
    if not seg.tiled_full and not items(seg.header, "DimensionIndexSequence"):
        yield error(
            "Dimension Index Sequence is missing or empty; only TILED_FULL does without.",
            "DimensionIndexSequence",
            "PS3.3 C.7.6.17",
        )


def pointers(seg: Examined) -> Iterator[Finding]:
    """What a dimension points to is in the functional groups."""
    absent = []
    for number, item in enumerate(items(seg.header, "DimensionIndexSequence"), start=1):
        pointer = _tag(item, "DimensionIndexPointer")
        group = _tag(item, "FunctionalGroupPointer")
        if pointer is None:
            continue
        if group is None and _inside_a_group(seg, pointer):
            yield error(
                f"Dimension {number} points to {name_of(pointer)}, which is in a functional group, and names "
                "no group.",
                "FunctionalGroupPointer",
                "PS3.3 C.7.6.17.1",
            )
        for tag, keyword in (
            (pointer, "DimensionIndexPrivateCreator"),
            (group, "FunctionalGroupPrivateCreator"),
        ):
            if tag is not None and Tag(tag).is_private and value(item, keyword) is None:
                yield error(
                    f"Dimension {number} points to the private element {Tag(tag)} without its creator.",
                    keyword,
                    "PS3.3 C.7.6.17.1",
                )
        if not _held(seg, group, pointer):
            absent.append(name_of(pointer))
    if absent and seg.groups is not None:
        make = note if seg.implied else warning
        yield make(
            f"Dimensions point to {listed(absent)}, which no functional group holds.",
            "DimensionIndexPointer",
            "PS3.3 C.7.6.17.1",
        )


def index_values(seg: Examined) -> Iterator[Finding]:
    """As many as there are dimensions, counted from 1, and different for every frame."""
    dimensions = items(seg.header, "DimensionIndexSequence")
    if seg.groups is None or not seg.groups.count or not dimensions:
        return
    widths = _widths(seg)
    wrong = sorted(widths - {len(dimensions)})
    if wrong:
        yield error(
            f"Frames have {listed(wrong)} Dimension Index Values; there are "
            f"{plural(len(dimensions), 'dimension')}.",
            "DimensionIndexValues",
            "PS3.3 C.7.6.16.2.2",
        )
    table = seg.groups.columns.dimensions
    if table is None or table.shape[1] != len(dimensions):
        return
    for number, (column, item) in enumerate(zip(table.T, dimensions, strict=True), start=1):
        least = int(column.min())
        if least == 0:
            yield error(
                f"Dimension {number} has the index 0; indices count from 1.",
                "DimensionIndexValues",
                "PS3.3 C.7.6.17.1",
            )
        elif least > 1 and not _counts_described_segments(seg, item, column):
            # Other objects of the same Dimension Organization may have the lower ones.
            yield note(
                f"The indices of dimension {number} begin at {least}; in all objects of the Dimension "
                "Organization together they count from 1.",
                "DimensionIndexValues",
                "PS3.3 C.7.6.17.1",
            )
    _rows, times = np.unique(table, axis=0, return_counts=True)
    if times.max() > 1:
        yield warning(
            f"{plural(int(times[times > 1].sum()), 'frame')} share their Dimension Index Values with others, "
            "so their order is undefined.",
            "DimensionIndexValues",
            "PS3.3 C.7.6.17.1",
        )
    # Tiles are looked up by their place, in whatever order they come.
    if not seg.slide and not _in_order(table):
        yield note(
            "Frames are not stored in the order of their Dimension Index Values; programs that count frames "
            "instead of reading them mistake one for another.",
            "DimensionIndexValues",
            "PS3.3 C.7.6.17",
        )


def indices_follow_their_attribute(seg: Examined) -> Iterator[Finding]:
    """Frames of the same value, and only they, have the same index; positions are counted along the stack."""
    dimensions = items(seg.header, "DimensionIndexSequence")
    if seg.groups is None or seg.groups.columns.dimensions is None:
        return
    table = seg.groups.columns.dimensions
    if table.shape[1] != len(dimensions):
        return
    for number, (column, item) in enumerate(zip(table.T, dimensions, strict=True), start=1):
        pointer, group = _tag(item, "DimensionIndexPointer"), _tag(item, "FunctionalGroupPointer")
        place = _values_apart(seg, pointer, group)
        if place is None:
            continue
        earlier = np.unique(table[:, : number - 1], axis=0, return_inverse=True)[1].reshape(-1)
        if _one_to_one(place, column):
            if pointer == _POSITION:
                yield from _along_the_normal(seg, number, column)
        elif number > 1 and _one_to_one(_pairs(earlier, place), _pairs(earlier, column)):
            yield note(
                f"The indices of dimension {number} count {name_of(pointer or 0)} anew for each index of the "
                "dimensions before; the same index means different values.",
                "DimensionIndexValues",
                "PS3.3 C.7.6.17.1",
            )
        else:
            yield warning(
                f"The indices of dimension {number} do not follow {name_of(pointer or 0)}: frames of one "
                "value have several indices, or frames of one index several values.",
                "DimensionIndexValues",
                "PS3.3 C.7.6.17.1",
            )


def _one_to_one(values: np.ndarray, indices: np.ndarray) -> bool:
    """Tell whether frames of one value have one index and the other way round; below 0 there is no value."""
    there = values >= 0
    pairs = np.unique(np.column_stack([values[there], indices[there]]), axis=0)
    return all(np.unique(side).size == len(pairs) for side in pairs.T)


def _pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return one number for each pair; below 0 where the second is."""
    joined = first.astype(np.int64) * (int(second.max(initial=0)) + 1) + second
    return np.where(second.astype(np.int64) < 0, -1, joined)


def _values_apart(seg: Examined, pointer: int | None, group: int | None) -> np.ndarray | None:
    """Return (frames,) equal numbers for equal values of an attribute, -1 for none; None where unknown."""
    if pointer is None or group is None or seg.groups is None:
        return None
    if pointer == _POSITION:
        return frame_places(seg)
    known = seg.groups.column(group, pointer)
    keys: dict[object, int] = {}
    merged = []
    for each in known.values:
        joined = each.decode("latin-1") if isinstance(each, bytes) else each
        # The same number may be written in several ways.
        merged.append(keys.setdefault(tuple(finite_numbers(joined.rstrip("\0 "))) or each, len(keys)))
    return np.array([*merged, -1], np.int64)[known.place]


def _along_the_normal(seg: Examined, number: int, column: np.ndarray) -> Iterator[Finding]:
    found = planes(seg)
    assert seg.groups is not None  # the caller has looked at it
    position = seg.groups.columns.texts.get("position")
    if found is None or position is None or position.rows.size != seg.groups.count:
        return
    points = np.array([finite_numbers(each) for each in position.texts], np.float64)
    distance = (points @ found.stack_direction)[position.place]
    order = np.argsort(column[position.rows], kind="stable")
    steps = np.diff(distance[order])
    if (steps > 1e-3).any() and (steps < -1e-3).any():
        yield warning(
            f"The indices of dimension {number} do not count the planes along the stack.",
            "DimensionIndexValues",
            "PS3.3 C.7.6.17.1",
        )


def _widths(seg: Examined) -> set[int]:
    """Return how many Dimension Index Values frames have."""
    assert seg.groups is not None  # the caller has looked at it
    table = seg.groups.columns.dimensions
    if table is not None:
        return {table.shape[1]}
    return {
        len(value(content, "DimensionIndexValues") or ())
        if not isinstance(value(content, "DimensionIndexValues"), int)
        else 1
        for content in seg.group_items("FrameContentSequence")
    }


def _counts_described_segments(seg: Examined, item: Dataset, column: np.ndarray) -> bool:
    """Tell whether indices count all segments that are described, of which the first may have no frame."""
    segments = seg.frame_segments()
    if _tag(item, "DimensionIndexPointer") != _SEGMENT or segments is None:
        return False
    described = np.array(sorted(set(seg.segment_numbers)), np.int64)
    return np.array_equal(np.searchsorted(described, segments) + 1, column)


def _in_order(table: np.ndarray) -> bool:
    """Tell whether rows ascend, the first column counting most."""
    order = np.lexsort(table.T[::-1])
    return np.array_equal(table[order], table)


def _held(seg: Examined, group: int | None, pointer: int) -> bool:
    """Tell whether an attribute is in its functional group, shared or of any frame, or is that group."""
    shapes = seg.groups.shapes if seg.groups is not None else []
    holders = [seg.shared, *(shape.item for shape in shapes)]
    if group is None:
        return pointer in seg.header or any(pointer in holder for holder in holders)
    return any(pointer in item for holder in holders for item in items(holder, group))


def _inside_a_group(seg: Examined, pointer: int) -> bool:
    groups = set(seg.shared.keys())
    for shape in seg.groups.shapes if seg.groups is not None else ():
        groups.update(shape.item.keys())
    return any(_held(seg, int(tag), pointer) for tag in groups)


def _tag(item: Dataset, keyword: str) -> int | None:
    number = whole(item, keyword)
    return number or None


RULES = (organizations, pointers, index_values, indices_follow_their_attribute)
