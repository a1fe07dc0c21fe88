"""What a segment is, to and from one item of the Segment Sequence, PS3.3 C.8.20.2 and C.8.20.4.

What the item cannot say word for word (a label over 64 characters or with a
backslash, a host application's own tags) is kept as JSON in one private element
beside it, so that a round trip loses nothing and other readers see standard attributes only.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pydicom.dataset import Dataset

from .errors import ArgumentError
from .findings import Finding, Severity

MAX_SEGMENT_NUMBER = 0xFFFF
LABEL_LENGTH = 64
SHORT_LENGTH = 16
DESCRIPTION_LENGTH = 1024

PRIVATE_CREATOR = "DicomSegIO"
_PRIVATE_GROUP = 0x0063
_PRIVATE_TEXT = 0x01


class Code(NamedTuple):
    """A coded concept, PS3.3 8; field names are those of pydicom's `Code`, which serves as well."""

    value: str
    scheme_designator: str
    meaning: str
    scheme_version: str | None = None


class Region(NamedTuple):
    """An anatomic region or structure and its modifiers."""

    code: Code
    modifiers: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Algorithm:
    """What made a segment, PS3.3 10.16 and C.8.20.2.3.

    Parameters
    ----------
    type : str
        AUTOMATIC, SEMIAUTOMATIC or MANUAL.
    name, version : str
    family : Code, optional
    source : str
    parameters : str
    """

    type: str = "MANUAL"
    name: str = ""
    version: str = ""
    family: Code | None = None
    source: str = ""
    parameters: str = ""


TISSUE = Code("85756007", "SCT", "Tissue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment.

    Parameters
    ----------
    number : int
        Segment Number, 1 to 65535.
    label : str
        Any text; what LO cannot hold is kept beside it.
    category, type : Code
        Segmented property.
    type_modifiers : tuple of Code
    regions, primary_structures : tuple of Region
    algorithm : Algorithm
    cielab : (L*, a*, b*), optional
        Recommended Display CIELab Value as stored, 0 to 65535 each, PS3.3 C.10.7.1.1.
    tracking_id, tracking_uid : str
        Both or neither.
    description : str
    private_text : mapping of str to str
        A host application's own words about the segment, kept verbatim.
    """

    number: int
    label: str
    category: Code = TISSUE
    type: Code = TISSUE
    type_modifiers: tuple[Code, ...] = ()
    regions: tuple[Region, ...] = ()
    primary_structures: tuple[Region, ...] = ()
    algorithm: Algorithm = Algorithm()
    cielab: tuple[int, int, int] | None = None
    tracking_id: str = ""
    tracking_uid: str = ""
    description: str = ""
    private_text: Mapping[str, str] = field(default_factory=dict)


def code_item(code: Code) -> Dataset:
    """Return the item of a code sequence, PS3.3 8.8; long values and URNs have attributes of their own.

    Of the meaning, which is for people, what LO holds is written.

    Raises
    ------
    ArgumentError
        The coding scheme is longer than its attribute.
    """
    for text in (code.scheme_designator, code.scheme_version or ""):
        if len(text) > SHORT_LENGTH or "\\" in text or not text.isprintable():
            raise ArgumentError(
                f"The coding scheme '{text}' of code {code.value} ('{code.meaning}') cannot be stored; a "
                "designator or version has at most 16 characters and no backslash."
            )
    item = Dataset()
    if code.value.startswith(("urn:", "http:", "https:")):
        item.URNCodeValue = code.value
    elif len(code.value) > SHORT_LENGTH:
        item.LongCodeValue = code.value
    else:
        item.CodeValue = code.value
    item.CodingSchemeDesignator = code.scheme_designator
    if code.scheme_version:
        item.CodingSchemeVersion = code.scheme_version
    item.CodeMeaning = line_text(code.meaning)
    return item


def read_code(item: Dataset) -> Code:
    """Return the code of a code sequence item."""
    value = item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue") or ""
    return Code(
        str(value),
        str(item.get("CodingSchemeDesignator") or ""),
        str(item.get("CodeMeaning") or ""),
        str(item["CodingSchemeVersion"].value) if item.get("CodingSchemeVersion") else None,
    )


def write_segment(segment: Segment) -> Dataset:
    """Return the Segment Sequence item of a segment.

    Raises
    ------
    ArgumentError
        The number is out of range, or only one of tracking ID and UID is given.
    """
    if not 1 <= segment.number <= MAX_SEGMENT_NUMBER:
        raise ArgumentError(f"Segment Number {segment.number} is out of range; it must be 1 to 65535.")
    if bool(segment.tracking_id) != bool(segment.tracking_uid):
        raise ArgumentError(
            f"Segment {segment.number} has only one of Tracking ID and Tracking UID; give both or neither."
        )
    item = Dataset()
    item.SegmentedPropertyCategoryCodeSequence = [code_item(segment.category)]
    item.SegmentNumber = segment.number
    item.SegmentLabel = label_text(segment.label)
    if segment.description.strip():
        item.SegmentDescription = segment.description[:DESCRIPTION_LENGTH]
    _write_algorithm(item, segment.algorithm)
    kind = code_item(segment.type)
    if segment.type_modifiers:
        kind.SegmentedPropertyTypeModifierCodeSequence = [code_item(m) for m in segment.type_modifiers]
    item.SegmentedPropertyTypeCodeSequence = [kind]
    if segment.regions:
        item.AnatomicRegionSequence = _write_regions(segment.regions, "AnatomicRegionModifierSequence")
    if segment.primary_structures:
        item.PrimaryAnatomicStructureSequence = _write_regions(
            segment.primary_structures, "PrimaryAnatomicStructureModifierSequence"
        )
    if segment.cielab is not None:
        item.RecommendedDisplayCIELabValue = list(segment.cielab)
    if segment.tracking_uid:
        item.TrackingID = segment.tracking_id
        item.TrackingUID = segment.tracking_uid
    _write_private(item, segment)
    return item


def read_segment(item: Dataset) -> tuple[Segment, list[Finding]]:
    """Return the segment of a Segment Sequence item, and what had to be assumed."""
    findings: list[Finding] = []
    number = int(item.SegmentNumber)
    where = f"segment {number}"

    def doubt(text: str) -> None:
        findings.append(Finding(Severity.WARNING, text, where, "PS3.3 C.8.20.4"))

    stored = str(item.get("SegmentLabel") or "")
    private = _read_private(item)
    label = private.pop("label", stored)
    if label_text(label) != stored:  # somebody renamed the segment since
        label = stored
    if not label:
        label = f"Segment {number}"
        doubt(f"Segment {number} has no Segment Label; it is called '{label}'.")
    description = str(item.get("SegmentDescription") or "")
    full = private.pop("description", description)
    if full[:DESCRIPTION_LENGTH].rstrip() == description.rstrip():
        description = full
    kind = _first(item, "SegmentedPropertyTypeCodeSequence")
    category = _first(item, "SegmentedPropertyCategoryCodeSequence")
    if kind is None or category is None:
        doubt(f"Segment {number} ('{label}') has no property category or type; Tissue is assumed.")
    return Segment(
        number=number,
        label=label,
        category=read_code(category) if category is not None else TISSUE,
        type=read_code(kind) if kind is not None else TISSUE,
        type_modifiers=_read_modifiers(kind),
        regions=_read_regions(item, "AnatomicRegionSequence", "AnatomicRegionModifierSequence"),
        primary_structures=_read_regions(
            item, "PrimaryAnatomicStructureSequence", "PrimaryAnatomicStructureModifierSequence"
        ),
        algorithm=_read_algorithm(item),
        cielab=_read_cielab(item, doubt),
        tracking_id=str(item.get("TrackingID") or ""),
        tracking_uid=str(item.get("TrackingUID") or ""),
        description=description,
        private_text=private,
    ), findings


def label_text(label: str) -> str:
    """Return what of a label fits Segment Label, which is never empty."""
    return line_text(label) or "_"


def line_text(text: str) -> str:
    """Return what LO holds of a text: 64 characters, no backslash or control character, PS3.5 6.2."""
    clean = "".join("/" if c == "\\" else c if c.isprintable() else " " for c in text)
    return clean[:LABEL_LENGTH].strip()


def _read_modifiers(kind: Dataset | None) -> tuple[Code, ...]:
    if kind is None:
        return ()
    return tuple(read_code(m) for m in kind.get("SegmentedPropertyTypeModifierCodeSequence") or ())


def _write_algorithm(item: Dataset, algorithm: Algorithm) -> None:
    item.SegmentAlgorithmType = algorithm.type
    if algorithm.type != "MANUAL" and not algorithm.name:
        raise ArgumentError(
            f"The algorithm of segment {item.SegmentNumber} is {algorithm.type} but has no name; "
            "name it, or make the type MANUAL."
        )
    if algorithm.name:
        item.SegmentAlgorithmName = line_text(algorithm.name)
    if algorithm.family is not None:
        identification = Dataset()
        identification.AlgorithmFamilyCodeSequence = [code_item(algorithm.family)]
        identification.AlgorithmName = line_text(algorithm.name)
        identification.AlgorithmVersion = line_text(algorithm.version)
        if algorithm.source:
            identification.AlgorithmSource = line_text(algorithm.source)
        if algorithm.parameters:
            identification.AlgorithmParameters = algorithm.parameters
        item.SegmentationAlgorithmIdentificationSequence = [identification]


def _read_algorithm(item: Dataset) -> Algorithm:
    name = str(item.get("SegmentAlgorithmName") or "")
    kind = str(item.get("SegmentAlgorithmType") or "MANUAL")
    identification = _first(item, "SegmentationAlgorithmIdentificationSequence")
    if identification is None:
        return Algorithm(kind, name)
    identified = read_algorithm(identification)
    return replace(identified, type=kind, name=name or identified.name)


def read_algorithm(item: Dataset) -> Algorithm:
    """Return the algorithm of an Algorithm Identification item, PS3.3 10.16; its type stands elsewhere."""
    family = _first(item, "AlgorithmFamilyCodeSequence")
    return Algorithm(
        name=str(item.get("AlgorithmName") or ""),
        version=str(item.get("AlgorithmVersion") or ""),
        family=read_code(family) if family is not None else None,
        source=str(item.get("AlgorithmSource") or ""),
        parameters=str(item.get("AlgorithmParameters") or ""),
    )


def _write_regions(regions: Iterable[Region], modifier_keyword: str) -> list[Dataset]:
    items = []
    for region in regions:
        item = code_item(region.code)
        if region.modifiers:
            setattr(item, modifier_keyword, [code_item(m) for m in region.modifiers])
        items.append(item)
    return items


def _read_regions(item: Dataset, keyword: str, modifier_keyword: str) -> tuple[Region, ...]:
    return tuple(
        Region(read_code(region), tuple(read_code(m) for m in region.get(modifier_keyword) or ()))
        for region in item.get(keyword) or ()
    )


def _read_cielab(item: Dataset, doubt: Callable[[str], None]) -> tuple[int, int, int] | None:
    value = item.get("RecommendedDisplayCIELabValue")
    if value is None or value == "":
        return None
    numbers = list(value) if isinstance(value, (list, tuple)) or hasattr(value, "__iter__") else [value]
    if len(numbers) != 3:
        doubt(f"Recommended Display CIELab Value has {len(numbers)} values instead of 3; no colour is used.")
        return None
    try:
        whole = [int(n) for n in numbers if float(n).is_integer() and 0 <= float(n) <= 0xFFFF]
    except (TypeError, ValueError, OverflowError):
        whole = []
    if len(whole) != 3:
        doubt(
            "Recommended Display CIELab Value is not three whole numbers from 0 to 65535 but "
            f"{', '.join(map(str, numbers))}; no colour is used."
        )
        return None
    return whole[0], whole[1], whole[2]


def _first(item: Dataset, keyword: str) -> Dataset | None:
    sequence = item.get(keyword)
    return sequence[0] if sequence else None


def _write_private(item: Dataset, segment: Segment) -> None:
    words = dict(segment.private_text)
    if label_text(segment.label) != segment.label:
        words["label"] = segment.label
    if segment.description and item.get("SegmentDescription", "").rstrip() != segment.description:
        words["description"] = segment.description
    if words:
        block = item.private_block(_PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
        block.add_new(_PRIVATE_TEXT, "UT", json.dumps(words, ensure_ascii=True, sort_keys=True))


def _read_private(item: Dataset) -> dict[str, str]:
    try:
        block = item.private_block(_PRIVATE_GROUP, PRIVATE_CREATOR)
        words = json.loads(block[_PRIVATE_TEXT].value)
    except (KeyError, ValueError):  # absent, or overwritten by somebody: the standard attributes stand
        return {}
    if not isinstance(words, dict):
        return {}
    return {str(key): str(value) for key, value in words.items()}
