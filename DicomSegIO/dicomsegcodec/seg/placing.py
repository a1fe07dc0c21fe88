"""On which planes a caller's array lies: the source images', a volume's, or those given one by one."""

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset

from ..content import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from ..errors import ArgumentError
from ..geometry import Planes
from ..placement import same_places
from ..slides import SlideTiles
from ..source_planes import decimal_string
from ..sources import SourceImages
from ..volume import CoordinateSystemNames, Volume
from .given_volume import check_system, volume_planes
from .tiling import tiles_as_frames


def place_array(
    pixel_array: np.ndarray | Volume,
    sources: SourceImages,
    numbers: Sequence[int],
    plane_positions: Sequence[PlanePositionSequence] | None,
    plane_orientation: PlaneOrientationSequence | None,
    pixel_measures: PixelMeasuresSequence | None,
) -> tuple[np.ndarray, Planes]:
    """Return the array and the planes of its first axis.

    Raises
    ------
    ArgumentTypeError
        A volume is given together with positions, orientation or measures.
    ArgumentError
        The frames of reference differ, positions do not fit the array or one is there twice, or the source
        has no place in space that the array could refer to.
    """
    own = [plane_positions, plane_orientation, pixel_measures]
    if isinstance(pixel_array, Volume):
        planes = volume_planes(pixel_array, sources, numbers, own)
        if isinstance(sources.planes, SlideTiles):
            raise ArgumentError(
                "A volume on a slide is cut into tiles; pass tile_pixel_array=True, or give tiles as an "
                "array with plane_positions."
            )
        return pixel_array.array, planes
    if all(part is None for part in own):
        return pixel_array, sources.planes
    if isinstance(sources.planes, SlideTiles):
        shape = np.shape(pixel_array)
        count, rows, columns = (1, *shape) if len(shape) == 2 else shape[:3]
        return pixel_array, tiles_as_frames(
            count, (rows, columns), sources.planes, plane_positions, plane_orientation, pixel_measures
        )
    return pixel_array, _given_planes(
        np.shape(pixel_array), sources, plane_positions, plane_orientation, pixel_measures
    )


def _given_planes(
    shape: tuple[int, ...],
    sources: SourceImages,
    positions: Sequence[PlanePositionSequence] | None,
    orientation: PlaneOrientationSequence | None,
    measures: PixelMeasuresSequence | None,
) -> Planes:
    check_system(CoordinateSystemNames.PATIENT, sources)
    mine = sources.planes
    rows_columns = tuple(shape[:2] if len(shape) == 2 else shape[1:3])
    count = 1 if len(shape) == 2 else shape[0]
    if rows_columns != mine.shape and (positions is None or measures is None):
        raise ArgumentError(
            f"pixel_array has {rows_columns} pixels a plane and the source images {mine.shape}; give "
            "plane_positions and pixel_measures for a grid of its own."
        )
    if positions is None:
        texts = mine.positions
    else:
        texts = tuple(_text(item[0], "ImagePositionPatient", "plane_positions") for item in positions)
    if len(texts) != count:
        raise ArgumentError(f"{len(texts)} plane positions are given for {count} planes of pixel_array.")
    planes = Planes(
        texts,
        mine.orientation
        if orientation is None
        else _text(orientation[0], "ImageOrientationPatient", "plane_orientation"),
        mine.spacing if measures is None else _text(measures[0], "PixelSpacing", "pixel_measures"),
        (int(rows_columns[0]), int(rows_columns[1])),
        mine.frame_of_reference,
        mine.thickness if measures is None else _thickness(measures),
        mine.time_points if positions is None else (),
    )
    if positions is not None and len(same_places(planes)[0]) != count:
        raise ArgumentError("Two of the plane positions are the same; each plane needs a place of its own.")
    return planes


def _thickness(measures: PixelMeasuresSequence) -> str:
    return decimal_string(measures[0], "SliceThickness") if measures[0].get("SliceThickness") else ""


def _text(item: Dataset, keyword: str, argument: str) -> str:
    if not item.get(keyword):
        raise ArgumentError(
            f"{argument} has no {keyword}; the source images are in the patient's coordinate system."
        )
    return decimal_string(item, keyword)
