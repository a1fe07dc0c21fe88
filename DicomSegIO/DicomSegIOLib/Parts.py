"""The parts that a node's segments come in: what is common to label layers and fractions."""

from collections.abc import Iterable, MutableMapping
from typing import Any

from .NodeContents import NodeContents, NodeFractions, NodeLayer

Part = NodeLayer | NodeFractions
Memo = MutableMapping[Any, Any]
"""What was found before, so that it is not looked for again where nothing has changed."""


def stampOf(part: Part) -> Any:
    """Return what is another one when voxels or place of a part are others; None where that is unknown."""
    if not part.stamp:
        return None
    place = part.indexToLps.tobytes()
    if isinstance(part, NodeFractions):
        return (part.stamp, place, part.segment, part.low, part.high)
    return (part.stamp, place, tuple(sorted(part.segments.items())))


def numbersIn(part: Part) -> list[int]:
    """Return the Segment Numbers of a part."""
    return [part.segment] if isinstance(part, NodeFractions) else list(part.segments.values())


def segmentNames(contents: NodeContents, numbers: Iterable[int]) -> str:
    """Return the names of segments as the beginning of a sentence: `Segments 'A' and 'B'`."""
    from .Findings import names

    labels = contents.labels(numbers)
    return f"Segment{'s' if len(labels) > 1 else ''} {names(labels)}"
