"""Which segments are exported: all, the visible ones, or those with a check mark."""

from typing import Any

_SEPARATOR = "\n"  # of IDs in the parameter node; no ID has one


def chosenIds(parameters: Any) -> tuple[str, ...] | None:
    """Return the IDs of the segments to export, or None for all of them."""
    node = parameters.segmentation
    ids = tuple(node.GetSegmentation().GetSegmentIDs())
    choice = parameters.segments.name
    if choice == "VISIBLE":
        display = node.GetDisplayNode()
        return tuple(id_ for id_ in ids if display is None or display.GetSegmentVisibility(id_))
    if choice == "SELECTED":
        checked = set(parameters.selectedSegments.split(_SEPARATOR))
        return tuple(id_ for id_ in ids if id_ in checked)
    return None


def check(parameters: Any, segmentId: str, isChosen: bool) -> None:
    """Choose a segment, or take it away; what is exported is from then on what has a check mark."""
    ids = tuple(parameters.segmentation.GetSegmentation().GetSegmentIDs())
    chosen = chosenIds(parameters)
    checked = set(ids if chosen is None else chosen) ^ {segmentId}
    if (segmentId in checked) != isChosen:
        return
    modified = parameters.StartModify()
    parameters.selectedSegments = _SEPARATOR.join(id_ for id_ in ids if id_ in checked)
    parameters.segments = type(parameters.segments)["SELECTED"]
    parameters.EndModify(modified)
