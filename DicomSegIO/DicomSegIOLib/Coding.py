"""Codes of segments by their names."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import Terminology
from .NameTable import NAMES_FILE, NamedCodes, readNames, wordsOf
from .SegmentationNode import chosenIds, describeSegments
from .TerminologyNames import TerminologyNames

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding


@dataclass(frozen=True)
class CodingResult:
    """Which segments were coded.

    Parameters
    ----------
    matched : mapping of str to str
        For each segment ID, the name or label that its codes come from.
    unmatched : tuple of str
        IDs of segments that nothing was found for.
    findings : tuple of Finding
    options : mapping of str to value
        Fields of `ExportOptions` that a JSON file has something about.
    """

    matched: Mapping[str, str]
    unmatched: tuple[str, ...]
    findings: "tuple[Finding, ...]" = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def uncodedIds(segmentationNode, segmentIds: Sequence[str] | None = None) -> list[str]:
    """Return the IDs of segments that still have the code Tissue, which Slicer gives to every new one."""
    from dicomsegcodec.segments import TISSUE

    segmentation = segmentationNode.GetSegmentation()
    ids = chosenIds(segmentation, segmentIds)
    segments, _ = describeSegments(segmentation, ids)
    return [
        segmentId
        for segmentId, segment in zip(ids, segments, strict=True)
        if segment.category == segment.type == TISSUE
    ]


def matchCodes(
    segmentationNode,
    segmentIds: Sequence[str] | None = None,
    *,
    path: str | os.PathLike[str] = NAMES_FILE,
    terminologies: Any = None,
    isReplacing: bool = False,
    withColors: bool = False,
) -> CodingResult:
    """Code segments by their names.

    Parameters
    ----------
    segmentIds : sequence of str, optional
        All when omitted.
    path : path
        Table of names; see `NameTable`.
    terminologies : vtkSlicerTerminologiesModuleLogic, optional
        Where else names are looked for: types of the terminologies that Slicer has loaded.
    isReplacing : bool
        Code segments that have another code than Tissue, too.
    withColors : bool
        Set the colours of the table, too.

    Raises
    ------
    ArgumentError
        There is no segment, or an ID is unknown.
    ExternalFileError
        The table cannot be read.
    """
    from .Findings import names, note

    segmentation = segmentationNode.GetSegmentation()
    ids = chosenIds(segmentation, segmentIds)
    if not isReplacing:
        uncoded = set(uncodedIds(segmentationNode, ids))
        ids = [segmentId for segmentId in ids if segmentId in uncoded]
    table, spoken = readNames(path), TerminologyNames(terminologies)
    matched: dict[str, str] = {}
    wasModified = segmentationNode.StartModify()
    try:
        for segmentId in ids:
            segment = segmentation.GetSegment(segmentId)
            words = wordsOf(segment.GetName() or "")
            found = table.get(words) or spoken.find(words)
            if found is None:
                continue
            _setCodes(segment, found)
            if withColors and found.color is not None:
                segment.SetColor(found.color)
            matched[segmentId] = found.name
    finally:
        segmentationNode.EndModify(wasModified)
    unmatched = tuple(segmentId for segmentId in ids if segmentId not in matched)
    findings = []
    if unmatched:
        labels = [segmentation.GetSegment(segmentId).GetName() or "" for segmentId in unmatched]
        text = f"No codes are known for the name{'s' if len(labels) > 1 else ''} {names(labels)}."
        findings.append(note(text, segmentIds=unmatched))
    return CodingResult(matched, unmatched, tuple(findings))


def _setCodes(segment, codes: NamedCodes) -> None:
    """Give a segment the codes of a name; what its tags say besides stays."""
    from dicomsegcodec.interchange.terminology_entry import TerminologyEntry, write_entry

    entry = TerminologyEntry(
        codes.category,
        codes.type,
        codes.modifier,
        codes.region,
        codes.regionModifier,
        Terminology.CONTEXT,
        Terminology.REGION_CONTEXT,
    )
    segment.SetTag(Terminology.ENTRY_TAG, write_entry(entry))
