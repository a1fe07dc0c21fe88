"""Which source images lie where the planes of a segmentation do, PS3.3 C.7.6.16.2.6."""

import numpy as np

from .errors import GeometryMismatch
from .geometry import DIRECTION_TOLERANCE, Geometry, Planes, ds_values
from .placement import near_places
from .regularity import SPACING_TOLERANCE
from .slides import SlideTiles
from .source_planes import say


def match(planes: Planes, sources: Planes) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return which sources lie at each plane: all that do, whatever their time.

    Returns
    -------
    plane, source : (pairs,) int arrays
        Indices; by plane, then by source.
    preserved : bool
        The pixels of a source are those of the plane; otherwise it lies in the same plane on another grid.
    """
    if isinstance(planes, SlideTiles) or isinstance(sources, SlideTiles):
        return _match_tiles(planes, sources)
    if not planes.located or not sources.located:
        return _none()
    if planes.same_grid(sources):
        near, preserved = near_places(planes.positions_mm, sources.positions_mm), True
    elif np.abs(planes.stack_direction @ sources.stack_direction) > 1 - DIRECTION_TOLERANCE**2:
        normal = sources.stack_direction[:, None]
        near, preserved = near_places(planes.positions_mm @ normal, sources.positions_mm @ normal), False
    else:
        return _none()
    plane = np.repeat(np.arange(len(near)), [len(found) for found in near])
    return plane, np.array([source for found in near for source in found], np.int64), preserved


def _match_tiles(planes: Planes, sources: Planes) -> tuple[np.ndarray, np.ndarray, bool]:
    """Match tiles of the same pixels of the same matrix."""
    if not isinstance(planes, SlideTiles) or not isinstance(sources, SlideTiles):
        return _none()
    beside_mm = np.abs(np.subtract(ds_values(planes.origin), ds_values(sources.origin))).max()
    if planes.matrix != sources.matrix or beside_mm > SPACING_TOLERANCE * min(sources.spacing_mm):
        return _none()
    if not planes.same_grid(sources):
        return _none()
    width = sources.matrix[1] + 1
    mine, theirs = (tiles.corners @ [width, 1] for tiles in (planes, sources))
    order = np.argsort(theirs, kind="stable")
    at = np.minimum(np.searchsorted(theirs[order], mine), len(order) - 1)
    found = theirs[order[at]] == mine
    return np.flatnonzero(found), order[at[found]], True


def _none() -> tuple[np.ndarray, np.ndarray, bool]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64), False


def planes_on(sources: Planes, geometry: Geometry) -> Planes:
    """Return the planes of a grid's slices, in its order and in the sources' own decimal strings.

    Raises
    ------
    GeometryMismatch
        Rows, columns or direction differ, or a slice has no source at its place.
    """
    grid = Planes.of(geometry)
    _check_in_plane(grid, sources)
    limit = SPACING_TOLERANCE * min(*sources.spacing_mm, *geometry.spacing_mm)
    distance = np.linalg.norm(grid.positions_mm[:, None] - sources.positions_mm[None], axis=2)
    nearest = distance.argmin(axis=1)
    missing = np.flatnonzero(distance[np.arange(len(grid)), nearest] > limit)
    if missing.size:
        raise GeometryMismatch(_say_missing(grid, sources, missing, distance))
    return sources.take(nearest)


def _check_in_plane(grid: Planes, sources: Planes) -> None:
    if grid.shape != sources.shape:
        raise GeometryMismatch(
            f"The segmentation has {grid.shape[0]} x {grid.shape[1]} pixels a slice, the source images "
            f"{sources.shape[0]} x {sources.shape[1]}; resample the segmentation to the images' grid."
        )
    turned = max(
        np.abs(grid.row_direction - sources.row_direction).max(),
        np.abs(grid.column_direction - sources.column_direction).max(),
    )
    if turned > DIRECTION_TOLERANCE:
        raise GeometryMismatch(
            f"The segmentation's rows and columns run along {say(ds_values(grid.orientation))}, those "
            f"of the source images along {say(ds_values(sources.orientation))}; resample the "
            "segmentation to the images' grid."
        )
    spacing = sources.spacing_mm
    if np.abs(np.subtract(grid.spacing_mm, spacing)).max() > SPACING_TOLERANCE * min(spacing):
        raise GeometryMismatch(
            f"The segmentation's pixels are {say(grid.spacing_mm)} mm apart, those of the source "
            f"images {say(spacing)} mm; resample the segmentation to the images' grid."
        )


def _say_missing(grid: Planes, sources: Planes, missing: np.ndarray, distance: np.ndarray) -> str:
    slice_ = int(missing[0])
    text = (
        f"{missing.size} of {len(grid)} slices of the segmentation have no source image at their place; "
        f"the first is slice {slice_ + 1} at ({say(grid.positions_mm[slice_])}) mm, "
        f"{distance[slice_].min():.3g} mm from the nearest of {len(sources)} images."
    )
    gaps = np.diff(np.sort(sources.distances_mm()))
    if gaps.size > 1 and gaps.max() > 1.5 * np.median(gaps):
        usual = float(np.median(gaps))
        text += f" The series has a gap of {gaps.max():.4g} mm where images are {usual:.4g} mm apart;"
        return text + " add the missing images."
    return text + " Choose the series that was segmented, or resample the segmentation to it."
