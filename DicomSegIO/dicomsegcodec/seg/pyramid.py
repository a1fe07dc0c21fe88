"""One segmentation of a slide in several resolutions: a series of objects, PS3.3 C.7.11."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, cast

import numpy as np
from pydicom.dataset import Dataset

from ..chunked import first_frame
from ..content import PixelMeasuresSequence, PlanePositionSequence
from ..encodings import SegmentationType
from ..errors import ArgumentError, ArgumentTypeError
from ..geometry import ds_values
from ..resampling import OneFrame, Resampled
from ..slides import SlideTiles
from ..sources import SourceImages
from ..uid import UID
from ..volume import CoordinateSystemNames
from .argument_types import checked
from .description import SegmentDescription
from .enums import SegmentationTypeValues
from .keywords import content_moment
from .segmentation import Segmentation

# What follows from the levels, so that a caller cannot give it.
_OWN = (
    "instance_number",
    "sop_instance_uid",
    "plane_orientation",
    "plane_positions",
    "pixel_array",
    "tile_pixel_array",
    "pixel_measures",
)


@checked
def create_segmentation_pyramid(
    source_images: Sequence[Dataset],
    pixel_arrays: Sequence[Any],
    segmentation_type: SegmentationTypeValues | str,
    segment_descriptions: Sequence[SegmentDescription],
    series_instance_uid: str | None,
    series_number: int,
    manufacturer: str,
    manufacturer_model_name: str,
    software_versions: str | tuple[str, ...],
    device_serial_number: str,
    downsample_factors: Sequence[float] | None = None,
    sop_instance_uids: Sequence[str] | None = None,
    pyramid_uid: str | None = None,
    pyramid_label: str | None = None,
    **keywords: Any,
) -> list[Segmentation]:
    """Return segmentations of a slide from the highest resolution down, one series.

    Parameters
    ----------
    source_images : sequence of Dataset
        A slide image, or those of a pyramid from the highest resolution down.
    pixel_arrays : sequence of arrays
        Total pixel matrices. One for several sources is sampled to the size of each; several for one
        source are its levels; as many as sources belong to them.
    series_instance_uid : str, optional
        A new one when None.
    downsample_factors : sequence of float, optional
        For one source and one array: how much smaller each further level is than the array, ascending and
        above 1. The array itself is the first level. Sizes are rounded to the nearest whole number.
    sop_instance_uids : sequence of str, optional
        One for each level.
    pyramid_uid, pyramid_label : str, optional
    keywords
        Further ones of `Segmentation`.

    Returns
    -------
    list of Segmentation
        Labels are sampled at the centre of a pixel, fractions averaged over it.

    Raises
    ------
    ArgumentTypeError
        Factors are missing or not called for, or a keyword that follows from the levels is given.
    ArgumentError
        Numbers, sizes or order of sources, arrays and factors do not fit.
    """
    refused = [name for name in _OWN if name in keywords]
    if refused:
        raise ArgumentTypeError(f"{refused[0]} follows from the levels of a pyramid and cannot be given.")
    sources = [SourceImages.of([image]) for image in source_images]
    matrices = [_matrix(array) for array in pixel_arrays]
    factors = None if downsample_factors is None else [float(factor) for factor in downsample_factors]
    tiles = _check(sources, matrices, factors)
    fractions = str(segmentation_type) == SegmentationType.FRACTIONAL
    levels = _levels(tiles, matrices, factors, fractions)
    if sop_instance_uids is not None and len(sop_instance_uids) != len(levels):
        raise ArgumentError(f"{len(sop_instance_uids)} SOP Instance UIDs are given for {len(levels)} levels.")
    series, uid = series_instance_uid or str(UID()), pyramid_uid or str(UID())
    keywords = _at_one_time(keywords)
    made = []
    for number, (matrix, place) in enumerate(levels):
        image = source_images[number if len(source_images) > 1 else 0]
        seg = Segmentation(
            [image],
            cast(Any, OneFrame(matrix)),  # sliced like an array
            segmentation_type,
            segment_descriptions,
            series,
            series_number,
            str(UID()) if sop_instance_uids is None else sop_instance_uids[number],
            number + 1,
            manufacturer,
            manufacturer_model_name,
            software_versions,
            device_serial_number,
            tile_pixel_array=True,
            pyramid_uid=uid,
            pyramid_label=pyramid_label,
            **place,
            **keywords,
        )
        made.append(seg)
    return made


def _at_one_time(keywords: dict[str, Any]) -> dict[str, Any]:
    """Return keywords with the date and time of content and series, which all levels share."""
    made = content_moment(keywords.get("content_date"), keywords.get("content_time")) or datetime.now()
    moments = {"content_date": made.date(), "content_time": made.time()}
    if keywords.get("series_date") is None and keywords.get("series_time") is None:
        moments |= {"series_date": made.date(), "series_time": made.time()}
    return keywords | moments


def _matrix(array: Any) -> Any:
    """Return a matrix without a leading axis of one frame."""
    if array.ndim < 3:
        return array
    if array.shape[0] != 1:
        raise ArgumentError(f"A pixel array has {array.shape[0]} frames; each is one total pixel matrix.")
    return first_frame(array)


def _check(
    sources: Sequence[SourceImages], matrices: Sequence[Any], factors: Sequence[float] | None
) -> list[SlideTiles]:
    if not sources or not matrices:
        raise ArgumentError("At least one source image and one pixel array are needed.")
    tiles = [source.planes for source in sources]
    slides = [planes for planes in tiles if isinstance(planes, SlideTiles)]
    if len(slides) != len(tiles):
        raise ArgumentError("A pyramid needs tiled source images.")
    single = len(sources) == 1 and len(matrices) == 1
    if single != (factors is not None):
        raise ArgumentTypeError(
            "downsample_factors are needed for one source image with one pixel array, and for nothing else."
        )
    if len(sources) > 1 and len(matrices) not in (1, len(sources)):
        raise ArgumentError(f"{len(matrices)} pixel arrays do not fit {len(sources)} source images.")
    if len({str(s.datasets[0].SeriesInstanceUID) for s in sources}) > 1:
        raise ArgumentError("The source images are of several series; a pyramid is one.")
    if len({str(s.datasets[0].get("PyramidUID", "")) for s in sources}) > 1:
        raise ArgumentError("The source images have several Pyramid UIDs; they are not one pyramid.")
    _check_order([planes.matrix for planes in slides], "source images")
    _check_order([matrix.shape[:2] for matrix in matrices], "pixel arrays")
    first, size = tuple(matrices[0].shape[:2]), slides[0].matrix
    if first != size:
        raise ArgumentError(
            f"The first pixel array has {first[0]} x {first[1]} pixels and the source's total pixel matrix "
            f"{size[0]} x {size[1]}."
        )
    if factors is not None and (not factors or list(factors) != sorted(set(factors)) or min(factors) <= 1):
        raise ArgumentError(f"downsample_factors {list(factors)} must ascend and be above 1.")
    return slides


def _check_order(sizes: Sequence[tuple[int, ...]], what: str) -> None:
    for larger, smaller in pairwise(sizes):
        if not (smaller[0] < larger[0] and smaller[1] < larger[1]):
            raise ArgumentError(
                f"The {what} must come from the highest resolution down; their sizes are {sizes}."
            )


def _levels(
    tiles: Sequence[SlideTiles], matrices: Sequence[Any], factors: Sequence[float] | None, fractions: bool
) -> list[tuple[Any, dict[str, Any]]]:
    """Return the matrix of each level and what says where it lies."""
    if len(tiles) > 1:
        given = matrices if len(matrices) > 1 else [_resized(matrices[0], t.matrix, fractions) for t in tiles]
        return [(matrix, {}) for matrix in given]
    if factors is not None:
        rows, columns = matrices[0].shape[:2]
        sizes = [(max(1, round(rows / f)), max(1, round(columns / f))) for f in factors]
        matrices = [matrices[0], *(_resized(matrices[0], size, fractions) for size in sizes)]
    return [(matrix, _place(tiles[0], matrix)) for matrix in matrices]


def _resized(matrix: Any, size: tuple[int, int], fractions: bool) -> Any:
    if tuple(matrix.shape[:2]) == size:
        return matrix
    return Resampled(matrix, size, average=fractions and np.dtype(matrix.dtype).kind == "f")


def _place(source: SlideTiles, matrix: Any) -> dict[str, Any]:
    """Return the place of a matrix that covers the source's at another resolution."""
    rows, columns = matrix.shape[:2]
    if (rows, columns) == source.matrix:
        return {}
    between_rows, between_columns = ds_values(source.spacing)
    down, across = between_rows * source.matrix[0] / rows, between_columns * source.matrix[1] / columns
    # The origin is that of every level, as scanners and other writers have it.
    origin = ds_values(source.origin)
    return {
        "plane_positions": [PlanePositionSequence(CoordinateSystemNames.SLIDE, origin, (1, 1))],
        "pixel_measures": PixelMeasuresSequence(
            pixel_spacing=(down, across), slice_thickness=float(source.thickness or 0)
        ),
    }
