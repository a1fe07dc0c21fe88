"""Coded concepts wherever they stand, PS3.3 8.8, and references to other objects, PS3.3 10.8."""

from collections import defaultdict
from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ..findings import Finding
from .examined import Examined
from .values import element, items, name_of, text, value
from .wording import counted, error, note

_VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")
_OLD_SCHEMES = ("SRT", "SNM3", "99SDM")
# Their references are in the table of modules.
_IN_MODULES = ("ReferencedInstanceSequence", "DefinitionSourceSequence")


def codes_are_complete(seg: Examined) -> Iterator[Finding]:
    """A code has one value, a scheme unless it is a URN, and a meaning."""
    faults: dict[tuple[str, str], int] = defaultdict(int)
    for keyword, item in _coded(seg):
        stated = [name for name in _VALUES if value(item, name) is not None]
        if not stated:
            faults[keyword, "a code has no value"] += 1
        elif len(stated) > 1:
            faults[keyword, "a code has more than one of Code Value, Long Code Value and URN Code Value"] += 1
        elif stated != ["URNCodeValue"] and value(item, "CodingSchemeDesignator") is None:
            faults[keyword, "a code has no Coding Scheme Designator, so it is unknown what it means"] += 1
        if value(item, "CodeMeaning") is None:
            faults[keyword, "a code has no Code Meaning"] += 1
    for (keyword, fault), times in faults.items():
        often = "" if times == 1 else f" ({times} times)"
        yield error(f"In {name_of(keyword)} {fault}{often}.", keyword, "PS3.3 8.8")


def codes_of_the_old_snomed(seg: Examined) -> Iterator[Finding]:
    old = sorted({text(item, "CodingSchemeDesignator") for _keyword, item in _coded(seg)} & set(_OLD_SCHEMES))
    if old:
        yield note(
            f"Codes are of {counted(old, 'scheme')}, which SCT has replaced; programs that know SCT only do "
            "not understand them.",
            "CodingSchemeDesignator",
            "PS3.16 8",
        )


def references_are_complete(seg: Examined) -> Iterator[Finding]:
    """A reference to an object names its SOP Class and its UID."""
    faults: dict[tuple[str, str], int] = defaultdict(int)
    for keyword, item in _all_items(seg):
        if keyword in _IN_MODULES:
            continue
        for name, other in (
            ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"),
            ("ReferencedSOPInstanceUID", "ReferencedSOPClassUID"),
        ):
            if value(item, name) is None and value(item, other) is not None:
                faults[keyword, name] += 1
    for (keyword, name), times in faults.items():
        often = "" if times == 1 else f" ({times} times)"
        yield error(f"In {name_of(keyword)} a reference has no {name_of(name)}{often}.", name, "PS3.3 10.8")


def _coded(seg: Examined) -> Iterator[tuple[str, Dataset]]:
    """Yield the items of all code sequences."""
    for keyword, item in _all_items(seg):
        # A region and the like are codes too, though their sequences are not called so.
        if keyword.endswith("CodeSequence") or any(name in item for name in _VALUES):
            yield keyword, item


def _all_items(seg: Examined) -> Iterator[tuple[str, Dataset]]:
    """Yield keyword of the sequence and item of every sequence, of the frames one of each shape."""
    yield from _items_of(seg.header)
    for shape in seg.groups.shapes if seg.groups is not None else ():
        yield from _items_of(shape.item)


def _items_of(dataset: Dataset) -> Iterator[tuple[str, Dataset]]:
    for tag in dataset.keys():  # noqa: SIM118 - a Dataset iterates over its elements
        found = element(dataset, tag)
        if found is not None and isinstance(found.value, Sequence):
            for item in items(dataset, tag):
                yield found.keyword or str(tag), item
                yield from _items_of(item)


RULES = (codes_are_complete, codes_of_the_old_snomed, references_are_complete)
