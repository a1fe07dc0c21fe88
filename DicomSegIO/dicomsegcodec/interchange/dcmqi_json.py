"""dcmqi's segmentation JSON: how label values of label volumes are coded, and attributes of the series.

`segmentAttributes` holds one list of segments a label volume, in the order of
`segmentAttributesFileMapping` where that is given; many files hold one flat list instead.
`labelID` is the value of a segment's voxels. Keys and limits are those of dcmqi's
schema (draft 4, no additional properties), and nothing else is written.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..color import cielab_to_rgb, rgb_to_cielab
from ..errors import ArgumentError, ExternalFileError, OutputError
from ..findings import Finding, Severity
from ..segments import MAX_SEGMENT_NUMBER, Algorithm, Code, Region, Segment

_SCHEMA = "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/seg-schema.json#"
_WHOLE_NUMBER = re.compile(r" *[+-]?[0-9]{1,10} *")
_ALGORITHM_TYPES = ("AUTOMATIC", "MANUAL", "SEMIAUTOMATIC")
_SHORT, _LONG = 16, 64

_CATEGORY = "SegmentedPropertyCategoryCodeSequence"
_TYPE = "SegmentedPropertyTypeCodeSequence"
_MODIFIER = "SegmentedPropertyTypeModifierCodeSequence"
_REGION = "AnatomicRegionSequence"
_REGION_MODIFIER = "AnatomicRegionModifierSequence"
_RGB = "recommendedDisplayRGBValue"
_CIELAB = "RecommendedDisplayCIELabValue"
_TRACKING_ID = "TrackingIdentifier"
_TRACKING_UID = "TrackingUniqueIdentifier"
_CODE_KEYS = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_SEGMENT_KEYS = (
    "labelID", "SegmentDescription", "SegmentLabel", _CATEGORY, _TYPE, _MODIFIER, _REGION, _REGION_MODIFIER,
    "SegmentAlgorithmType", "SegmentAlgorithmName", _RGB, _CIELAB, _TRACKING_ID, _TRACKING_UID,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesAttributes:
    """What the JSON says of the whole object; None where it says nothing."""

    content_creator_name: str | None = None
    clinical_trial_series_id: str | None = None
    clinical_trial_time_point_id: str | None = None
    clinical_trial_coordinating_center_name: str | None = None
    content_label: str | None = None
    content_description: str | None = None
    series_description: str | None = None
    series_number: int | None = None
    instance_number: int | None = None
    body_part_examined: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCoding:
    """The contents of one JSON file.

    Parameters
    ----------
    volumes : tuple of tuple of Segment
        Segments of each label volume. A segment's number is its label value, which is unique in its
        volume only.
    file_names : tuple of str
        Name of each volume's file, or empty where the order of files decides.
    series : SeriesAttributes
    """

    volumes: tuple[tuple[Segment, ...], ...]
    file_names: tuple[str, ...] = ()
    series: SeriesAttributes = SeriesAttributes()


# Key and longest text of each series attribute, in the order in which they are written.
_SERIES_KEYS = {
    "content_creator_name": ("ContentCreatorName", _LONG),
    "clinical_trial_series_id": ("ClinicalTrialSeriesID", _LONG),
    "clinical_trial_time_point_id": ("ClinicalTrialTimePointID", _LONG),
    "clinical_trial_coordinating_center_name": ("ClinicalTrialCoordinatingCenterName", _LONG),
    "content_label": ("ContentLabel", _SHORT),
    "content_description": ("ContentDescription", _LONG),
    "series_description": ("SeriesDescription", _LONG),
    "series_number": ("SeriesNumber", 12),
    "instance_number": ("InstanceNumber", 12),
    "body_part_examined": ("BodyPartExamined", _SHORT),
}
_NUMBERS = ("series_number", "instance_number")
_ROOT_KEYS = (
    "@schema", *(key for key, _ in _SERIES_KEYS.values()), "seriesAttributes", "segmentAttributesFileMapping",
    "segmentAttributes",
)  # fmt: skip


def read_coding(path: str | Path) -> tuple[SegmentCoding, list[Finding]]:
    """Return the coding that a JSON file holds, and what in it was doubtful or had to be left out.

    Raises
    ------
    ExternalFileError
        The file cannot be read, is not JSON, or lacks a key or has a value of the wrong kind.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except FileNotFoundError:
        raise ExternalFileError(f"There is no file {path}.") from None
    except OSError as problem:
        raise ExternalFileError(f"{path} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise ExternalFileError(f"{path} is not text in UTF-8, as JSON is: {problem.reason}.") from problem
    return parse_coding(text, Path(path).name)


def parse_coding(text: str, name: str = "the JSON") -> tuple[SegmentCoding, list[Finding]]:
    """Return the coding that JSON text holds; `name` is what messages call it. Errors as `read_coding`."""
    try:
        root = json.loads(text, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError as problem:
        raise ExternalFileError(
            f"{name} is not valid JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}."
        ) from problem
    # ValueError: a number of thousands of digits.
    except (_RepeatedKey, RecursionError, ValueError) as problem:
        raise ExternalFileError(f"{name} is not valid JSON: {problem}.") from problem
    if not isinstance(root, dict):
        raise ExternalFileError(
            f"{name} holds {_kind(root)} where an object with segmentAttributes is expected."
        )
    reader = _Object(root, name, [])
    reader.warn_of_unknown(_ROOT_KEYS)
    volumes = _read_volumes(reader)
    file_names = _read_file_names(reader, len(volumes))
    return SegmentCoding(volumes=volumes, file_names=file_names, series=_read_series(reader)), reader.findings


def write_coding(path: str | Path, coding: SegmentCoding) -> list[Finding]:
    """Write a coding as a JSON file and return what the JSON cannot hold.

    Raises
    ------
    ArgumentError
        As `format_coding`.
    OutputError
        The file cannot be written.
    """
    text, findings = format_coding(coding)
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as problem:
        raise OutputError(f"{path} cannot be written: {problem.strerror}.") from problem
    return findings


def format_coding(coding: SegmentCoding) -> tuple[str, list[Finding]]:
    """Return a coding as JSON text, and what the JSON cannot hold.

    Raises
    ------
    ArgumentError
        A volume has no segment or the same number twice, or there are not as many names as volumes.
    """
    if not coding.volumes or not all(coding.volumes):
        raise ArgumentError("A coding JSON needs at least one segment for each label volume.")
    for volume in coding.volumes:
        numbers = [segment.number for segment in volume]
        if len(set(numbers)) != len(numbers):
            raise ArgumentError(
                f"Segments {sorted(numbers)} of one label volume do not have different numbers."
            )
    if coding.file_names and len(coding.file_names) != len(coding.volumes):
        raise ArgumentError(
            f"{len(coding.file_names)} file names for {len(coding.volumes)} label volumes; give one each."
        )
    findings: list[Finding] = []
    root: dict[str, Any] = {"@schema": _SCHEMA}
    root.update(_series_json(coding.series, findings))
    if coding.file_names:
        root["segmentAttributesFileMapping"] = list(coding.file_names)
    root["segmentAttributes"] = [
        [_segment_json(segment, findings) for segment in volume] for volume in coding.volumes
    ]
    return json.dumps(root, ensure_ascii=False, indent=2) + "\n", findings


class _RepeatedKey(Exception):
    pass


def _unique_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKey(f"key '{next(k for k in keys if keys.count(k) > 1)}' stands twice in one object")
    return found


@dataclass(frozen=True, slots=True)
class _Object:
    """A JSON object and its place, so that a complaint names file, segment and key; null counts as absent."""

    values: Mapping[str, Any]
    where: str
    findings: list[Finding]

    def doubt(self, text: str) -> None:
        self.findings.append(Finding(Severity.WARNING, text, self.where))

    def warn_of_unknown(self, known: Iterable[str]) -> None:
        for key in sorted(set(self.values) - set(known)):
            self.doubt(f"Key '{key}' is unknown and was not used.")

    def wrong(self, key: str, expected: str) -> ExternalFileError:
        found = f"is {_kind(self.values[key])}" if self.values.get(key) is not None else "is missing"
        return ExternalFileError(f"{self.where}: '{key}' {found}; expected {expected}.")

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or any("\ud800" <= c <= "\udfff" for c in value):
            raise self.wrong(key, "text")
        return value

    def required_text(self, key: str) -> str:
        value = self.text(key)
        if value is None or not value.strip():
            raise self.wrong(key, "text")
        return value

    def whole(self, key: str, least: int, most: int) -> int:
        value: Any = self.values.get(key)
        if not _is_whole(value) or not least <= value <= most:
            raise self.wrong(key, f"a whole number from {least} to {most}")
        return int(value)

    def triple(self, key: str, most: int) -> tuple[int, int, int] | None:
        value = self.values.get(key)
        if value is None:
            return None
        good = isinstance(value, list) and len(value) == 3
        if not good or not all(_is_whole(v) and 0 <= v <= most for v in value):
            raise self.wrong(key, f"three whole numbers from 0 to {most}")
        first, second, third = value
        return first, second, third

    def code(self, key: str) -> Code | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(key, f"one object with {', '.join(_CODE_KEYS)}")
        item = _Object(value, f"{self.where}, {key}", self.findings)
        item.warn_of_unknown(_CODE_KEYS)
        code_value, scheme, meaning = (item.required_text(part) for part in _CODE_KEYS)
        return Code(code_value, scheme, meaning)

    def required_code(self, key: str) -> Code:
        code = self.code(key)
        if code is None:
            raise self.wrong(key, f"an object with {', '.join(_CODE_KEYS)}")
        return code


def _read_volumes(root: _Object) -> tuple[tuple[Segment, ...], ...]:
    key, expected = "segmentAttributes", "a list of lists of segments"
    found = root.values.get(key)
    if not isinstance(found, list) or not found:
        raise root.wrong(key, expected)
    if all(isinstance(item, dict) for item in found):
        found = [found]
    volumes = []
    for place, items in enumerate(found, 1):
        if not isinstance(items, list) or not items:
            raise ExternalFileError(
                f"{root.where}: '{key}', item {place} is {_kind(items)}; expected {expected}, one for each "
                "label volume."
            )
        where = root.where if len(found) == 1 else f"{root.where}, label volume {place}"
        volumes.append(_read_volume(items, where, root.findings))
    return tuple(volumes)


def _read_volume(items: Sequence[Any], where: str, findings: list[Finding]) -> tuple[Segment, ...]:
    segments: dict[int, Segment] = {}
    for place, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise ExternalFileError(
                f"{where}, segment {place} of the list is {_kind(item)}; expected an object."
            )
        number = _Object(item, f"{where}, segment {place} of the list", findings).whole(
            "labelID", 1, MAX_SEGMENT_NUMBER
        )
        if number in segments:
            raise ExternalFileError(f"{where}: 'labelID' {number} stands twice; a label has one description.")
        placed = _Object(item, f"{where}, segment with labelID {number}", findings)
        segments[number] = _read_segment(placed, number)
    return tuple(segments.values())


def _read_segment(item: _Object, number: int) -> Segment:
    item.warn_of_unknown(_SEGMENT_KEYS)
    category, kind = item.required_code(_CATEGORY), item.required_code(_TYPE)
    modifier = item.code(_MODIFIER)
    region, region_modifier = item.code(_REGION), item.code(_REGION_MODIFIER)
    if region is None and region_modifier is not None:
        item.doubt(f"'{_REGION_MODIFIER}' without '{_REGION}' has nothing to modify and was not used.")
    algorithm = item.text("SegmentAlgorithmType")
    if algorithm not in _ALGORITHM_TYPES:
        found = "is missing" if algorithm is None else f"is '{algorithm}'"
        raise ExternalFileError(
            f"{item.where}: 'SegmentAlgorithmType' {found}; expected one of {', '.join(_ALGORITHM_TYPES)}."
        )
    tracking_id, tracking_uid = item.text(_TRACKING_ID) or "", item.text(_TRACKING_UID) or ""
    if bool(tracking_id) != bool(tracking_uid):
        missing = _TRACKING_UID if tracking_id else _TRACKING_ID
        raise item.wrong(missing, "text, as its counterpart is there; give both or neither")
    return Segment(
        number=number,
        label=item.text("SegmentLabel") or kind.meaning,
        category=category,
        type=kind,
        type_modifiers=(modifier,) if modifier else (),
        regions=(Region(region, (region_modifier,) if region_modifier else ()),) if region else (),
        algorithm=Algorithm(algorithm, item.text("SegmentAlgorithmName") or ""),
        cielab=_read_color(item),
        tracking_id=tracking_id,
        tracking_uid=tracking_uid,
        description=item.text("SegmentDescription") or "",
    )


def _read_color(item: _Object) -> tuple[int, int, int] | None:
    rgb, cielab = item.triple(_RGB, 255), item.triple(_CIELAB, 65535)
    if cielab is None:
        return rgb_to_cielab([c / 255 for c in rgb]) if rgb else None
    if rgb and max(abs(a - b) for a, b in zip(rgb, _rgb(cielab), strict=True)) > 1:
        item.doubt(f"'{_RGB}' and '{_CIELAB}' are different colours; the latter is used.")
    return cielab


def _read_file_names(root: _Object, volumes: int) -> tuple[str, ...]:
    key = "segmentAttributesFileMapping"
    found = root.values.get(key)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise root.wrong(key, "a list of file names")
    if len(found) != volumes:
        raise ExternalFileError(
            f"{root.where}: '{key}' names {len(found)} files, but 'segmentAttributes' describes {volumes} "
            "label volumes; they must be as many."
        )
    return tuple(found)


def _read_series(root: _Object) -> SeriesAttributes:
    nested = root.values.get("seriesAttributes")
    places = [root]
    if nested is not None:
        if not isinstance(nested, dict):
            raise root.wrong("seriesAttributes", "an object")
        inner = _Object(nested, f"{root.where}, seriesAttributes", root.findings)
        inner.warn_of_unknown(key for key, _ in _SERIES_KEYS.values())
        places.append(inner)
    found: dict[str, Any] = {}
    for place in places:
        for name, (key, _) in _SERIES_KEYS.items():
            value = _read_number(place, key) if name in _NUMBERS else place.text(key)
            if value is None or value == "":
                continue
            if found.setdefault(name, value) != value:
                place.doubt(f"'{key}' is '{value}' here but '{found[name]}' at the root; the latter is used.")
    return SeriesAttributes(**found)


def _read_number(place: _Object, key: str) -> int | None:
    """Return a whole number, written as text (as the schema has it) or as a number (as many write it)."""
    value = place.values.get(key)
    if value is None or value == "":
        return None
    if not _is_whole(value) and not (isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value)):
        raise place.wrong(key, "a whole number as text")
    number = int(value)
    if abs(number) >= 2**31:
        raise place.wrong(key, "a whole number of at most 31 bits")
    return number


def _series_json(series: SeriesAttributes, findings: list[Finding]) -> dict[str, str]:
    written = {}
    for item in fields(series):
        value = getattr(series, item.name)
        key, longest = _SERIES_KEYS[item.name]
        if value is not None and value != "":
            written[key] = _fitting(str(value), key, longest, "", findings)
    return written


def _segment_json(segment: Segment, findings: list[Finding]) -> dict[str, Any]:
    where = f"segment {segment.number}"

    def omit(what: str) -> None:
        findings.append(Finding(Severity.WARNING, f"dcmqi's JSON cannot hold {what}; left out.", where))

    def code(of: Code, key: str) -> dict[str, str]:
        if of.scheme_version:
            omit(f"the coding scheme version '{of.scheme_version}' of '{of.meaning}'")
        parts = zip(_CODE_KEYS, of[:3], strict=True)
        return {part: _fitting(value, f"{key}, {part}", _LONG, where, findings) for part, value in parts}

    written: dict[str, Any] = {"labelID": segment.number}
    if segment.description:
        written["SegmentDescription"] = segment.description
    written["SegmentLabel"] = _fitting(segment.label, "SegmentLabel", _LONG, where, findings)
    written[_CATEGORY] = code(segment.category, _CATEGORY)
    written[_TYPE] = code(segment.type, _TYPE)
    if segment.type_modifiers:
        written[_MODIFIER] = code(segment.type_modifiers[0], _MODIFIER)
    for modifier in segment.type_modifiers[1:]:
        omit(f"a second type modifier ('{modifier.meaning}')")
    if segment.regions:
        region = segment.regions[0]
        written[_REGION] = code(region.code, _REGION)
        if region.modifiers:
            written[_REGION_MODIFIER] = code(region.modifiers[0], _REGION_MODIFIER)
        for modifier in region.modifiers[1:]:
            omit(f"a second region modifier ('{modifier.meaning}')")
    for further in segment.regions[1:]:
        omit(f"a second anatomic region ('{further.code.meaning}')")
    for structure in segment.primary_structures:
        omit(f"a primary anatomic structure ('{structure.code.meaning}')")
    written["SegmentAlgorithmType"] = segment.algorithm.type
    if segment.algorithm.name:
        name = _fitting(segment.algorithm.name, "SegmentAlgorithmName", _LONG, where, findings)
        written["SegmentAlgorithmName"] = name
    if segment.algorithm != Algorithm(segment.algorithm.type, segment.algorithm.name):
        omit("an algorithm's family, version, source or parameters")
    if segment.cielab is not None:
        written[_RGB] = list(_rgb(segment.cielab))
        if rgb_to_cielab([c / 255 for c in _rgb(segment.cielab)]) != segment.cielab:
            written[_CIELAB] = list(segment.cielab)
    if segment.tracking_uid:
        written[_TRACKING_ID] = segment.tracking_id
        written[_TRACKING_UID] = segment.tracking_uid
    if segment.private_text:
        omit(f"what another program keeps with the segment ({', '.join(sorted(segment.private_text))})")
    return written


def _fitting(text: str, key: str, longest: int, where: str, findings: list[Finding]) -> str:
    if len(text) <= longest:
        return text
    doubt = f"'{key}' has {len(text)} characters where dcmqi's JSON allows {longest}; shortened."
    findings.append(Finding(Severity.WARNING, doubt, where))
    return text[:longest]


def _rgb(cielab: Sequence[int]) -> tuple[int, int, int]:
    red, green, blue = (round(c * 255) for c in cielab_to_rgb(cielab))
    return red, green, blue


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: object) -> str:
    """Say what a JSON value is, in words of the reader of the message."""
    kinds: dict[type, Callable[[Any], str]] = {
        dict: lambda v: "an object",
        list: lambda v: f"a list of {len(v)}",
        str: lambda v: f"the text '{v[:40]}'",
        bool: lambda v: "true" if v else "false",
        type(None): lambda v: "null",
    }
    return kinds.get(type(value), str)(value)
