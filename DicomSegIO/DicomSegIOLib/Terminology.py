"""What Slicer says about a segment (name, colour, terminology entry, tags) to and from the codec's `Segment`.

Slicer holds one code, or none, in each part of a terminology entry, and its files end a tag at `|` or a
line's end. So a segment that comes from DICOM gets tags that show it, and where they say less, one further
tag with all of it as JSON, the same as in the codec's .seg.nrrd files. On the way out a part of that counts
as long as the other tags still show just this part: what is edited in Slicer wins. All tags go along in the
segment's private text, word for word; on the way in they count if they still say what the DICOM attributes
say.
"""

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dicomsegcodec.findings import Finding
    from dicomsegcodec.segments import Code, Segment

ENTRY_TAG = "TerminologyEntry"
DESCRIPTION_TAG = "Description"
ALGORITHM_TYPE_TAG = "DICOM.SegmentAlgorithmType"
ALGORITHM_NAME_TAG = "DICOM.SegmentAlgorithmName"
TRACKING_ID_TAG = "DICOM.TrackingID"
TRACKING_UID_TAG = "DICOM.TrackingUID"
FULL_TAG = "DicomSegIO.Segment"
"""JSON of all that is known of a segment, where the other tags say less; as in the codec's .seg.nrrd."""
PRIVATE_TAG = "slicer:"
"""What a tag is called in a segment's private text: this and the tag's name; as the codec has it."""
PRIVATE_ID = "slicer-id"

_DICOM_TAGS = (
    ENTRY_TAG,
    DESCRIPTION_TAG,
    ALGORITHM_TYPE_TAG,
    ALGORITHM_NAME_TAG,
    TRACKING_ID_TAG,
    TRACKING_UID_TAG,
    FULL_TAG,
)

# Slicer's widgets look codes up in a context; these have most codes, and its own DICOM import uses them.
CONTEXT = "Segmentation category and type - DICOM master list"
REGION_CONTEXT = "Anatomic codes - DICOM master list"

_ALGORITHM_TYPES = ("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL")
_FIELDS = (
    "category",
    "type",
    "type_modifiers",
    "regions",
    "primary_structures",
    "algorithm",
    "tracking_id",
    "tracking_uid",
    "description",
)


def describeSegment(
    number: int, name: str, color: "Sequence[float]", tags: "Mapping[str, str]", segmentId: str
) -> "tuple[Segment, list[Finding]]":
    """Return what goes to a file about a segment, and what is doubtful; an ERROR forbids to write it.

    Parameters
    ----------
    color : red, green, blue from 0 to 1
    tags : all tags of the segment
    """
    from dicomsegcodec.color import rgb_to_cielab
    from dicomsegcodec.segments import Segment

    fields, findings = _readTags(name, tags, segmentId)
    full = _parseFull(tags.get(FULL_TAG, ""))
    cielab = rgb_to_cielab(color)
    if full is not None:
        fields |= _unchangedParts(fields, full)
        # Slicer's 256 steps are coarser than CIELab's; the colour of the file stays unless it was changed.
        if segmentColor(full) == tuple(color):
            cielab = full.cielab or cielab
    private = {PRIVATE_TAG + tag: value for tag, value in tags.items()}
    private[PRIVATE_ID] = segmentId
    label = name or f"Segment {number}"
    return Segment(number=number, label=label, cielab=cielab, private_text=private, **fields), findings


def segmentColor(segment: "Segment") -> tuple[float, float, float] | None:
    """Return the colour of a segment, or None; on Slicer's 256 steps, so that it goes out as it came in."""
    from dicomsegcodec.color import cielab_to_rgb

    if segment.cielab is None:
        return None
    red, green, blue = (round(part * 255) / 255 for part in cielab_to_rgb(segment.cielab))
    return red, green, blue


def segmentTags(segment: "Segment") -> dict[str, str]:
    """Return the tags of a segment of a file."""
    private = segment.private_text
    stored = {key.removeprefix(PRIVATE_TAG): v for key, v in private.items() if key.startswith(PRIVATE_TAG)}
    if PRIVATE_ID in private and _sayTheSame(stored, segment):
        return stored
    users = {tag: value for tag, value in stored.items() if tag not in _DICOM_TAGS}
    shown = users | _showTags(segment)
    fields, _ = _readTags("", shown)
    if all(fields[name] == getattr(segment, name) for name in _FIELDS):
        return shown
    return shown | {FULL_TAG: _formatFull(segment)}


def segmentId(segment: "Segment") -> str:
    """Return the ID that a segment had in Slicer, or one made of its number."""
    return segment.private_text.get(PRIVATE_ID) or f"Segment_{segment.number}"


# --- tags -> fields of a segment ----------------------------------------------------------------------------


def _readTags(
    name: str, tags: "Mapping[str, str]", segmentId: str = ""
) -> "tuple[dict[str, Any], list[Finding]]":
    """Return fields of `Segment` as the tags show them, without the one that says it all."""
    from dicomsegcodec.findings import Severity
    from dicomsegcodec.segments import TISSUE, Algorithm, Region, line_text

    from .Findings import ExportFinding

    findings: list[Finding] = []

    def doubt(severity: "Severity", text: str, *fixes: str) -> None:
        ids = (segmentId,) if segmentId else ()
        findings.append(ExportFinding(severity, text, f"segment '{name}'", fixes=fixes, segmentIds=ids))

    entry, dropped = _parseEntry(tags.get(ENTRY_TAG, ""))
    if entry is None:
        text = f"Segment '{name}' has no terminology that can be read; Tissue is written."
        doubt(Severity.WARNING, text, "matchCodes")
    for part in dropped:
        doubt(Severity.WARNING, f"The {part} of segment '{name}' has no code; it is left out.")
    kind = tags.get(ALGORITHM_TYPE_TAG) or "MANUAL"
    algorithmName = tags.get(ALGORITHM_NAME_TAG, "")
    if kind not in _ALGORITHM_TYPES:
        doubt(
            Severity.ERROR,
            f"Segment '{name}' has the algorithm type '{kind}'; set its tag {ALGORITHM_TYPE_TAG} to "
            "AUTOMATIC, SEMIAUTOMATIC or MANUAL.",
            "nameAlgorithm",
        )
    elif kind != "MANUAL" and not line_text(algorithmName):
        doubt(
            Severity.ERROR,
            f"Segment '{name}' has algorithm type {kind} but no algorithm name; name the algorithm (tag "
            f"{ALGORITHM_NAME_TAG}), or make the type MANUAL.",
            "nameAlgorithm",
        )
    trackingId, trackingUid = tags.get(TRACKING_ID_TAG, ""), tags.get(TRACKING_UID_TAG, "")
    if bool(trackingId) != bool(trackingUid):
        doubt(
            Severity.ERROR,
            f"Segment '{name}' has only one of the tags {TRACKING_ID_TAG} and {TRACKING_UID_TAG}; set both "
            "or neither.",
        )
    elif trackingUid and not re.fullmatch(r"[0-9][0-9.]{0,63}", trackingUid):
        doubt(
            Severity.ERROR,
            f"The tracking UID of segment '{name}' is '{trackingUid}'; a UID is up to 64 digits and points.",
        )
    region = None
    if entry is not None and entry.region is not None:
        region = Region(entry.region, (entry.region_modifier,) if entry.region_modifier else ())
    return {
        "category": entry.category if entry else TISSUE,
        "type": entry.type if entry else TISSUE,
        "type_modifiers": (entry.modifier,) if entry and entry.modifier else (),
        "regions": (region,) if region else (),
        "primary_structures": (),
        "algorithm": Algorithm(kind, algorithmName),
        "tracking_id": trackingId,
        "tracking_uid": trackingUid,
        "description": tags.get(DESCRIPTION_TAG, ""),
    }, findings


def _parseEntry(text: str) -> tuple[Any, list[str]]:
    """Return the codes of an entry, their meanings never empty, or None; and what is named but is no code."""
    from dicomsegcodec.interchange.terminology_entry import parse_entry

    entry = parse_entry(text)
    if entry is None:
        return None, []
    places = {"modifier": 3, "region": 5, "region_modifier": 6}
    parts = text.split("~")
    dropped = [
        name.replace("_", " ")
        for name, place in places.items()
        if getattr(entry, name) is None and parts[place].strip("^")
    ]
    named = {name: _named(getattr(entry, name)) for name in ("category", "type", *places)}
    return entry._replace(**named), dropped


def _named(code: "Code | None") -> "Code | None":
    """Return a code with its value for a meaning if it has none; Code Meaning may not be empty, PS3.3 8.3."""
    return code if code is None or code.meaning.strip() else code._replace(meaning=code.value)


def _unchangedParts(fields: dict[str, Any], full: "Segment") -> dict[str, Any]:
    """Return those fields of `full` that the tags still show."""
    shown, _ = _readTags("", _showTags(full))
    same = {name for name in _FIELDS if shown[name] == fields[name]}
    if not same >= {"category", "type"}:  # then modifiers and structures belong to something else
        same -= {"type_modifiers", "primary_structures"}
    return {name: getattr(full, name) for name in same}


# --- segment -> tags ----------------------------------------------------------------------------------------


def _showTags(segment: "Segment") -> dict[str, str]:
    """Return the tags that show a segment in Slicer, in words that Slicer's files can hold."""
    from dicomsegcodec.interchange.terminology_entry import TerminologyEntry, write_entry

    region = segment.regions[0] if segment.regions else None
    entry = TerminologyEntry(
        segment.category,
        segment.type,
        segment.type_modifiers[0] if segment.type_modifiers else None,
        region.code if region else None,
        region.modifiers[0] if region and region.modifiers else None,
        CONTEXT,
        REGION_CONTEXT,
    )
    texts = {
        ENTRY_TAG: write_entry(entry),
        DESCRIPTION_TAG: segment.description,
        ALGORITHM_TYPE_TAG: segment.algorithm.type,
        ALGORITHM_NAME_TAG: segment.algorithm.name,
    }
    return {tag: _showable(text) for tag, text in texts.items() if text}


def _showable(text: str) -> str:
    """Return a text as a tag of a .seg.nrrd file can hold it."""
    return "".join("/" if c == "|" else c if c.isprintable() else " " for c in text)


def _formatFull(segment: "Segment") -> str:
    full = {
        "label": segment.label,
        "category": segment.category,
        "type": segment.type,
        "type_modifiers": segment.type_modifiers,
        "regions": segment.regions,
        "primary_structures": segment.primary_structures,
        "algorithm": _parts(segment.algorithm),
        "cielab": segment.cielab,
        "tracking": [segment.tracking_id, segment.tracking_uid],
        "description": segment.description,
        "private_text": {},
    }
    # ASCII, and `|` as an escape: this is a tag too.
    return json.dumps(full, separators=(",", ":")).replace("|", "\\u007c")


def _parts(algorithm: Any) -> tuple[Any, ...]:
    return tuple(getattr(algorithm, name) for name in algorithm.__slots__)


def _parseFull(text: str) -> "Segment | None":
    """Return the segment in `FULL_TAG`, or None if it is not there or somebody wrote something else there."""
    from dicomsegcodec.segments import Algorithm, Code, Region, Segment

    def word(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is no text")
        return value

    def code(parts: Any) -> Code:
        value, scheme, meaning, version = parts
        return Code(word(value), word(scheme), word(meaning), None if version is None else word(version))

    def regions(items: Any) -> tuple[Region, ...]:
        return tuple(Region(code(of), tuple(code(m) for m in modifiers)) for of, modifiers in items)

    def number(value: Any) -> int:
        if not isinstance(value, int):
            raise TypeError(f"{value!r} is no number")
        return value

    if not text:
        return None
    try:
        full = json.loads(text)
        kind, name, version, family, source, parameters = full["algorithm"]
        trackingId, trackingUid = full["tracking"]
        lightness, a, b = full["cielab"] or (None, None, None)
        return Segment(
            number=1,
            label=word(full["label"]),
            category=code(full["category"]),
            type=code(full["type"]),
            type_modifiers=tuple(code(m) for m in full["type_modifiers"]),
            regions=regions(full["regions"]),
            primary_structures=regions(full["primary_structures"]),
            algorithm=Algorithm(
                word(kind),
                word(name),
                word(version),
                None if family is None else code(family),
                word(source),
                word(parameters),
            ),
            cielab=None if lightness is None else (number(lightness), number(a), number(b)),
            tracking_id=word(trackingId),
            tracking_uid=word(trackingUid),
            description=word(full["description"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _sayTheSame(tags: "Mapping[str, str]", segment: "Segment") -> bool:
    """Tell whether a segment with these tags would be written as `segment` was read."""
    from dicomsegcodec.errors import ArgumentError
    from dicomsegcodec.segments import read_segment, write_segment

    fields, _ = _readTags("", tags)
    full = _parseFull(tags.get(FULL_TAG, ""))
    if full is not None:
        fields |= _unchangedParts(fields, full)
    candidate = replace(segment, **fields)
    if candidate == segment:
        return True
    try:
        # A file cuts long texts and trims spaces; what would be written is cut and trimmed alike.
        again, _ = read_segment(write_segment(candidate))
    except ArgumentError:
        return False
    return all(_trimmed(getattr(again, name)) == _trimmed(getattr(segment, name)) for name in _FIELDS)


def _trimmed(value: Any) -> Any:
    """Return a field without the spaces around its texts, which DICOM does not keep, PS3.5 6.2."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, tuple):
        return tuple(_trimmed(part) for part in value)
    return value if value is None else _trimmed(_parts(value))


def setTags(segment: Any, described: "Segment") -> None:
    """Give a vtkSegment the tags of what is known about it; its other tags stay."""
    for tag in _DICOM_TAGS:
        segment.RemoveTag(tag)
    for tag, value in segmentTags(described).items():
        segment.SetTag(tag, value)
