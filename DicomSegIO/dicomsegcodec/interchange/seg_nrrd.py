"""3D Slicer's segmentation files (.seg.nrrd): layers, and for each segment its name, colour and tags.

As Slicer's segmentation storage node has it: key/value pairs `Segment0_Name` and so on
beside the pixels, `Segment0_Layer` and `Segment0_LabelValue` saying where a segment is.
Slicer shows one type modifier, one region and no more; what it cannot show is kept in one
tag more, which it carries along, and counts only while nobody changed what it stands behind.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..color import cielab_to_rgb, rgb_to_cielab
from ..errors import ArgumentError, ExternalFileError
from ..findings import Finding, Severity
from ..geometry import Geometry, Index
from ..layers import LabelLayer
from ..occupancy import values_in
from ..output import whole_file
from ..segments import MAX_SEGMENT_NUMBER, TISSUE, Algorithm, Code, Region, Segment
from .label_volumes import merge_layers
from .nrrd import read_nrrd, write_nrrd
from .terminology_entry import TerminologyEntry, parse_entry, write_entry

SUFFIXES = (".seg.nrrd", ".seg.nhdr")

TERMINOLOGY_TAG = "TerminologyEntry"
DESCRIPTION_TAG = "Description"
ALGORITHM_TYPE_TAG = "DICOM.SegmentAlgorithmType"
ALGORITHM_NAME_TAG = "DICOM.SegmentAlgorithmName"
FULL_TAG = "DicomSegIO.Segment"
"""The tag that holds a segment's description in full, as JSON, where the other tags say less."""

TRACKING_ID_TAG = "DICOM.TrackingID"
TRACKING_UID_TAG = "DICOM.TrackingUID"

PRIVATE_PREFIX = "slicer:"
"""What a tag is called in a segment's `private_text`: this and the tag's name."""
PRIVATE_ID = "slicer-id"
"""What Slicer's identifier of a segment is called there."""

_GREY = "0.5 0.5 0.5"  # Slicer's own colour for "none"
_EMPTY_EXTENT = "0 -1 0 -1 0 -1"
_TAGS_OF_DICOM = (
    TERMINOLOGY_TAG,
    DESCRIPTION_TAG,
    ALGORITHM_TYPE_TAG,
    ALGORITHM_NAME_TAG,
    TRACKING_ID_TAG,
    TRACKING_UID_TAG,
    FULL_TAG,
)
_ALGORITHM_TYPES = ("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL")
_TAG_SIGNS = str.maketrans({"|": "/", "\r": " ", "\v": " ", "\f": " ", "\0": " "})


@dataclass(frozen=True, slots=True, eq=False)
class SegNrrd:
    """The contents of a .seg.nrrd file.

    Parameters
    ----------
    geometry : Geometry
    layers : tuple of LabelLayer
    segments : tuple of Segment
        In the file's order; empty where the file describes none, as a plain label volume does.
    findings : tuple of Finding
    """

    geometry: Geometry
    layers: tuple[LabelLayer, ...]
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...] = ()


def read_seg_nrrd(path: str | Path) -> SegNrrd:
    """Return a segmentation of Slicer's.

    Segment Numbers are the label values where these are different from each other, else they count from 1
    in the file's order. Slicer's own words, ID and tags, are kept in the segment's `private_text`.

    Raises
    ------
    ExternalFileError
        The file cannot be read or does not describe a segmentation.
    """
    file = read_nrrd(path)
    name = Path(path).name
    keys = file.key_values
    if "Segmentation_Extent" in keys:
        raise ExternalFileError(
            f"{name} has the form that 3D Slicer wrote before version 4.11; open and save it in Slicer again."
        )
    count = 0
    while f"Segment{count}_ID" in keys:
        count += 1
    if not count:
        return _read_plain_volume(file.layers, file.geometry, name)
    findings: list[Finding] = []
    values = [_whole(keys, f"Segment{i}_LabelValue", 1, name) for i in range(count)]
    places = [_whole(keys, f"Segment{i}_Layer", i, name) for i in range(count)]
    if min(values) < 1:
        raise ExternalFileError(
            f"{name} has a segment with the label value {min(values)}; expected 1 or more."
        )
    usable = len(set(values)) == count and max(values) <= MAX_SEGMENT_NUMBER
    numbers = values if usable else list(range(1, count + 1))
    segments = [_read_segment(keys, i, number, findings) for i, number in enumerate(numbers)]
    layers = []
    for place, pixels in enumerate(file.layers):
        held = [i for i in range(count) if places[i] == place]
        layers += _read_layer(pixels, held, values, numbers, keys, name, findings)
    lost = [segments[i].label for i in range(count) if not 0 <= places[i] < len(file.layers)]
    if lost:
        raise ExternalFileError(
            f"{name} has {len(file.layers)} layers, none of them that of segment '{lost[0]}'; it is damaged."
        )
    return SegNrrd(file.geometry, tuple(layers), tuple(segments), tuple(findings))


def write_seg_nrrd(
    path: str | Path, layers: Sequence[LabelLayer], geometry: Geometry, segments: Sequence[Segment]
) -> None:
    """Write a segmentation for Slicer, its label values Segment Numbers; whole or not at all.

    Raises
    ------
    ArgumentError
        A layer holds a segment that is not described.
    OutputError
        The file cannot be written.
    """
    described = {s.number for s in segments}
    placed = {number for layer in layers for number in layer.segments.values()}
    if not placed <= described:
        raise ArgumentError(f"Layers hold segments {sorted(placed - described)} that are not described.")
    volumes = merge_layers(layers, geometry.shape)
    layer_of = {number: place for place, volume in enumerate(volumes) for number in volume.numbers}
    extents = {number: _extent(layer) for layer in layers for number in layer.segments.values()}
    keys = {
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_ConversionParameters": _reference_geometry(geometry),
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }
    idents = [segment.private_text.get(PRIVATE_ID) or f"Segment_{segment.number}" for segment in segments]
    if len(set(idents)) != len(idents):
        idents = [f"Segment_{segment.number}" for segment in segments]
    for place, segment in enumerate(segments):
        keys |= {
            f"Segment{place}_{key}": value
            for key, value in {
                "ID": idents[place],
                **_write_segment(segment),
                "ColorAutoGenerated": "0",
                "Extent": extents.get(segment.number, _EMPTY_EXTENT),
                "LabelValue": str(segment.number),
                "Layer": str(layer_of.get(segment.number, 0)),
                "NameAutoGenerated": "0",
            }.items()
        }
    with whole_file(path) as file:
        write_nrrd(file, [volume.pixels for volume in volumes], geometry, keys)


def _read_plain_volume(layers: Sequence[np.ndarray], geometry: Geometry, name: str) -> SegNrrd:
    if len(layers) > 1:
        raise ExternalFileError(
            f"{name} has {len(layers)} layers and does not say which segments they hold (no Segment0_ID)."
        )
    values = [value for value in values_in(layers[0]).tolist() if value]
    if values and not (min(values) >= 0 and max(values) <= MAX_SEGMENT_NUMBER):
        raise ExternalFileError(
            f"{name} holds values from {min(values)} to {max(values)}; labels are whole numbers up to 65535."
        )
    return SegNrrd(geometry, (LabelLayer(layers[0], {v: v for v in values}),), ())


def _read_layer(
    pixels: np.ndarray,
    held: Sequence[int],
    values: Sequence[int],
    numbers: Sequence[int],
    keys: Mapping[str, str],
    name: str,
    findings: list[Finding],
) -> list[LabelLayer]:
    """Return a layer cropped to its segments' extents, as Slicer crops it; several if values repeat."""
    boxes = [_box(keys, f"Segment{i}_Extent", pixels.shape, name) for i in held]
    known = [box for box in boxes if box is not None]
    if not known:
        return []
    first = np.min([low for low, _ in known], axis=0).tolist()
    last = np.max([high for _, high in known], axis=0).tolist()
    cropped = pixels[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
    maps: list[dict[int, int]] = []
    for i in held:
        free = next((m for m in maps if values[i] not in m), None)
        if free is None:
            maps.append(free := {})
        free[values[i]] = numbers[i]
    strange = sorted(set(values_in(cropped).tolist()) - {0, *(values[i] for i in held)})
    if strange:
        text = f"Values {strange[:5]} belong to no segment of their layer; their voxels were left out."
        findings.append(Finding(Severity.WARNING, text, name))
    return [LabelLayer(cropped, m, (first[0], first[1], first[2])) for m in maps]


def _read_segment(keys: Mapping[str, str], place: int, number: int, findings: list[Finding]) -> Segment:
    prefix = f"Segment{place}_"
    plain = {key: keys[prefix + key] for key in ("Name", "Color", "Tags") if prefix + key in keys}
    if "Color" not in plain and f"{prefix}DefaultColor" in keys:
        plain["Color"] = keys[f"{prefix}DefaultColor"]
    return _parse_segment(plain, number, keys[f"{prefix}ID"], findings)


def _parse_segment(plain: Mapping[str, str], number: int, ident: str, findings: list[Finding]) -> Segment:
    where = f"segment {number}"
    tags = _parse_tags(plain.get("Tags", ""))
    full_text = tags.pop(FULL_TAG, None)
    words = _words(plain, tags)
    label = plain.get("Name") or ident
    entry = parse_entry(tags.get(TERMINOLOGY_TAG, ""))
    if entry is None:
        entry = TerminologyEntry(TISSUE, TISSUE)
        text = f"Segment '{label}' has no terminology; it is coded as Tissue."
        findings.append(Finding(Severity.WARNING, text, where))
    kind = tags.get(ALGORITHM_TYPE_TAG, "") or "MANUAL"
    if kind not in _ALGORITHM_TYPES:
        text = f"Segment '{label}' has the algorithm type '{kind}'; it is taken for MANUAL."
        findings.append(Finding(Severity.WARNING, text, where))
        kind = "MANUAL"
    tracking_id, tracking_uid = tags.get(TRACKING_ID_TAG, ""), tags.get(TRACKING_UID_TAG, "")
    if bool(tracking_id) != bool(tracking_uid):
        text = f"Segment '{label}' has only one of tracking ID and UID; it was not used."
        findings.append(Finding(Severity.WARNING, text, where))
        tracking_id = tracking_uid = ""
    modifiers = (entry.region_modifier,) if entry.region_modifier else ()
    segment = Segment(
        number=number,
        label=label,
        category=entry.category,
        type=entry.type,
        type_modifiers=(entry.modifier,) if entry.modifier else (),
        regions=(Region(entry.region, modifiers),) if entry.region else (),
        algorithm=Algorithm(kind, tags.get(ALGORITHM_NAME_TAG, "")),
        cielab=_parse_color(plain.get("Color", "")),
        tracking_id=tracking_id,
        tracking_uid=tracking_uid,
        description=tags.get(DESCRIPTION_TAG, ""),
        private_text={PRIVATE_ID: ident, **{PRIVATE_PREFIX + key: value for key, value in tags.items()}},
    )
    if full_text is None:
        return segment
    full = _parse_full(full_text, number)
    if full is None:
        text = f"Tag {FULL_TAG} of segment '{label}' cannot be understood and was not used."
        findings.append(Finding(Severity.WARNING, text, where))
        return segment
    return _unchanged_parts(segment, words, full)


def _words(plain: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """Return a file's words in the form of `_show`: colours to six digits, terminology without contexts."""
    entry = parse_entry(tags.get(TERMINOLOGY_TAG, ""))
    color = _components(plain.get("Color", ""))
    return {
        "Name": plain.get("Name", ""),
        "Color": "" if color is None else _format_color(color),
        TERMINOLOGY_TAG: "" if entry is None else write_entry(entry._replace(context="", region_context="")),
        DESCRIPTION_TAG: tags.get(DESCRIPTION_TAG, ""),
        ALGORITHM_NAME_TAG: f"{tags.get(ALGORITHM_TYPE_TAG, '')} {tags.get(ALGORITHM_NAME_TAG, '')}",
        TRACKING_UID_TAG: tags.get(TRACKING_ID_TAG, "") + tags.get(TRACKING_UID_TAG, ""),
    }


def _unchanged_parts(shown: Segment, words: Mapping[str, str], full: Segment) -> Segment:
    """Return `shown` with every part from `full` of which Slicer shows just the words that are there."""
    as_shown = _show(full)
    merged = replace(
        shown,
        primary_structures=full.primary_structures,
        private_text={**full.private_text, **shown.private_text},
    )
    for key, names in _STANDS_BEHIND.items():
        if words[key] == as_shown[key]:
            merged = replace(merged, **{name: getattr(full, name) for name in names})
    return merged


# What of a segment each key of a file, or tag, stands for.
_STANDS_BEHIND = {
    "Name": ("label",),
    "Color": ("cielab",),
    TERMINOLOGY_TAG: ("category", "type", "type_modifiers", "regions"),
    DESCRIPTION_TAG: ("description",),
    ALGORITHM_NAME_TAG: ("algorithm",),
    TRACKING_UID_TAG: ("tracking_id", "tracking_uid"),
}


def _show(segment: Segment) -> dict[str, str]:
    """Return what of a segment Slicer shows, the algorithm's two tags as one and tracking as nothing."""
    region = segment.regions[0] if segment.regions else None
    entry = TerminologyEntry(
        segment.category,
        segment.type,
        segment.type_modifiers[0] if segment.type_modifiers else None,
        region.code if region else None,
        region.modifiers[0] if region and region.modifiers else None,
    )
    return {
        "Name": segment.label.translate(_TAG_SIGNS),
        "Color": _color(segment),
        TERMINOLOGY_TAG: write_entry(entry),
        DESCRIPTION_TAG: segment.description.translate(_TAG_SIGNS),
        ALGORITHM_NAME_TAG: f"{segment.algorithm.type} {segment.algorithm.name}".translate(_TAG_SIGNS),
        TRACKING_UID_TAG: "",
    }


def _write_segment(segment: Segment) -> dict[str, str]:
    """Return name, colour and tags of a segment, the full description among the tags if that is needed."""
    shown = _show(segment)
    tags = {
        TERMINOLOGY_TAG: shown[TERMINOLOGY_TAG],
        ALGORITHM_TYPE_TAG: segment.algorithm.type,
    }
    if segment.algorithm.name:
        tags[ALGORITHM_NAME_TAG] = segment.algorithm.name.translate(_TAG_SIGNS)
    if segment.description:
        tags[DESCRIPTION_TAG] = shown[DESCRIPTION_TAG]
    for key, value in segment.private_text.items():
        tag = key.removeprefix(PRIVATE_PREFIX).translate(_TAG_SIGNS).replace(":", "-")
        if tag == TERMINOLOGY_TAG and _same_codes(value, tags[TERMINOLOGY_TAG]):
            tags[TERMINOLOGY_TAG] = value  # names Slicer's lists of codes besides
        elif key.startswith(PRIVATE_PREFIX) and tag not in _TAGS_OF_DICOM:
            tags[tag] = value.translate(_TAG_SIGNS)
    written = {"Name": shown["Name"], "Color": shown["Color"], "Tags": _format_tags(tags)}
    if _bare(_parse_segment(written, segment.number, "", [])) != _bare(segment):
        written["Tags"] = _format_tags({**tags, FULL_TAG: _format_full(segment)})
    return written


def _same_codes(entry: str, other: str) -> bool:
    first, second = parse_entry(entry), parse_entry(other)
    return first is not None and second is not None and first[:5] == second[:5]


def _bare(segment: Segment) -> Segment:
    """Return a segment without Slicer's own words."""
    private = {key: value for key, value in segment.private_text.items() if not _is_slicers(key)}
    return replace(segment, private_text=private)


def _is_slicers(key: str) -> bool:
    return key == PRIVATE_ID or key.startswith(PRIVATE_PREFIX)


def _format_full(segment: Segment) -> str:
    a = segment.algorithm
    full = {
        "label": segment.label,
        "category": segment.category,
        "type": segment.type,
        "type_modifiers": segment.type_modifiers,
        "regions": segment.regions,
        "primary_structures": segment.primary_structures,
        "algorithm": [a.type, a.name, a.version, a.family, a.source, a.parameters],
        "cielab": segment.cielab,
        "tracking": [segment.tracking_id, segment.tracking_uid],
        "description": segment.description,
        "private_text": dict(_bare(segment).private_text),
    }
    # A bar would end the tag; in JSON it can be spelled.
    return json.dumps(full, separators=(",", ":")).replace("|", "\\u007c")


def _parse_full(text: str, number: int) -> Segment | None:
    try:
        full = json.loads(text)
        kind, name, version, family, source, parameters = full["algorithm"]
        tracking_id, tracking_uid = full["tracking"]
        return Segment(
            number=number,
            label=str(full["label"]),
            category=_code(full["category"]),
            type=_code(full["type"]),
            type_modifiers=tuple(_code(m) for m in full["type_modifiers"]),
            regions=tuple(_region(r) for r in full["regions"]),
            primary_structures=tuple(_region(r) for r in full["primary_structures"]),
            algorithm=Algorithm(
                str(kind),
                str(name),
                str(version),
                _code(family) if family else None,
                str(source),
                str(parameters),
            ),
            cielab=_cielab(full["cielab"]),
            tracking_id=str(tracking_id),
            tracking_uid=str(tracking_uid),
            description=str(full["description"]),
            private_text={str(key): str(value) for key, value in dict(full["private_text"]).items()},
        )
    except (ValueError, TypeError, KeyError, RecursionError):  # somebody else's tag, or damaged
        return None


def _code(parts: Any) -> Code:
    value, scheme, meaning, version = parts
    return Code(str(value), str(scheme), str(meaning), None if version is None else str(version))


def _region(parts: Any) -> Region:
    code, modifiers = parts
    return Region(_code(code), tuple(_code(m) for m in modifiers))


def _cielab(parts: Any) -> tuple[int, int, int] | None:
    if parts is None:
        return None
    first, second, third = (int(part) for part in parts)
    return first, second, third


def _parse_tags(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split("|"))
    return {key: value for key, colon, value in pairs if colon}


def _format_tags(tags: Mapping[str, str]) -> str:
    return "".join(f"{key}:{value}|" for key, value in tags.items())


def _color(segment: Segment) -> str:
    if segment.cielab is None:
        return _GREY
    return _format_color(cielab_to_rgb(segment.cielab))


def _format_color(components: Sequence[float]) -> str:
    return " ".join(f"{component:.6g}" for component in components)


def _parse_color(text: str) -> tuple[int, int, int] | None:
    components = _components(text)
    return None if components is None else rgb_to_cielab(components)


def _components(text: str) -> list[float] | None:
    try:
        components = [float(part) for part in text.split()]
    except ValueError:
        return None
    return components if len(components) == 3 and np.isfinite(components).all() else None


def _box(keys: Mapping[str, str], key: str, shape: Index, name: str) -> tuple[Index, Index] | None:
    """Return first and last plus one of slice, row and column, clipped to the array; None if empty."""
    if key not in keys:
        return (0, 0, 0), shape
    try:
        i0, i1, j0, j1, k0, k1 = (int(part) for part in keys[key].split())
    except ValueError as problem:
        raise ExternalFileError(
            f"{name} has '{keys[key]}' as {key}; expected six whole numbers."
        ) from problem
    low = max(k0, 0), max(j0, 0), max(i0, 0)
    high = min(k1 + 1, shape[0]), min(j1 + 1, shape[1]), min(i1 + 1, shape[2])
    return (low, high) if all(a < b for a, b in zip(low, high, strict=True)) else None


def _extent(layer: LabelLayer) -> str:
    if 0 in layer.pixels.shape:
        return _EMPTY_EXTENT
    bounds = [f"{o} {o + n - 1}" for o, n in zip(layer.origin, layer.pixels.shape, strict=True)]
    return " ".join(reversed(bounds))


def _whole(keys: Mapping[str, str], key: str, default: int, name: str) -> int:
    try:
        return int(keys.get(key, default))
    except ValueError as problem:
        raise ExternalFileError(f"{name} has '{keys[key]}' as {key}; expected a whole number.") from problem


def _reference_geometry(geometry: Geometry) -> str:
    """Return the conversion parameter by which Slicer knows the grid that segments were drawn on."""
    to_ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ geometry.index_to_lps[:, [2, 1, 0, 3]]
    extent = [n for size in reversed(geometry.shape) for n in (0, size - 1)]
    numbers = [repr(v + 0.0) for v in to_ras.reshape(-1).tolist()] + [str(n) for n in extent]
    value = "".join(f"{number};" for number in numbers)
    return f"Reference image geometry|{value}|Grid of the source images&"
