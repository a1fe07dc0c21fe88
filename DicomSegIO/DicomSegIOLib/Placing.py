"""Where the segments of a node come to lie: on the images' voxels, or what is done where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from . import Grid
from .NodeContents import NodeContents, NodeLayer
from .Outside import countOutside, refuseBeyond, shareOutside
from .OwnGrid import findOwnGrid
from .Parts import Memo, Part, numbersIn, segmentNames, stampOf
from .Resampling import resampled
from .Views import MaskAsFractions, ScaledFractions

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.geometry import Geometry, Planes
    from dicomsegcodec.layers import LayeredSegmentation
    from dicomsegcodec.sources import SourceImages

    from .Options import ExportOptions


@dataclass(frozen=True, eq=False)
class Placement:
    """Segments on the planes that the frames get.

    Parameters
    ----------
    layered : LayeredSegmentation
    findings : tuple of Finding
        What was done to them on the way.
    stamps : tuple
        For each label layer, then each fraction layer of `layered`: something that is another one whenever
        its voxels or their place are others; None where that is unknown.
    """

    layered: "LayeredSegmentation"
    findings: "tuple[Finding, ...]"
    stamps: tuple[Any, ...]


def place(
    contents: NodeContents, sources: "SourceImages", options: "ExportOptions", memo: Memo | None = None
) -> Placement:
    """Return segments on the planes of source images, or on a grid of their own where that is asked for.

    Raises
    ------
    IrregularPlanes
        The planes are not evenly spaced, and nothing says which of them is which slice of the volume.
    GeometryMismatch
        Segments do not stand on the images' pixels, and the options do not say what to do.
    ArgumentError
        Segments have voxels where there is no image, and the options do not say what to do.
    """
    from dicomsegcodec.errors import IrregularPlanes
    from dicomsegcodec.geometry import Geometry

    from .Findings import note, refusal

    planes = sources.planes
    try:
        grid = Geometry.of(planes)
    except IrregularPlanes as error:
        found = _planesBySlice(contents, sources)
        if found is None:
            raise refusal(error, "chooseReference", "chooseFolder") from error
        text = (
            f"{error} Each slice of the volume goes to the image that it was loaded from, with the image's "
            "own position."
        )
        planes, grid = found
        placement = placeOnGrid(contents, planes, grid, replace(options, grid="REFUSE"), memo)
        return replace(placement, findings=(note(text), *placement.findings))
    return placeOnGrid(contents, planes, grid, options, memo)


def placeOnGrid(
    contents: NodeContents,
    planes: "Planes",
    grid: "Geometry",
    options: "ExportOptions",
    memo: Memo | None = None,
) -> Placement:
    """Return segments on planes that are the slices of a grid; errors are those of `place`."""
    from .Findings import names, warning

    parts: list[Part] = [*contents.layers, *contents.fractions]
    places: list[Any] = [Grid.place(part.pixels, part.indexToLps, grid) for part in parts]
    astray = [part for part, where in zip(parts, places, strict=True) if where is None]
    if astray and options.grid == "REFUSE":
        raise _mismatch(contents, astray[0], grid)
    if astray and options.grid == "OWN":
        return _onOwnGrid(contents, parts, planes)
    findings = []
    if astray:
        places = [where or resampled(part, grid) for part, where in zip(parts, places, strict=True)]
        numbers = {number for part in astray for number in numbersIn(part)}
        text = (
            f"{segmentNames(contents, numbers)} {'are' if len(numbers) > 1 else 'is'} resampled to the "
            "images, nearest neighbour: "
            f"{Grid.sayDifference(astray[0].pixels.shape, astray[0].indexToLps, grid)}."
        )
        findings.append(warning(text, "useOwnGrid", segmentIds=contents.ids(numbers)))
    outside = countOutside(parts, places, grid, memo)
    if outside and options.grid == "OWN":
        return _onOwnGrid(contents, parts, planes)
    if outside:
        shares = shareOutside(contents, parts, places, grid, outside, memo)
        if options.outside != "CUT":
            raise refuseBeyond(contents, outside, shares)
        text = f"What lies outside of the source images is cut off: {names(shares, quote=False)}."
        findings.append(warning(text, "useOwnGrid", segmentIds=contents.ids(outside)))
    return _assemble(contents, planes, grid, parts, places, findings)


def _onOwnGrid(contents: NodeContents, parts: Sequence[Part], sources: "Planes") -> Placement:
    planes, grid, places, finding = findOwnGrid(contents, parts, sources)
    return _assemble(contents, planes, grid, parts, places, [finding])


# --- planes that are no regular grid ------------------------------------------------------------------------


def _planesBySlice(contents: NodeContents, sources: "SourceImages") -> "tuple[Planes, Geometry] | None":
    """Return the images' planes in the order of the volume's slices, and the grid that Slicer takes them for.

    None where the volume was not loaded from just these images, one a slice and pixel by pixel.
    """
    volume, planes = contents.volume, sources.planes
    if volume is None or sources.frame_number.any():
        return None
    known = {instance.sop_instance_uid: index for index, instance in enumerate(sources.instances)}
    order = [known.get(uid) for uid in volume.instances]
    chosen = [index for index in order if index is not None]
    if volume.geometry.shape != (len(planes), *planes.shape) or sorted(chosen) != list(range(len(planes))):
        return None
    if planes.located and not Grid.isAlikeInPlane(planes, volume.geometry):
        return None
    # The images' own planes where they can be: one without a place is known by being the same.
    inOrder = chosen == list(range(len(planes)))
    return planes if inOrder else planes.take(chosen), volume.geometry


# --- parts -> layers ----------------------------------------------------------------------------------------


def _assemble(
    contents: NodeContents,
    planes: "Planes",
    grid: "Geometry",
    parts: Sequence[Part],
    places: Sequence[Any],
    findings: "Sequence[Finding]",
) -> Placement:
    from dicomsegcodec.layers import FractionLayer, LabelLayer, LayeredSegmentation

    labels: list[tuple[LabelLayer, Any]] = []
    fractions: list[tuple[FractionLayer, Any]] = []
    for part, where in zip(parts, places, strict=True):
        inside = where.within(grid.shape)
        if inside is None:
            continue
        stamp = stampOf(part)
        if stamp is not None:
            stamp = (stamp, grid.shape, grid.index_to_lps.tobytes())
        if isinstance(part, NodeLayer):
            labels.append((LabelLayer(inside.pixels, part.segments, inside.origin), stamp))
        else:
            pixels = inside.pixels
            if part.isRounded or (part.low, part.high, pixels.dtype) != (0, 1, np.float32):
                pixels = ScaledFractions(pixels, part.low, part.high, part.isRounded)
            fractions.append((FractionLayer(pixels, part.segment, inside.origin), stamp))
    if contents.fractions:  # an object has fractions or labels, not both
        for layer, stamp in labels:
            for value, number in layer.segments.items():
                mask = FractionLayer(MaskAsFractions(layer.pixels, value), number, layer.origin)
                fractions.append((mask, stamp and (*stamp, number)))
        labels = []
    layered = LayeredSegmentation(
        planes,
        contents.segments,
        tuple(layer for layer, _ in labels),
        tuple(layer for layer, _ in fractions),
    )
    return Placement(layered, tuple(findings), tuple(stamp for _, stamp in (*labels, *fractions)))


def _mismatch(contents: NodeContents, part: Part, grid: "Geometry") -> Exception:
    from dicomsegcodec.errors import GeometryMismatch

    from .Findings import refusal

    numbers = numbersIn(part)
    return refusal(
        GeometryMismatch(
            f"{segmentNames(contents, numbers)} cannot be written on the source images' grid: "
            f"{Grid.sayDifference(part.pixels.shape, part.indexToLps, grid)}. Choose the series that was "
            "segmented; or ask for the segments' own grid, or to have them resampled to the images."
        ),
        "useOwnGrid",
        "resampleToImages",
        "chooseReference",
        segmentIds=contents.ids(numbers),
    )
