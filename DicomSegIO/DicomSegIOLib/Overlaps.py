"""Segments that share voxels, and what becomes of them in a label map, where each voxel has one segment."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
    from dicomsegcodec.occupancy import Occupancy

Pair = tuple[int, int]
"""Segment Numbers, in the order of the segmentation."""


@dataclass(frozen=True, eq=False)
class _LayerPlanes:
    """A layer, and the box that its segments have in each plane of the grid."""

    layer: "LabelLayer"
    rowStart: np.ndarray
    rowEnd: np.ndarray
    columnStart: np.ndarray
    columnEnd: np.ndarray


def findOverlaps(
    layered: "LayeredSegmentation",
    occupancy: "Occupancy",
    stamps: Sequence[Any] = (),
    memo: MutableMapping[Any, dict[Pair, int]] | None = None,
) -> dict[Pair, int]:
    """Return how many voxels any two segments share; pairs that share none are left out.

    Parameters
    ----------
    stamps : sequence, optional
        One for each layer, as of a `Placement`.
    memo : mapping, optional
        Overlaps of two layers that were found before.
    """
    order = {number: place for place, number in enumerate(layered.numbers)}
    boxes = [_boxes(layer, occupancy, order) for layer in layered.layers if layer.segments]
    marks = [
        stamps[place] if place < len(stamps) else None
        for place, layer in enumerate(layered.layers)
        if layer.segments
    ]
    found: dict[Pair, int] = {}
    for one, other in combinations(range(len(boxes)), 2):
        key = (marks[one], marks[other])
        shared = memo.get(key) if memo is not None and None not in key else None
        if shared is None:
            shared = _sharedBy(boxes[one], boxes[other], order)
            if memo is not None and None not in key:
                memo[key] = shared
        for pair, count in shared.items():
            found[pair] = found.get(pair, 0) + count
    return found


def filesFor(layered: "LayeredSegmentation", overlaps: dict[Pair, int]) -> list[list[int]]:
    """Return Segment Numbers such that those of one list do not overlap; each is in the first that it can."""
    against: dict[int, set[int]] = {number: set() for number in layered.numbers}
    for one, other in overlaps:
        against[one].add(other)
        against[other].add(one)
    files: list[list[int]] = []
    for number in layered.numbers:
        home = next((held for held in files if not against[number] & set(held)), None)
        if home is None:
            files.append([number])
        else:
            home.append(number)
    return files


def chosen(
    layered: "LayeredSegmentation", numbers: Sequence[int], *, renumber: bool
) -> "LayeredSegmentation":
    """Return some of the segments, with the layers as they are; numbered from 1 where that is asked for."""
    from dicomsegcodec.layers import LabelLayer

    new = {number: place if renumber else number for place, number in enumerate(numbers, start=1)}
    segments = tuple(
        replace(segment, number=new[segment.number]) for segment in layered.segments if segment.number in new
    )
    layers = []
    for layer in layered.layers:
        held = {value: new[number] for value, number in layer.segments.items() if number in new}
        if held:
            layers.append(LabelLayer(layer.pixels, held, layer.origin))
    return replace(layered, segments=segments, layers=tuple(layers))


def laterWins(layered: "LayeredSegmentation", occupancy: "Occupancy") -> "LayeredSegmentation":
    """Return one layer in which a voxel of several segments has the one that stands latest."""
    from dicomsegcodec.layers import LabelLayer
    from dicomsegcodec.raster import relabel
    from dicomsegcodec.samples import SampleFormat

    order = {number: place for place, number in enumerate(layered.numbers, start=1)}
    places = SampleFormat.holding(len(order)).dtype
    present = np.flatnonzero(occupancy.present.any(axis=0))
    if not present.size:
        return layered
    first, last = int(present[0]), int(present[-1]) + 1
    merged = np.zeros((last - first, *layered.planes.shape), places)
    for layer in layered.layers:
        if not layer.segments:
            continue
        ranks = LabelLayer(layer.pixels, {v: order[n] for v, n in layer.segments.items()}, layer.origin)
        slice_, row, column = layer.origin
        height, width = layer.pixels.shape[1:]
        for plane in range(max(first, slice_), min(last, slice_ + layer.pixels.shape[0])):
            target = merged[plane - first, row : row + height, column : column + width]
            np.maximum(target, relabel(layer.pixels[plane - slice_], ranks, places), out=target)
    held = {place: number for number, place in order.items()}
    return replace(layered, layers=(LabelLayer(merged, held, (first, 0, 0)),))


def sayOverlaps(layered: "LayeredSegmentation", overlaps: dict[Pair, int], most: int = 3) -> str:
    """Say which segments share how many voxels."""
    labels = {segment.number: segment.label for segment in layered.segments}
    pairs = sorted(overlaps.items(), key=lambda item: -item[1])
    said = [
        f"'{labels[one]}' and '{labels[other]}' overlap in {count:,} voxel{'s' if count > 1 else ''}"
        for (one, other), count in pairs[:most]
    ]
    more = f", and {len(pairs) - most} more pairs of segments" if len(pairs) > most else ""
    return f"{'; '.join(said)}{more}"


def _boxes(layer: "LabelLayer", occupancy: "Occupancy", order: dict[int, int]) -> _LayerPlanes:
    held = [order[number] for number in layer.segments.values()]
    return _LayerPlanes(
        layer,
        occupancy.row_start[held].min(axis=0),
        occupancy.row_end[held].max(axis=0),
        occupancy.column_start[held].min(axis=0),
        occupancy.column_end[held].max(axis=0),
    )


def _sharedBy(one: _LayerPlanes, other: _LayerPlanes, order: dict[int, int]) -> dict[Pair, int]:
    """Return the voxels that segments of two layers share; only where their boxes meet is looked at."""
    top, bottom = np.maximum(one.rowStart, other.rowStart), np.minimum(one.rowEnd, other.rowEnd)
    left, right = np.maximum(one.columnStart, other.columnStart), np.minimum(one.columnEnd, other.columnEnd)
    found: dict[Pair, int] = {}
    for plane in np.flatnonzero((top < bottom) & (left < right)).tolist():
        box = (slice(int(top[plane]), int(bottom[plane])), slice(int(left[plane]), int(right[plane])))
        mine, theirs = (_window(layer.layer, plane, *box) for layer in (one, other))
        shared = (mine != 0) & (theirs != 0)
        if not shared.any():
            continue
        pairs = np.stack([mine[shared].astype(np.int64), theirs[shared].astype(np.int64)])
        for (a, b), count in zip(*_distinct(pairs), strict=True):
            numbers = (one.layer.segments.get(a), other.layer.segments.get(b))
            if None not in numbers:
                pair = sorted(numbers, key=order.__getitem__)  # type: ignore[arg-type]
                found[pair[0], pair[1]] = found.get((pair[0], pair[1]), 0) + count
    return found


def _distinct(pairs: np.ndarray) -> tuple[list[list[int]], list[int]]:
    values, counts = np.unique(pairs, axis=1, return_counts=True)
    return values.T.tolist(), counts.tolist()


def _window(layer: "LabelLayer", plane: int, rows: slice, columns: slice) -> np.ndarray:
    slice_, row, column = layer.origin
    return layer.pixels[
        plane - slice_, rows.start - row : rows.stop - row, columns.start - column : columns.stop - column
    ]
