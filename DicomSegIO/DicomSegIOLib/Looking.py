"""Where each segment has voxels; layers that were looked at before are not looked at again."""

from collections.abc import MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .Placing import Placement

if TYPE_CHECKING:
    from dicomsegcodec.occupancy import Occupancy


def findOccupancy(
    placement: Placement, maximumFraction: int = 255, memo: MutableMapping[Any, Any] | None = None
) -> "Occupancy":
    """Return the boxes of all segments in all planes.

    Parameters
    ----------
    maximumFraction : int
        Maximum Fractional Value, below which fractions are stored as 0.
    memo : mapping, optional
        Boxes of layers that were found before, by the stamps of the placement.

    Raises
    ------
    ArgumentError
        A fraction is not a number from 0 to 1.
    """
    from dicomsegcodec.layers import LabelLayer
    from dicomsegcodec.occupancy import find_occupancy

    if memo is None:
        return find_occupancy(placement.layered, maximumFraction)
    layered = placement.layered
    total = find_occupancy(replace(layered, layers=(), fractions=()), maximumFraction)
    order = {number: place for place, number in enumerate(layered.numbers)}
    strays = []
    everything = (*layered.layers, *layered.fractions)
    for layer, stamp in zip(everything, placement.stamps, strict=True):
        isLabels = isinstance(layer, LabelLayer)
        numbers = list(layer.segments.values()) if isLabels else [layer.segment]
        key = None if stamp is None else ("occupancy", stamp, maximumFraction)
        found = memo.get(key) if key is not None else None
        if found is None:
            segments = tuple(segment for segment in layered.segments if segment.number in set(numbers))
            alone = replace(
                layered,
                segments=segments,
                layers=(layer,) if isLabels else (),
                fractions=() if isLabels else (layer,),
            )
            found = find_occupancy(alone, maximumFraction)
            if key is not None:
                memo[key] = found
        rows = [order[number] for number in found.numbers.tolist()]
        for name in ("row_start", "row_end", "column_start", "column_end"):
            getattr(total, name)[rows] = getattr(found, name)
        strays += list(found.strays)
    return replace(total, strays=tuple(strays))
