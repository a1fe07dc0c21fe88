"""Segmentations of slides: one matrix of pixels, cut into tiles, in one or several resolutions.

Slicer shows one level of a slide as a volume of one slice. It is taken to lie where the slide coordinates
say: millimetres in the frame of reference of the slide, x, y and z for left, posterior and superior.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .NodeContents import NodeContents
from .Options import SOURCE_LEVELS, ExportOptions
from .Parts import Memo
from .Placing import Placement, placeOnGrid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dicomsegcodec.findings import Finding, Progress
    from dicomsegcodec.geometry import Geometry
    from dicomsegcodec.layers import FractionLayer, LabelLayer, LayeredSegmentation
    from dicomsegcodec.slides import SlideTiles
    from dicomsegcodec.sources import SourceImages

    from .Exporting import Files
    from .Planning import ObjectToWrite

_TAGS = ["SOPClassUID", "Modality", "ImageType", "TotalPixelMatrixRows"]


def readSlide(files: "Files", progress: "Progress | None" = None) -> "list[SourceImages]":
    """Return the images of a slide from the highest resolution down; none where the files are no slide.

    Images of the label and the whole glass are passed over, since they show no tissue at a known place.

    Raises
    ------
    SourceError, ReadError
        They cannot be used.
    MixedSources
        They belong to several series.
    """
    from dicomsegcodec.errors import MixedSources
    from dicomsegcodec.findings import tell
    from dicomsegcodec.sources import read_sources

    paths = _paths(files)
    first = next((header for header in map(_glance, paths) if header is not None), None)
    if first is None or not first.get("TotalPixelMatrixRows"):
        return []
    levels = []
    for done, path in enumerate(paths):
        tell(progress, done / len(paths), "Reading source images")
        header = _glance(path)
        if header is not None and _isTissue(header):
            levels.append(read_sources([path]))
    series = {str(level.datasets[0].SeriesInstanceUID) for level in levels}
    if len(series) > 1:
        raise MixedSources(
            f"The slide images belong to {len(series)} series; choose the images of one pyramid."
        )
    return sorted(levels, key=lambda level: -level.planes.matrix[0] * level.planes.matrix[1])


def planSlide(
    contents: NodeContents,
    levels: "Sequence[SourceImages]",
    options: ExportOptions,
    memo: Memo | None = None,
) -> "tuple[list[ObjectToWrite], list[Finding]]":
    """Return an object for each level of each segmentation that an export of a slide writes.

    Raises
    ------
    GeometryMismatch
        The segments do not stand on the pixels of any level.
    ArgumentError
        Segments have pixels beyond the slide, and the options do not say what to do.
    OverlappingSegments
    """
    from dicomsegcodec.uid import UID

    from .Planning import ObjectToWrite, colorsOf, partOverlaps

    base, placement = onLevel(contents, levels, options, memo)
    parted, findings, options = partOverlaps(contents, placement, options, memo)
    objects: list[ObjectToWrite] = []
    below = levels[levels.index(base) + 1 :]
    series = str(UID())
    for layered in parted:
        places = list(_levels(base, below, options))
        pyramid = {"pyramid_uid": str(UID())} if len(places) > 1 else {}
        for place in places:
            writing = options.forCodec(
                series_instance_uid=series,
                instance_number=len(objects) + 1,
                tiled_full=options.tiledFull,
                keep_empty_frames=options.keepEmptyFrames or options.tiledFull,
                **pyramid,
                **colorsOf(layered, options),
            )
            objects.append(ObjectToWrite(_tiled(layered, place.tiles), place.sources, writing))
    return objects, [*placement.findings, *findings]


# --- which images are a slide -------------------------------------------------------------------------------


def _paths(files: "Files") -> list[Path]:
    if not isinstance(files, (str, os.PathLike)):
        return [Path(file) for file in files]
    path = Path(files)
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def _glance(path: Path) -> "Dataset | None":
    """Return what tells a slide's image, or None where the file is not DICOM or a segmentation."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    from dicomsegcodec.errors import ReadError
    from dicomsegcodec.lenient import reading

    try:
        with reading(str(path)):
            header = dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
    except (InvalidDicomError, ReadError):  # who reads the images in full says what is wrong with it
        return None
    return header if header.get("Modality") != "SEG" else None


def _isTissue(header: "Dataset") -> bool:
    kinds = [str(kind) for kind in header.get("ImageType") or ()]
    return bool(header.get("TotalPixelMatrixRows")) and not {"LABEL", "OVERVIEW"} & set(kinds[2:3])


# --- which level the segments stand on ----------------------------------------------------------------------


def onLevel(
    contents: NodeContents, levels: "Sequence[SourceImages]", options: ExportOptions, memo: Memo | None
) -> "tuple[SourceImages, Placement]":
    """Return the level on whose pixels the segments stand, and them on its matrix as one plane."""
    from dicomsegcodec.errors import GeometryMismatch
    from dicomsegcodec.geometry import Planes
    from dicomsegcodec.slide_grid import matrix_grid

    strict = replace(options, grid="REFUSE")
    first: GeometryMismatch | None = None
    for level in levels:
        grid: Geometry = matrix_grid(level.planes)
        try:
            return level, placeOnGrid(contents, Planes.of(grid), grid, strict, memo)
        except GeometryMismatch as error:
            first = first or error
    assert first is not None  # there is at least one level
    raise first


# --- levels and tiles ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Level:
    sources: "SourceImages"
    tiles: "SlideTiles"


def _levels(base: "SourceImages", below: "Sequence[SourceImages]", options: ExportOptions) -> list[_Level]:
    factors = options.downsampleFactors
    if factors == SOURCE_LEVELS:
        return [_Level(level, _cut(level.planes, options)) for level in (base, *below)]
    rows, columns = base.planes.matrix
    sizes = [(max(1, round(rows / f)), max(1, round(columns / f))) for f in factors]
    return [
        _Level(base, _cut(base.planes, options)),
        *(_Level(base, _cut(_smaller(base.planes, size), options)) for size in sizes),
    ]


def _smaller(planes: "SlideTiles", size: tuple[int, int]) -> "SlideTiles":
    """Return the tiles of the same area in fewer pixels."""
    from dicomsegcodec.geometry import ds_text, ds_values

    between = [
        s * old / new for s, old, new in zip(ds_values(planes.spacing), planes.matrix, size, strict=True)
    ]
    # The origin is that of every level, as scanners and other writers have it.
    return replace(planes, matrix=size, spacing=ds_text(between))


def _cut(planes: "SlideTiles", options: ExportOptions) -> "SlideTiles":
    from dicomsegcodec.slides import SlideTiles

    return SlideTiles.covering(
        planes.matrix,
        options.tileSize or planes.shape,
        origin=planes.origin,
        orientation=planes.orientation,
        spacing=planes.spacing,
        frame_of_reference=planes.frame_of_reference,
        thickness=planes.thickness,
    )


def _tiled(layered: "LayeredSegmentation", tiles: "SlideTiles") -> "LayeredSegmentation":
    """Return a segmentation of one plane, the matrix, as tiles; at another size if the matrix has one."""
    from dicomsegcodec.layers import FractionLayer, LabelLayer, LayeredSegmentation
    from dicomsegcodec.tiled_array import TiledArray

    def cut(layer: "LabelLayer | FractionLayer") -> Any:
        return TiledArray(_atSize(_Matrix(layer, layered.planes.shape), tiles.matrix), tiles)

    return LayeredSegmentation(
        tiles,
        layered.segments,
        tuple(LabelLayer(cut(layer), layer.segments) for layer in layered.layers),
        tuple(FractionLayer(cut(layer), layer.segment) for layer in layered.fractions),
    )


def _atSize(matrix: "_Matrix", size: tuple[int, int]) -> Any:
    from dicomsegcodec.resampling import Resampled

    if matrix.shape == size:
        return matrix
    return Resampled(matrix, size, average=matrix.dtype.kind == "f")


class _Matrix:
    """A layer of one plane as a total pixel matrix, 0 where the layer is not."""

    ndim = 2

    def __init__(self, layer: "LabelLayer | FractionLayer", shape: tuple[int, int]) -> None:
        self._pixels: Any = layer.pixels
        self._row, self._column = layer.origin[1:]
        self.shape = shape
        self.dtype = np.dtype(layer.pixels.dtype)

    def __getitem__(self, key: Any) -> np.ndarray:
        """Return a window: slices of rows and columns."""
        (top, bottom, _), (left, right, _) = (
            part.indices(size) for part, size in zip(key, self.shape, strict=True)
        )
        out = np.zeros((max(0, bottom - top), max(0, right - left)), self.dtype)
        height, width = self._pixels.shape[1:]
        first, last = max(top, self._row), min(bottom, self._row + height)
        start, stop = max(left, self._column), min(right, self._column + width)
        if first < last and start < stop:
            rows = slice(first - self._row, last - self._row)
            columns = slice(start - self._column, stop - self._column)
            out[first - top : last - top, start - left : stop - left] = self._pixels[0, rows, columns]
        return out
