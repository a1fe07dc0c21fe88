"""A caller's total pixel matrix, or tiles, on a slide."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..chunked import first_frame, with_chunks_kept
from ..content import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from ..encodings import SegmentationType
from ..errors import ArgumentError, ArgumentTypeError, UndescribedLabels
from ..geometry import Planes
from ..layers import FractionLayer, LabelLayer
from ..occupancy import values_in
from ..slides import SlideOffsets, SlideTiles
from ..source_planes import decimal_string
from ..sources import SourceImages
from ..tiled_array import TiledArray
from ..volume import Volume
from .arrays import whole_numbers
from .given_volume import volume_planes

Layers = tuple[tuple[LabelLayer, ...], tuple[FractionLayer, ...]]


def tile_matrix(
    pixel_array: Any,
    sources: SourceImages,
    numbers: Sequence[int],
    tile_size: Sequence[int] | None,
    plane_positions: Sequence[PlanePositionSequence] | None,
    plane_orientation: PlaneOrientationSequence | None,
    pixel_measures: PixelMeasuresSequence | None,
) -> tuple[Any, SlideTiles]:
    """Return a total pixel matrix, its segments on the last axis if stacked, and the tiles it is cut into.

    Parameters
    ----------
    pixel_array : array, what is sliced as one, or Volume of one slice on the slide
    numbers : sequence of int
        Segment Numbers, which the channels of a volume have to be.

    Raises
    ------
    ArgumentError
        The source is not tiled, there is more than one matrix, or its size is not that of the source's
        matrix and no place of its own is given.
    ArgumentTypeError
        The matrix is nothing that can be sliced, or holds neither bool, integers nor floats; or it is a
        Volume and has a place given besides.
    """
    source = sources.planes
    if not isinstance(source, SlideTiles):
        raise ArgumentError("tile_pixel_array is for tiled source images; the source is not tiled.")
    own = (plane_positions, plane_orientation, pixel_measures)
    if isinstance(pixel_array, Volume):
        place = volume_planes(pixel_array, sources, numbers, own)
        matrix = _one_matrix(pixel_array.array)
    else:
        matrix = _one_matrix(pixel_array)
        place = _matrix_place((int(matrix.shape[0]), int(matrix.shape[1])), source, *own)
    if tile_size is not None and len(tile_size) != 2:
        raise ArgumentError(f"tile_size {tuple(tile_size)} must be two numbers, rows and columns.")
    return matrix, SlideTiles.covering(
        place.shape,
        source.shape if tile_size is None else (int(tile_size[0]), int(tile_size[1])),
        origin=place.positions[0],
        orientation=place.orientation,
        spacing=place.spacing,
        frame_of_reference=source.frame_of_reference,
        thickness=place.thickness,
    )


def _matrix_place(
    shape: tuple[int, int],
    source: SlideTiles,
    plane_positions: Sequence[PlanePositionSequence] | None,
    plane_orientation: PlaneOrientationSequence | None,
    pixel_measures: PixelMeasuresSequence | None,
) -> Planes:
    """Return a total pixel matrix as one plane on the slide: that of the source where not told otherwise."""
    if shape != source.matrix and (plane_positions is None or pixel_measures is None):
        raise ArgumentError(
            f"pixel_array has {shape[0]} x {shape[1]} pixels and the source's total pixel matrix "
            f"{source.matrix[0]} x {source.matrix[1]}; give plane_positions and pixel_measures for a matrix "
            "of its own."
        )
    origin = source.origin
    if plane_positions is not None:
        if len(plane_positions) != 1:
            raise ArgumentError(
                f"plane_positions has {len(plane_positions)} items; a total pixel matrix has one item, the "
                "place of its first pixel."
            )
        origin, (row, column) = _slide_position(plane_positions[0])
        if (row, column) != (0, 0):
            raise ArgumentError(
                f"The total pixel matrix is placed at row {row + 1} and column {column + 1} of itself; its "
                "first pixel is row 1 and column 1."
            )
    orientation, spacing, thickness = _measures(source, plane_orientation, pixel_measures)
    return Planes((origin,), orientation, spacing, shape, source.frame_of_reference, thickness)


def _one_matrix(pixel_array: Any) -> Any:
    """Return a total pixel matrix without a first axis of one frame."""
    sliced = all(hasattr(pixel_array, name) for name in ("shape", "dtype", "ndim", "__getitem__"))
    if not sliced:
        found = type(pixel_array).__name__
    else:
        found = "" if np.dtype(pixel_array.dtype).kind in "buif" else str(pixel_array.dtype)
    if found:
        raise ArgumentTypeError(
            f"pixel_array is of type {found}; a total pixel matrix is a NumPy array, or what is sliced like "
            "one, of bool, integers or floats."
        )
    if not 2 <= pixel_array.ndim <= 4:
        raise ArgumentError(
            f"pixel_array has {pixel_array.ndim} axes; a total pixel matrix has rows and columns, which a "
            "first axis of one frame and a last one of segments may enclose."
        )
    if pixel_array.ndim == 2:
        return pixel_array
    if pixel_array.shape[0] != 1:
        raise ArgumentError(
            f"pixel_array has {pixel_array.shape[0]} frames; with tile_pixel_array it is one total pixel "
            "matrix."
        )
    return first_frame(pixel_array)


def tiles_as_frames(
    count: int,
    shape: tuple[int, int],
    source: SlideTiles,
    plane_positions: Sequence[PlanePositionSequence] | None,
    plane_orientation: PlaneOrientationSequence | None,
    pixel_measures: PixelMeasuresSequence | None,
) -> SlideTiles:
    """Return the tiles that frames of these positions are; the source's where none are given.

    Raises
    ------
    ArgumentError
        Positions do not fit the frames, one is there twice, or a tile reaches beyond the source's matrix.
    """
    if plane_positions is None:
        corners, positions = source.corners, source.positions
    else:
        found = [_slide_position(item) for item in plane_positions]
        positions = SlideOffsets.of_texts([offset for offset, _corner in found])
        corners = np.array([corner for _offset, corner in found], np.int64).reshape(-1, 2)
    if len(corners) != count:
        raise ArgumentError(f"{len(corners)} plane positions are given for {count} planes of pixel_array.")
    if len(np.unique(corners, axis=0)) != count:
        raise ArgumentError("Two of the plane positions are the same; each tile needs a place of its own.")
    orientation, spacing, thickness = _measures(source, plane_orientation, pixel_measures)
    rows, columns = np.maximum(source.matrix, corners.max(axis=0, initial=0) + 1).tolist()
    return SlideTiles(
        positions=positions,
        orientation=orientation,
        spacing=spacing,
        shape=shape,
        frame_of_reference=source.frame_of_reference,
        thickness=thickness,
        matrix=(rows, columns),
        corners=corners,
        origin=source.origin,
    )


def matrix_layers(matrix: Any, tiles: SlideTiles, numbers: Sequence[int], kind: SegmentationType) -> Layers:
    """Return a total pixel matrix as layers, its tiles read when they are needed.

    Raises
    ------
    ArgumentError
        The number of stacked segments, or a value, does not fit.
    UndescribedLabels
    """
    stacked = matrix.ndim == 3
    matrix = with_chunks_kept(matrix, tiles.shape)
    if stacked and matrix.shape[2] != len(numbers):
        raise ArgumentError(
            f"pixel_array stacks {matrix.shape[2]} segments and {len(numbers)} are described; the last axis "
            "must have one for each."
        )
    if np.dtype(matrix.dtype).kind == "f":
        if kind is SegmentationType.FRACTIONAL:
            return (), _matrix_fractions(matrix, tiles, numbers, stacked=stacked)
        matrix = _WholeNumbers(matrix, kind)
    if stacked:
        layers = []
        for i, number in enumerate(numbers):
            view = TiledArray(matrix, tiles, i)
            strange = [v for v in values_in(view).tolist() if v not in (0, 1)]
            if strange:
                raise ArgumentError(
                    f"pixel_array stacks segments and holds the values {strange[:10]}; each must be 0 or 1."
                )
            layers.append(LabelLayer(view, {1: number}))
        return tuple(layers), ()
    view = TiledArray(matrix, tiles)
    strange = [v for v in values_in(view).tolist() if v != 0 and v not in set(numbers)]
    if strange:
        raise UndescribedLabels(
            f"pixel_array holds the values {strange[:10]}, which no segment description names; described are "
            f"{list(numbers)[:10]}."
        )
    return (LabelLayer(view, {n: n for n in numbers}),), ()


def _matrix_fractions(
    matrix: Any, tiles: SlideTiles, numbers: Sequence[int], *, stacked: bool
) -> tuple[FractionLayer, ...]:
    if not stacked and len(numbers) != 1:
        raise ArgumentError(
            f"pixel_array holds fractions in one matrix and {len(numbers)} segments are described; stack the "
            "fractions of each segment along a last axis."
        )
    views = [TiledArray(matrix, tiles, i if stacked else None) for i in range(len(numbers))]
    return tuple(FractionLayer(v, n) for v, n in zip(views, numbers, strict=True))


class _WholeNumbers:
    """A matrix of floats as the integers that they must be; only what is asked for is read."""

    dtype = np.dtype(np.uint16)

    def __init__(self, matrix: Any, kind: SegmentationType) -> None:
        self._matrix, self._kind = matrix, kind
        self.shape, self.ndim = matrix.shape, matrix.ndim

    def __getitem__(self, key: Any) -> np.ndarray:
        return whole_numbers(np.asarray(self._matrix[key])[None], self._kind)[0]


def _measures(
    source: SlideTiles,
    plane_orientation: PlaneOrientationSequence | None,
    pixel_measures: PixelMeasuresSequence | None,
) -> tuple[str, str, str]:
    """Return orientation, pixel spacing and slice thickness."""
    orientation, spacing, thickness = source.orientation, source.spacing, source.thickness
    if plane_orientation is not None:
        orientation = decimal_string(plane_orientation[0], "ImageOrientationSlide")
    if pixel_measures is not None:
        spacing = decimal_string(pixel_measures[0], "PixelSpacing")
        known = pixel_measures[0].get("SliceThickness")
        thickness = decimal_string(pixel_measures[0], "SliceThickness") if known else ""
    return orientation, spacing, thickness


def _slide_position(position: PlanePositionSequence) -> tuple[str, tuple[int, int]]:
    item = position[0]
    if "RowPositionInTotalImagePixelMatrix" not in item:
        raise ArgumentError("plane_positions are not on a slide, where the source images are.")
    parts = [decimal_string(item, f"{axis}OffsetInSlideCoordinateSystem") for axis in ("X", "Y", "Z")]
    return "\\".join(parts), (
        int(item.RowPositionInTotalImagePixelMatrix) - 1,
        int(item.ColumnPositionInTotalImagePixelMatrix) - 1,
    )
