"""Label grids laid onto the source images' planes: axes exchanged, turned round, cropped or extended.

Nothing is interpolated, and nothing copied: a NIfTI volume whose axes run right,
anterior, superior is the same lattice as the images it was made from, counted differently.
"""

from collections.abc import Sequence

import numpy as np

from ..errors import GeometryMismatch
from ..geometry import DIRECTION_TOLERANCE, Geometry, Index, Planes
from ..layers import LabelLayer
from ..regularity import SPACING_TOLERANCE
from ..sources import SourceImages


def reorient(
    geometry: Geometry, layers: Sequence[LabelLayer], planes: Planes
) -> tuple[Geometry, list[LabelLayer]]:
    """Return a grid and its layers with slice, row and column axes running as those of `planes` do.

    A grid whose axes are oblique to the planes comes back in the order that fits best; it is for the
    caller to compare it with the planes.
    """
    wanted = np.stack([planes.stack_direction, planes.column_direction, planes.row_direction])
    cosines = wanted @ (geometry.index_to_lps[:3, :3] / np.array(geometry.spacing_mm))
    order = _best_order(np.abs(cosines))
    flipped = tuple(bool(cosines[axis, source] < 0) for axis, source in enumerate(order))
    return _reorder_grid(geometry, order, flipped), [
        _reorder_layer(layer, geometry.shape, order, flipped) for layer in layers
    ]


def place_on_sources(
    geometry: Geometry, layers: Sequence[LabelLayer], sources: SourceImages
) -> tuple[Planes, list[LabelLayer]]:
    """Return the planes of the source images and the layers on them.

    The grid may cover a part of the images, and reach beyond their rows and columns where it has no label.

    Raises
    ------
    GeometryMismatch
        The grid is not on the images' lattice, or has a label outside of the images.
    """
    grid, turned = reorient(geometry, layers, sources.planes)
    grid, turned = _fit_in_plane(grid, turned, sources.planes)
    planes = sources.planes_on(grid)
    first = sources.planes.positions.index(planes.positions[0])
    if sources.planes.positions[first : first + len(planes)] != planes.positions:
        return planes, turned
    moved = [_move(layer, (first, 0, 0)) for layer in turned]
    return sources.planes, moved


def _best_order(cosines: np.ndarray) -> tuple[int, int, int]:
    """Return which axis of the grid (a column) serves as each wanted axis (a row)."""
    orders = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    return max(orders, key=lambda order: float(cosines[range(3), order].sum()))


def _reorder_grid(geometry: Geometry, order: Index, flipped: Sequence[bool]) -> Geometry:
    matrix = geometry.index_to_lps[:, [*order, 3]].copy()
    shape = tuple(geometry.shape[axis] for axis in order)
    for axis, flip in enumerate(flipped):
        if flip:
            matrix[:3, 3] += matrix[:3, axis] * (shape[axis] - 1)
            matrix[:3, axis] *= -1
    return Geometry(matrix, (shape[0], shape[1], shape[2]), geometry.frame_of_reference)


def _reorder_layer(layer: LabelLayer, shape: Index, order: Index, flipped: Sequence[bool]) -> LabelLayer:
    pixels = layer.array.transpose(order)
    pixels = pixels[tuple(slice(None, None, -1 if flip else None) for flip in flipped)]
    start = [
        shape[axis] - layer.origin[axis] - layer.pixels.shape[axis] if flip else layer.origin[axis]
        for axis, flip in zip(order, flipped, strict=True)
    ]
    return LabelLayer(pixels, layer.segments, (start[0], start[1], start[2]))


def _fit_in_plane(
    grid: Geometry, layers: list[LabelLayer], planes: Planes
) -> tuple[Geometry, list[LabelLayer]]:
    """Return the grid with the rows and columns of `planes`, or as it is where it is not on their lattice."""
    rows_mm, columns_mm = planes.spacing_mm
    steps = np.stack([planes.column_direction * rows_mm, planes.row_direction * columns_mm])
    if np.abs(grid.index_to_lps[:3, 1:3].T - steps).max() > DIRECTION_TOLERANCE * max(rows_mm, columns_mm):
        return grid, layers
    away = grid.index_to_lps[:3, 3] - planes.positions_mm[0]
    places = (away @ planes.column_direction / rows_mm, away @ planes.row_direction / columns_mm)
    row, column = (round(place) for place in places)
    if max(abs(places[0] - row), abs(places[1] - column)) > SPACING_TOLERANCE:
        return grid, layers
    if (row, column, grid.shape[1:]) == (0, 0, planes.shape):
        return grid, layers
    matrix = grid.index_to_lps.copy()
    matrix[:3, 3] -= row * matrix[:3, 1] + column * matrix[:3, 2]
    fitted = Geometry(matrix, (grid.shape[0], *planes.shape), grid.frame_of_reference)
    return fitted, [_crop(_move(layer, (0, row, column)), fitted.shape) for layer in layers]


def _move(layer: LabelLayer, by: Index) -> LabelLayer:
    start = [o + b for o, b in zip(layer.origin, by, strict=True)]
    # May lie outside of the grid until it is cropped.
    return LabelLayer(layer.pixels, layer.segments, (start[0], start[1], start[2]))


def _crop(layer: LabelLayer, shape: Index) -> LabelLayer:
    """Return the part of a layer that lies in a grid of this shape.

    Raises
    ------
    GeometryMismatch
        There is a label outside.
    """
    inside, origin = [], []
    for start, length, limit in zip(layer.origin, layer.pixels.shape, shape, strict=True):
        first, last = min(max(start, 0), limit), max(min(start + length, limit), 0)
        inside.append(slice(first - start, max(last, first) - start))
        origin.append(first)
    kept = layer.array[tuple(inside)]
    if kept.shape != layer.pixels.shape:
        values = list(layer.segments)
        lost = np.count_nonzero(np.isin(layer.array, values)) - np.count_nonzero(np.isin(kept, values))
        if lost:
            raise GeometryMismatch(
                f"{lost} labelled voxels lie outside of the source images; choose the series that was "
                "segmented, or crop the labels to it."
            )
    return LabelLayer(kept, layer.segments, (origin[0], origin[1], origin[2]))
