"""Where the frames of a file come to lie in a scene: on a volume's voxels, or on a grid of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import Grid

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding, Progress
    from dicomsegcodec.geometry import Geometry
    from dicomsegcodec.layers import LayeredSegmentation
    from dicomsegcodec.mosaic import Mosaic
    from dicomsegcodec.stored import StoredSegmentation


@dataclass(frozen=True, eq=False)
class VolumeInScene:
    """A volume that may be what was segmented; taken from the scene before the file is read."""

    node: Any
    name: str
    instances: tuple[str, ...]
    geometry: "Geometry"


@dataclass(frozen=True, eq=False)
class Laid:
    """Frames in an array.

    Parameters
    ----------
    mosaic : Mosaic
    grid : Geometry
        Of the array.
    first : (slice, row, column)
        Of the array's first voxel in the volume's grid; zeros where there is no volume.
    volume : VolumeInScene, optional
        The one whose voxels these are.
    findings : tuple of Finding
    """

    mosaic: "Mosaic"
    grid: "Geometry"
    first: tuple[int, int, int] = (0, 0, 0)
    volume: VolumeInScene | None = None
    findings: "tuple[Finding, ...]" = ()


def layFrames(
    stored: "StoredSegmentation",
    volume: VolumeInScene | None,
    timePoint: int | None = None,
    *,
    isCropped: bool = False,
) -> Laid:
    """Return where the frames of a file lie: on the voxels of a volume if they can, or on their own grid.

    Parameters
    ----------
    isCropped : bool
        The array is the volume's, and what lies beyond is left out; otherwise the array is as much larger as
        the frames need.

    Raises
    ------
    IrregularPlanes, MissingAttribute
        The frames have no grid of their own, and there is no volume that they lie on.
    ArgumentError
        There are several time points and none is chosen, or there is no such one.
    """
    from dicomsegcodec.errors import GeometryMismatch, MissingAttribute
    from dicomsegcodec.stored_places import place_frames

    from .Findings import warning

    if volume is None:
        mosaic, grid = place_frames(stored, None, time_point=timePoint)
        return Laid(mosaic, grid)
    try:
        mosaic, grid = place_frames(stored, volume.geometry, time_point=timePoint)
    except (GeometryMismatch, MissingAttribute) as error:
        bySlice = _laySlices(stored, volume)
        if bySlice is not None:
            return bySlice
        text = (
            f"The segmentation does not lie on the voxels of volume '{volume.name}' ({error}) It is loaded "
            "on its own grid, and the volume is not made its source geometry."
        )
        alone = layFrames(stored, None, timePoint)
        return replace(alone, findings=(warning(text), *alone.findings))
    laid = Laid(mosaic, grid, volume=volume)
    return _beyond(stored, laid, timePoint, isCropped) if mosaic.outside.any() else laid


def readLayers(
    stored: "StoredSegmentation", laid: Laid, progress: "Progress | None" = None
) -> "LayeredSegmentation":
    """Return label layers, or fraction layers of a FRACTIONAL object, in the array that frames were laid in.

    Raises
    ------
    ReadError, TruncatedFile, Cancelled
    """
    from dicomsegcodec.assemble import LayerBuilder
    from dicomsegcodec.encodings import SegmentationType
    from dicomsegcodec.findings import tell
    from dicomsegcodec.geometry import Planes
    from dicomsegcodec.layers import LayeredSegmentation

    numbers = [segment.number for segment in stored.segments]
    mosaic = laid.mosaic.take(~laid.mosaic.missing)
    builder = LayerBuilder(stored.frames, mosaic, numbers)
    if stored.segmentation_type is SegmentationType.LABELMAP:
        tell(progress, 0.0, "Reading frames")
        builder.add_labels(mosaic, numbers)
    else:
        for done, (number, frames) in _bySegment(stored.table.segment[mosaic.frames], numbers):
            tell(progress, done / max(1, len(mosaic.frames)), "Reading frames")
            if stored.segmentation_type is SegmentationType.FRACTIONAL:
                builder.add_fractions(mosaic.take(frames), number, stored.maximum_fraction)
            else:
                builder.add_segment(mosaic.take(frames), number)
    tell(progress, 1.0, "Reading frames")
    layers, fractions = builder.layers(stored.segments), tuple(builder.fractions)
    return LayeredSegmentation(Planes.of(laid.grid), stored.segments, layers, fractions)


def _bySegment(segment: np.ndarray, numbers: list[int]) -> Iterator[tuple[int, tuple[int, np.ndarray]]]:
    """Yield how many frames came before, and each of these segments that has frames, and their indices."""
    done = 0
    for number in numbers:
        frames = np.flatnonzero(segment == number)
        if frames.size:
            yield done, (number, frames)
        done += frames.size


def _beyond(stored: "StoredSegmentation", laid: Laid, timePoint: int | None, isCropped: bool) -> Laid:
    """Return frames that reach beyond a volume in an array that holds them all, or say what is cut off."""
    from dicomsegcodec.errors import IrregularPlanes, MissingAttribute
    from dicomsegcodec.stored_places import own_grid, place_frames

    from .Findings import note, warning

    volume, mosaic = laid.volume, laid.mosaic
    assert volume is not None  # laid on it
    count = int(mosaic.outside.sum())
    said = f"{count:,} of {len(mosaic.frames):,} frames reach beyond volume '{volume.name}'"
    if isCropped:
        return replace(laid, findings=(warning(f"{said}; what lies there is cut off."),))
    try:
        own = own_grid(stored)
        where = Grid.place(np.broadcast_to(np.uint8(0), own.shape), own.index_to_lps, volume.geometry)
    except (IrregularPlanes, MissingAttribute):
        where = None
    if where is None:
        return replace(laid, findings=(warning(f"{said}; what lies there is cut off."),))
    first = np.minimum(where.origin, 0)
    last = np.maximum(np.array(where.origin) + where.pixels.shape, volume.geometry.shape)
    matrix = volume.geometry.index_to_lps.copy()
    matrix[:3, 3] += matrix[:3, :3] @ first
    slices, rows, columns = (last - first).tolist()
    larger = replace(volume.geometry, index_to_lps=matrix, shape=(slices, rows, columns))
    mosaic, grid = place_frames(stored, larger, time_point=timePoint)
    k, j, i = first.tolist()
    return Laid(mosaic, grid, (k, j, i), volume, (note(f"{said}; they are loaded, too."),))


def _laySlices(stored: "StoredSegmentation", volume: VolumeInScene) -> Laid | None:
    """Return frames in the slices that were loaded from their images, wherever Slicer takes those to be.

    Slicer shows images that are unevenly spaced or have no place in space as a regular grid. None where a
    frame does not refer to just one of the volume's images, pixel by pixel.
    """
    from dicomsegcodec.mosaic import Mosaic

    from .Findings import note

    columns, shape = stored.frame_columns, volume.geometry.shape
    if len(volume.instances) != shape[0] or (stored.rows, stored.columns) != shape[1:]:
        return None
    if stored.planes is not None and not Grid.isAlikeInPlane(stored.planes, volume.geometry):
        return None
    sliceOf = {uid: k for k, uid in enumerate(volume.instances)}
    place = np.array([sliceOf.get(uid, -1) for uid in columns.uids] or [-1])[columns.reference_uid]
    mine = (place >= 0) & columns.reference_preserved
    frames, slices = columns.reference_frame[mine], place[mine]
    if not np.array_equal(np.sort(frames), np.arange(stored.number_of_frames)):
        return None
    corners = np.zeros((stored.number_of_frames, 3), np.int64)
    corners[frames, 0] = slices
    mosaic = Mosaic(shape, (stored.rows, stored.columns), np.arange(stored.number_of_frames), corners)
    text = (
        f"The frames do not lie where the slices of volume '{volume.name}' do; each is put in the slice that "
        "was loaded from its image."
    )
    return Laid(mosaic, volume.geometry, volume=volume, findings=(note(text),))
