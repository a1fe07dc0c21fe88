"""Segment Numbers: counted from 1, or the label values that segments have in Slicer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import slicer

from .Options import ExportOptions

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding


def numbersOf(segmentation, ids: Sequence[str], options: ExportOptions) -> "tuple[list[int], list[Finding]]":
    """Return the Segment Number of each segment, and what is doubtful about them."""
    from dicomsegcodec.segments import MAX_SEGMENT_NUMBER

    from .Findings import blocking, names, note

    if options.segmentNumbers != "KEEP" or options.segmentationType != "LABELMAP":
        return list(range(1, len(ids) + 1)), []
    segments = [segmentation.GetSegment(segmentId) for segmentId in ids]
    values = [segment.GetLabelValue() for segment in segments]
    holders: dict[int, list[int]] = {}
    for place, segment in enumerate(segments):
        if not _isEmpty(segment):
            holders.setdefault(values[place], []).append(place)
    findings: list[Finding] = []
    for value, places in holders.items():
        about = [ids[place] for place in places]
        said = names([segments[place].GetName() or "" for place in places])
        if not 1 <= value <= MAX_SEGMENT_NUMBER:
            text = f"Segment {said} has the label value {value}; kept as a number, it must be 1 to 65535."
            findings.append(blocking(text, "consecutiveNumbers", segmentIds=about))
        elif len(places) > 1:
            text = f"Segments {said} have the same label value {value}, so it cannot be kept as their number."
            findings.append(blocking(text, "consecutiveNumbers", segmentIds=about))
    taken, renumbered = set(holders), []
    for place, value in enumerate(values):
        if place in holders.get(value, ()):
            continue
        if value in taken or not 1 <= value <= MAX_SEGMENT_NUMBER:
            values[place] = next(n for n in range(1, len(taken) + 2) if n not in taken)
            renumbered.append(place)
        taken.add(values[place])
    if renumbered:
        said = names([segments[place].GetName() or "" for place in renumbered])
        text = f"Empty segments whose label value another one has get a free number: {said}."
        findings.append(note(text, segmentIds=[ids[place] for place in renumbered]))
    return values, findings


def _isEmpty(segment) -> bool:
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    image = segment.GetRepresentation(representation)
    return image is not None and image.GetNumberOfPoints() == 0
