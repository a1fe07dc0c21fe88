"""Where the frames of a stored segmentation go: on their own grid, a given one, or a total pixel matrix."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset

from .encodings import SegmentationType
from .errors import ArgumentError, GeometryMismatch, IrregularPlanes, MissingAttribute
from .geometry import Geometry, Planes, finite_numbers
from .laying import VOXEL_TOLERANCE, lay
from .lenient import reading
from .mosaic import Mosaic
from .painting import pixels_beyond
from .placement import planes_of_time
from .regularity import USUAL, Regularity
from .shared_groups import decimal_text, shared_value

if TYPE_CHECKING:
    from .stored import StoredSegmentation

OWN_TOLERANCE = 0.5
"""How far, as a part of a voxel, planes may lie from their own grid, however uneven they may be."""

_OFFSETS = tuple(f"{axis}OffsetInSlideCoordinateSystem" for axis in "XYZ")


def is_tiled(stored: "StoredSegmentation") -> bool:
    """Tell whether the frames are tiles of a total pixel matrix."""
    return stored.frame_columns.corners is not None and bool(stored.dataset.get("TotalPixelMatrixRows"))


def own_grid(stored: "StoredSegmentation", regularity: Regularity = USUAL) -> Geometry:
    """Return the grid of the stored frames: a stack without gaps, or the slice of a total pixel matrix.

    Raises
    ------
    MissingAttribute
        The frames state no position.
    IrregularPlanes
        The planes do not lie on a regular grid.
    """
    return Geometry.of(matrix_plane(stored.dataset)) if is_tiled(stored) else stored.geometry(regularity)


def place_frames(
    stored: "StoredSegmentation",
    grid: Geometry | None,
    regularity: Regularity = USUAL,
    time_point: int | None = None,
) -> tuple[Mosaic, Geometry]:
    """Return where frames go in an array of a grid's shape, and the grid: the one given, or their own.

    Frames may lie partly or wholly outside of a grid that is given.

    Parameters
    ----------
    time_point : int, optional
        Frames of this Temporal Position Index; needed where there are several.

    Raises
    ------
    GeometryMismatch
        The frames' pixels are no voxels of `grid`.
    ArgumentError
        There are several time points and none is chosen, or there is no such one.
    MissingAttribute, IrregularPlanes
        As for `own_grid`.
    """
    whole = own_grid(stored, regularity) if grid is None else grid
    tolerance = OWN_TOLERANCE if grid is None else VOXEL_TOLERANCE
    if not is_tiled(stored):
        return placed(stored, whole, time_point, tolerance), whole
    if time_point is not None:
        raise ArgumentError("The segmentation is tiled and has no time points; leave out time_point.")
    laid = lay(matrix_plane(stored.dataset), whole, tolerance)
    tiles = matrix_mosaic(stored)
    return replace(tiles, shape=whole.shape, corners=tiles.corners + laid.corners[0], turn=laid.turn), whole


def placed(
    stored: "StoredSegmentation",
    grid: Geometry,
    time_point: int | None = None,
    tolerance: float = VOXEL_TOLERANCE,
) -> Mosaic:
    """Return where frames with positions go in an array of a grid's shape, be it partly outside.

    Raises
    ------
    GeometryMismatch
        The frames' pixels are no voxels of the grid.
    ArgumentError
        There are several time points and none is chosen, or there is no such one.
    MissingAttribute
        The frames state no position.
    """
    planes = stored.known_planes()
    chosen = planes_of_time(planes, time_point)
    corners = np.zeros((len(planes), 3), np.int64)
    laid = lay(planes.take(chosen), grid, tolerance)
    corners[chosen] = laid.corners
    frames = np.flatnonzero(np.isin(stored.table.plane, chosen))
    shape = (stored.rows, stored.columns)
    return Mosaic(grid.shape, shape, frames, corners[stored.table.plane[frames]], laid.turn)


@reading("The total pixel matrix")
def matrix_mosaic(stored: "StoredSegmentation") -> Mosaic:
    """Return where tiles go in the total pixel matrix, an array of one slice.

    Raises
    ------
    NotDerivedFromSources
        The segmentation is not tiled.
    """
    corners = np.zeros((stored.number_of_frames, 3), np.int64)
    corners[:, 1:] = stored.corners() - 1
    rows, columns = (int(stored.dataset[f"TotalPixelMatrix{axis}"].value) for axis in ("Rows", "Columns"))
    frames = np.arange(stored.number_of_frames)
    return Mosaic((1, rows, columns), (stored.rows, stored.columns), frames, corners)


@reading("The total pixel matrix")
def matrix_plane(dataset: Dataset) -> Planes:
    """Return the total pixel matrix of a tiled object as one plane on the slide, PS3.3 C.8.12.14.

    Raises
    ------
    MissingAttribute
        The object does not say where it lies.
    """
    origin = (dataset.get("TotalPixelMatrixOriginSequence") or [Dataset()])[0]
    texts = [decimal_text(origin.get(keyword)) for keyword in _OFFSETS]
    plane = Planes(
        ("\\".join([*texts[:2], texts[2] or "0"]),),
        decimal_text(dataset.get("ImageOrientationSlide")),
        decimal_text(shared_value(dataset, "PixelMeasuresSequence", "PixelSpacing")),
        (int(dataset.TotalPixelMatrixRows), int(dataset.TotalPixelMatrixColumns)),
        str(dataset.get("FrameOfReferenceUID") or ""),
        _positive(decimal_text(shared_value(dataset, "PixelMeasuresSequence", "SliceThickness"))),
    )
    fault = plane.fault()
    if fault:
        raise MissingAttribute(
            f"The total pixel matrix has no place on the slide: {fault}. Read it with get_total_pixel_matrix."
        )
    return plane


def of_segments(stored: "StoredSegmentation", mosaic: Mosaic, numbers: Sequence[int]) -> Mosaic:
    """Return the frames of a mosaic that can hold one of these segments."""
    if stored.segmentation_type is SegmentationType.LABELMAP:
        return mosaic
    return mosaic.take(np.isin(stored.table.segment[mosaic.frames], numbers))


def refuse_loss(stored: "StoredSegmentation", mosaic: Mosaic, numbers: Sequence[int]) -> None:
    """Make sure that these segments have no pixel beyond the array.

    Raises
    ------
    GeometryMismatch
    """
    beyond = of_segments(stored, mosaic.take(mosaic.outside), numbers)
    belongs = np.arange(stored.frames.samples.max_value + 1) > 0
    if stored.segmentation_type is SegmentationType.LABELMAP:
        belongs = np.isin(np.arange(belongs.size), numbers)
    lost = pixels_beyond(stored.frames, beyond, belongs)
    if lost:
        raise GeometryMismatch(
            f"{lost:,} voxels of the segmentation lie beyond the grid of {mosaic.shape} voxels; read it on "
            "its own grid, or pass allow_cropping=True to leave them out."
        )


def refuse_gaps(mosaic: Mosaic) -> None:
    """Make sure that a frame lies on every slice of the array.

    Raises
    ------
    IrregularPlanes
    """
    axis_length = mosaic.turn.shape(mosaic.shape)[0]
    held = np.unique(mosaic.take(~mosaic.missing).corners[:, 0]).size
    if held < axis_length:
        raise IrregularPlanes(
            f"No frame lies on {axis_length - held} of {axis_length} slices; with "
            "allow_missing_positions=True they are empty."
        )


def _positive(text: str) -> str:
    number = finite_numbers(text) if text else []
    return text if len(number) == 1 and number[0] > 0 else ""
