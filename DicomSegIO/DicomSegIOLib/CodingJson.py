"""What dcmqi's JSON says about segments, to and from a segmentation node."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import Terminology
from .Coding import CodingResult
from .NameTable import wordsOf
from .SegmentationNode import chosenIds, describeSegments

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.interchange.dcmqi_json import SegmentCoding, SeriesAttributes
    from dicomsegcodec.segments import Segment

Metadata = str | os.PathLike[str] | Mapping[str, Any]
"""A JSON file, or what is in one."""


def readMetadata(metadata: Metadata) -> "tuple[SegmentCoding, list[Finding]]":
    """Return the coding of a JSON file or of its contents, and what in it was doubtful.

    Raises
    ------
    ExternalFileError
    """
    import json

    from dicomsegcodec.interchange.dcmqi_json import parse_coding, read_coding

    if isinstance(metadata, Mapping):
        return parse_coding(json.dumps(metadata), "the metadata")
    return read_coding(Path(metadata))


def matchMetadata(
    segmentationNode, coding: "SegmentCoding", segmentIds: Sequence[str] | None = None, by: str = "AUTO"
) -> "tuple[dict[str, Segment], list[Finding]]":
    """Return what a coding says about segments, by ID; and what of it belongs to no segment.

    Parameters
    ----------
    by : str
        NAME compares the labels in the JSON with the names of segments, NUMBER its label IDs with their label
        values or, where several segments have the same, with their places from 1. AUTO compares names, and
        numbers if no name fits.

    Raises
    ------
    ArgumentError
        There is no segment, an ID is unknown, or several label volumes of the JSON use the same number.
    """
    from dicomsegcodec.errors import ArgumentError

    if by not in ("AUTO", "NAME", "NUMBER"):
        raise ArgumentError(f"by '{by}' is not one of AUTO, NAME, NUMBER.")
    segmentation = segmentationNode.GetSegmentation()
    ids = chosenIds(segmentation, segmentIds)
    described = [segment for volume in coding.volumes for segment in volume]
    found = _matchNames(segmentation, ids, described) if by != "NUMBER" else {}
    if by == "NUMBER" or (by == "AUTO" and not found):
        found = _matchNumbers(segmentation, ids, described)
    return found, _leftOver(segmentation, ids, described, found)


def loadCoding(
    segmentationNode,
    metadata: Metadata,
    segmentIds: Sequence[str] | None = None,
    *,
    by: str = "AUTO",
    withNames: bool = False,
    withColors: bool = False,
) -> CodingResult:
    """Give segments what a JSON file of dcmqi says about them.

    Parameters
    ----------
    by : str
        As of `matchMetadata`.
    withNames, withColors : bool
        Set names and colours of the segments, too.

    Raises
    ------
    ExternalFileError
        The JSON cannot be used; the segmentation stays as it is.
    ArgumentError
        As of `matchMetadata`.
    """
    coding, doubts = readMetadata(metadata)
    found, left = matchMetadata(segmentationNode, coding, segmentIds, by)
    segmentation = segmentationNode.GetSegmentation()
    wasModified = segmentationNode.StartModify()
    try:
        for segmentId, described in found.items():
            segment = segmentation.GetSegment(segmentId)
            Terminology.setTags(segment, described)
            if withNames:
                segment.SetName(described.label)
            color = Terminology.segmentColor(described)
            if withColors and color is not None:
                segment.SetColor(color)
    finally:
        segmentationNode.EndModify(wasModified)
    ids = chosenIds(segmentation, segmentIds)
    return CodingResult(
        {segmentId: described.label for segmentId, described in found.items()},
        tuple(segmentId for segmentId in ids if segmentId not in found),
        (*doubts, *left),
        optionsOf(coding.series),
    )


def saveCoding(
    segmentationNode,
    path: str | os.PathLike[str],
    segmentIds: Sequence[str] | None = None,
    options: Any = None,
) -> "list[Finding]":
    """Write what is said about segments as a JSON file of dcmqi, numbered as in an export.

    Parameters
    ----------
    options : ExportOptions, optional
        What is said about the series goes along.

    Returns
    -------
    list of Finding
        What the JSON cannot hold.

    Raises
    ------
    ArgumentError
        There is no segment, or something about one cannot be written.
    OutputError
        The file cannot be written.
    """
    from dicomsegcodec.errors import ArgumentError
    from dicomsegcodec.findings import Severity
    from dicomsegcodec.interchange.dcmqi_json import SegmentCoding, write_coding

    from .Numbering import numbersOf
    from .Options import ExportOptions

    options = options or ExportOptions()
    segmentation = segmentationNode.GetSegmentation()
    ids = chosenIds(segmentation, segmentIds)
    numbers, doubts = numbersOf(segmentation, ids, options)
    segments, found = describeSegments(segmentation, ids, numbers)
    for finding in (*doubts, *found):
        if finding.severity is Severity.ERROR:
            raise ArgumentError(finding.text)
    # What else Slicer keeps with a segment is no loss here.
    plain = tuple(replace(segment, private_text={}) for segment in segments)
    return write_coding(Path(path), SegmentCoding(volumes=(plain,), series=_seriesOf(options)))


_SERIES_FIELDS = {
    "seriesDescription": "series_description",
    "seriesNumber": "series_number",
    "contentLabel": "content_label",
    "contentDescription": "content_description",
    "contentCreatorName": "content_creator_name",
    "bodyPartExamined": "body_part_examined",
    "clinicalTrialSeriesId": "clinical_trial_series_id",
    "clinicalTrialTimePointId": "clinical_trial_time_point_id",
    "clinicalTrialCoordinatingCenterName": "clinical_trial_coordinating_center_name",
}


def optionsOf(series: "SeriesAttributes") -> dict[str, Any]:
    """Return the fields of `ExportOptions` that a JSON has something about."""
    values = {name: getattr(series, attribute) for name, attribute in _SERIES_FIELDS.items()}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _seriesOf(options: Any) -> "SeriesAttributes":
    from dicomsegcodec.interchange.dcmqi_json import SeriesAttributes

    values = {attribute: getattr(options, name) or None for name, attribute in _SERIES_FIELDS.items()}
    return SeriesAttributes(**values)


def _matchNames(segmentation, ids: Sequence[str], described: "Sequence[Segment]") -> "dict[str, Segment]":
    """Return descriptions by ID whose label is a segment's name, and no other one's."""
    labels: dict[tuple[str, ...], list[Segment]] = {}
    for segment in described:
        labels.setdefault(wordsOf(segment.label), []).append(segment)
    names: dict[tuple[str, ...], list[str]] = {}
    for segmentId in ids:
        names.setdefault(wordsOf(segmentation.GetSegment(segmentId).GetName() or ""), []).append(segmentId)
    return {
        holders[0]: labels[words][0]
        for words, holders in names.items()
        if words and len(holders) == 1 and len(labels.get(words, ())) == 1
    }


def _matchNumbers(segmentation, ids: Sequence[str], described: "Sequence[Segment]") -> "dict[str, Segment]":
    from dicomsegcodec.errors import ArgumentError

    numbers = [segment.number for segment in described]
    if len(set(numbers)) < len(numbers):
        raise ArgumentError(
            "Several label volumes of the JSON use the same labelID, so its numbers do not tell the segments "
            "apart; match them by name."
        )
    values = [segmentation.GetSegment(segmentId).GetLabelValue() for segmentId in ids]
    if len(set(values)) < len(values):
        values = list(range(1, len(ids) + 1))
    byNumber = {segment.number: segment for segment in described}
    return {
        segmentId: byNumber[value] for segmentId, value in zip(ids, values, strict=True) if value in byNumber
    }


def _leftOver(
    segmentation, ids: Sequence[str], described: "Sequence[Segment]", found: "Mapping[str, Segment]"
) -> "list[Finding]":
    from .Findings import names, note, warning

    findings: list[Finding] = []
    used = {id(segment) for segment in found.values()}
    unused = [segment.label for segment in described if id(segment) not in used]
    if unused:
        findings.append(note(f"The JSON describes {names(unused)}, and there is no such segment."))
    without = [segmentId for segmentId in ids if segmentId not in found]
    if without:
        labels = [segmentation.GetSegment(segmentId).GetName() or "" for segmentId in without]
        has = "Segments {} are" if len(labels) > 1 else "Segment {} is"
        text = f"{has.format(names(labels))} not described by the JSON."
        findings.append(warning(text, "matchCodes", segmentIds=without))
    return findings
