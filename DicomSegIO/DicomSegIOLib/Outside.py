"""How much of the segments lies outside of the images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .NodeContents import NodeContents, NodeFractions
from .Parts import Memo, Part, numbersIn, stampOf

if TYPE_CHECKING:
    from dicomsegcodec.geometry import Geometry


def refuseBeyond(contents: NodeContents, outside: Mapping[int, int], shares: Sequence[str]) -> Exception:
    """Return the error that says which segments lie outside."""
    from dicomsegcodec.errors import ArgumentError

    from .Findings import refusal

    more = f" and voxels of {len(shares) - 3} more segments" if len(shares) > 3 else ""
    return refusal(
        ArgumentError(
            f"{', '.join(shares[:3])}{more} lie outside of the source images, so there is no image to refer "
            "to. Choose the series that covers them; or ask to have them cut off, or for the segments' own "
            "grid."
        ),
        "cutToImages",
        "useOwnGrid",
        "chooseReference",
        segmentIds=contents.ids(outside),
    )


def shareOutside(
    contents: NodeContents,
    parts: Sequence[Part],
    places: Sequence[Any],
    grid: "Geometry",
    outside: Mapping[int, int],
    memo: Memo | None,
) -> list[str]:
    """Say for each segment how much of it lies outside."""
    total = dict(outside)
    for part, where in zip(parts, places, strict=True):
        inside = where.within(grid.shape)
        if inside is None or not set(numbersIn(part)) & set(outside):
            continue
        key = (stampOf(part), grid.shape, grid.index_to_lps.tobytes(), "inside")
        counts = _remember(memo, key, lambda p=part, piece=inside.pixels: _count(p, [piece]))
        for number, count in counts.items():
            total[number] = total.get(number, 0) + count
    said = []
    for segment in contents.segments:
        count = outside.get(segment.number, 0)
        if count:
            share = 100 * count / total[segment.number]
            voxels = "1 voxel" if count == 1 else f"{count:,} voxels"
            said.append(f"{voxels} of segment '{segment.label}' ({share:.3g} %)")
    return said


def countOutside(
    parts: Sequence[Part], places: Sequence[Any], grid: "Geometry", memo: Memo | None
) -> dict[int, int]:
    """Return how many voxels of each segment lie outside of the grid."""
    outside: dict[int, int] = {}
    for part, where in zip(parts, places, strict=True):
        pieces = [piece for piece in where.outside(grid.shape) if piece.size]
        if not pieces:
            continue
        key = (stampOf(part), grid.shape, grid.index_to_lps.tobytes())
        counts = _remember(memo, key, lambda p=part, found=pieces: _count(p, found))
        for number, count in counts.items():
            outside[number] = outside.get(number, 0) + count
    return outside


def _remember(memo: Memo | None, key: Any, count: Any) -> dict[int, int]:
    if memo is None or key[0] is None:
        return count()
    if key not in memo:
        memo[key] = count()
    return memo[key]


def _count(part: Part, pieces: Sequence[Any]) -> dict[int, int]:
    """Return how many voxels each segment of a part has in pieces of it; those without any are left out."""
    found: dict[int, int] = {}
    for plane in (plane for piece in pieces for plane in piece):
        if isinstance(part, NodeFractions):
            count = int(np.count_nonzero(plane > part.low))
            if count:
                found[part.segment] = found.get(part.segment, 0) + count
        elif plane.any():
            for value, count in zip(*np.unique(plane, return_counts=True), strict=True):
                number = part.segments.get(int(value))
                if number is not None:
                    found[number] = found.get(number, 0) + int(count)
    return found
