"""The regular grid that the planes of a file lie on, and which of them are at one place or time."""

import math
from dataclasses import replace
from itertools import product

import numpy as np

from .errors import ArgumentError, IrregularPlanes
from .geometry import SAME_PLACE_MM, Geometry, Planes
from .regularity import USUAL, Regularity

_IN_THE_PLANE = 1e-3
"""Part of the way between planes across them below which they are no stack, however tilted."""

_MOST_STEPS = 1e7


def stack_geometry(
    planes: Planes, stated_spacing_mm: float | None, regularity: Regularity = USUAL
) -> Geometry:
    """Return the regular grid, without gaps, of planes of which some may be absent; of all times, if several.

    Raises
    ------
    IrregularPlanes
    """
    if planes.time_points:
        planes = planes.take(same_places(planes)[0])
    if len(planes) == 1:
        if stated_spacing_mm:
            step = planes.stack_direction * stated_spacing_mm
            grid = Geometry.of(planes).index_to_lps.copy()
            grid[:3, 0] = step
            return Geometry(grid, (1, *planes.shape), planes.frame_of_reference)
        return Geometry.of(planes)
    positions = planes.positions_mm
    gaps = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    total = float(np.linalg.norm(positions[-1] - positions[0]))
    # Stored planes may be any subset of the stack, so the distance that fits all of them is looked for:
    # what the object states, else the smallest distance found. What is stated is along the normal, PS3.3
    # C.7.6.16.2.1, and in a tilted stack the step is longer.
    along_normal = float(planes.distances_mm()[-1] - planes.distances_mm()[0])
    if along_normal <= _IN_THE_PLANE * total:
        raise IrregularPlanes(
            f"The {len(planes)} planes of the segmentation lie in one another: their positions differ by "
            f"{total:.6g} mm along the planes and by {along_normal:.6g} mm across them, so Image Orientation "
            "or Image Position is wrong. Read it frame by frame."
        )
    stated = stated_spacing_mm or 0.0
    tilted = stated * total / along_normal if along_normal > 0 else 0.0
    for spacing in dict.fromkeys(s for s in (tilted, stated, float(gaps.min())) if s):
        if total > _MOST_STEPS * spacing:
            continue
        steps = max(1, round(total / spacing))
        index = np.rint(np.concatenate(([0.0], np.cumsum(gaps))) / (total / steps)).astype(int)
        step = (positions[-1] - positions[0]) / steps
        off = np.linalg.norm(positions - (positions[0] + index[:, None] * step), axis=1)
        limit = regularity.limit_mm(spacing)
        even = abs(total / steps - spacing) <= limit
        if even and off.max() <= limit and (np.diff(index) > 0).all():
            regularity.check_tilt(step, planes.stack_direction)
            first = planes.take([0])
            grid = Geometry.of(first).index_to_lps.copy()
            grid[:3, 0] = step
            return Geometry(grid, (steps + 1, *planes.shape), planes.frame_of_reference)
    widest = int(gaps.argmax())
    raise IrregularPlanes(
        f"The {len(planes)} planes of the segmentation do not lie on a regular grid: distances run from "
        f"{gaps.min():.6g} to {gaps.max():.6g} mm (planes {widest + 1} and {widest + 2}). Read it on the "
        "grid of its source images, or frame by frame."
    )


def planes_of_time(planes: Planes, time_point: int | None) -> np.ndarray:
    """Return the indices of the planes of a time point; of all planes where they are of one time.

    Raises
    ------
    ArgumentError
        There are several time points and none is chosen, or there is no such one.
    """
    known = sorted(set(planes.time_points))
    if time_point is None and len(known) < 2:
        return np.arange(len(planes))
    if time_point not in known:
        has = f"the time points {', '.join(map(str, known))}" if known else "no time points"
        asked = "none is chosen" if time_point is None else f"there is no time point {time_point}"
        raise ArgumentError(f"The segmentation has {has} and {asked}; choose one with time_point.")
    return np.flatnonzero(planes.times == time_point)


def planes_at_times(planes: Planes, place: np.ndarray, time: np.ndarray) -> tuple[Planes, np.ndarray]:
    """Return the distinct planes of frames by time and place, and the plane of each frame.

    Parameters
    ----------
    planes : Planes
        One of each place.
    place, time : (frames,) int arrays
        Which of `planes` each frame is at, and its time point.
    """
    pairs, plane = np.unique(np.stack([time, place]), axis=1, return_inverse=True)
    return replace(planes.take(pairs[1]), time_points=tuple(pairs[0].tolist())), plane.reshape(-1)


def near_places(places: np.ndarray, others: np.ndarray) -> list[list[int]]:
    """Return for each of (places, axes) points, in mm, which of (others, axes) are at the same place."""
    # Not by rounding: two numbers of one place may be rounded to different sides.
    order = np.argsort(others[:, 0], kind="stable")
    first = others[order, 0]
    start = np.searchsorted(first, places[:, 0] - SAME_PLACE_MM, side="left")
    end = np.searchsorted(first, places[:, 0] + SAME_PLACE_MM, side="right")
    near = []
    for place, a, b in zip(places, start.tolist(), end.tolist(), strict=True):
        candidates = np.sort(order[a:b])
        close = np.linalg.norm(others[candidates] - place, axis=1) <= SAME_PLACE_MM
        near.append(candidates[close].tolist())
    return near


def same_places(planes: Planes) -> tuple[list[int], np.ndarray]:
    """Return one plane of each place, sorted along the stack, and for every plane the place it is at."""
    known: dict[str, int] = {}
    text = np.array([known.setdefault(position, len(known)) for position in planes.positions], np.int64)
    first_of = np.full(len(known), len(text))
    np.minimum.at(first_of, text, np.arange(len(text)))
    distinct = planes.take(first_of)
    distances = distinct.distances_mm()
    order = np.argsort(distances, kind="stable")
    place = np.empty(len(known), np.int64)
    if (np.diff(distances[order]) > SAME_PLACE_MM).all():
        first = order.tolist()
        place[order] = np.arange(len(order))
    else:
        first = []
        cells = _Cells()
        positions = distinct.positions_mm.tolist()
        for index in order.tolist():
            place[index] = cells.find(positions[index])
            if place[index] == len(first):
                first.append(index)
    return first_of[first].tolist(), place[text]


class _Cells:
    """Places in space, found by the cell that they are in and by its neighbours."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, ...], list[tuple[int, list[float]]]] = {}
        self._count = 0

    def find(self, position: list[float]) -> int:
        """Return the number of the place at a position in mm; a new one gets the next number."""
        cell = [math.floor(value / SAME_PLACE_MM) for value in position]
        for neighbour in product(*((value - 1, value, value + 1) for value in cell)):
            for number, other in self._cells.get(neighbour, ()):
                if math.dist(position, other) <= SAME_PLACE_MM:
                    return number
        self._cells.setdefault(tuple(cell), []).append((self._count, position))
        self._count += 1
        return self._count - 1
