"""What the table of segments shows of each, taken from the segmentation node."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from slicer.i18n import tr as _

_ENTRY_TAG = "TerminologyEntry"
_ALGORITHM_TAGS = ("DICOM.SegmentAlgorithmType", "DICOM.SegmentAlgorithmName")
# Category, type, modifier, region and its modifier among the seven parts of a terminology entry.
_CODES = (1, 2, 3, 5, 6)
_WORST = ("ERROR", "WARNING", "NOTE")


class SegmentRow(NamedTuple):
    """One row. Equal rows look the same, so that only others are filled again.

    Parameters
    ----------
    coding : tuple of str
        Meanings of category, type, modifier, region and region modifier; empty where there is none.
    voxels : int, optional
        None while they are not counted yet.
    severity : str
        Of the worst doubt, or empty.
    """

    segmentId: str
    isChosen: bool
    name: str
    color: tuple[float, float, float]
    coding: tuple[str, ...]
    algorithm: tuple[str, str]
    voxels: int | None
    severity: str
    doubts: tuple[str, ...]


def segmentRows(
    segmentationNode: Any,
    isChosen: Callable[[str], bool],
    counts: Mapping[str, int],
    findings: Iterable[Any],
) -> list[SegmentRow]:
    """Return a row for each segment, in their order.

    Parameters
    ----------
    isChosen : function of a segment ID
    counts : voxels by segment ID; may lack some
    findings : of the export; those that name segments are shown beside these
    """
    doubts: dict[str, list[Any]] = {}
    for finding in findings:
        for segmentId in getattr(finding, "segmentIds", ()):
            doubts.setdefault(segmentId, []).append(finding)
    segmentation = segmentationNode.GetSegmentation()
    rows = []
    for segmentId in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segmentId)
        mine = doubts.get(segmentId, [])
        severities = {finding.severity for finding in mine}
        rows.append(
            SegmentRow(
                segmentId=segmentId,
                isChosen=isChosen(segmentId),
                name=segment.GetName() or "",
                color=tuple(segment.GetColor()),
                coding=_meanings(_tag(segment, _ENTRY_TAG)),
                algorithm=(_tag(segment, _ALGORITHM_TAGS[0]) or "MANUAL", _tag(segment, _ALGORITHM_TAGS[1])),
                voxels=counts.get(segmentId),
                severity=next((name for name in _WORST if name in severities), ""),
                doubts=tuple(finding.text for finding in mine),
            )
        )
    return rows


def codingText(coding: tuple[str, ...]) -> str:
    """Return the meanings in one line; what the segment is stands first, its category only if it is all."""
    category, kind, modifier, *regions = coding
    what = kind or category
    if modifier:
        what = _("{type}, {modifier}").format(type=what, modifier=modifier)
    where = " ".join(part for part in reversed(regions) if part)
    return _("{type} in {region}").format(type=what, region=where) if where else what


def codingToolTip(coding: tuple[str, ...]) -> str:
    """Return the meanings with what each of them is, a line each."""
    labels = (_("Category"), _("Type"), _("Modifier"), _("Region"), _("Region modifier"))
    return "\n".join(f"{label}: {text}" for label, text in zip(labels, coding, strict=True) if text)


def _tag(segment: Any, name: str) -> str:
    import vtk

    value = vtk.reference("")
    return str(value.get()) if segment.GetTag(name, value) else ""


def _meanings(entry: str) -> tuple[str, ...]:
    parts = entry.split("~")
    if len(parts) != 7:
        return ("",) * len(_CODES)
    return tuple(parts[place].rpartition("^")[2] for place in _CODES)
