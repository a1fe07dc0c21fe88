"""Segments that are no sets of voxels but probabilities or occupancies: fractional labelmaps, and volumes.

Which numbers stand for 0 and 1 is stated, by the labelmap or by the options, and never guessed from the data.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import get_numpy_array_type, numpy_to_vtk

from . import Grid
from .NodeContents import NodeFractions
from .NodePlaces import indexToLpsOf, referenceVolume, transformToImages

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding

    from .Options import ExportOptions

_ROUNDING = 1e-5
"""How far beyond 0 or 1 a fraction may be that was computed in 32 bits."""


def readFractions(
    segmentationNode,
    numberOf: Mapping[str, int],
    options: "ExportOptions",
    volumes: Mapping[str, Any],
    moved: np.ndarray,
    memo: MutableMapping[Any, Any] | None = None,
) -> "tuple[list[NodeFractions], list[Finding]]":
    """Return the fractions of those segments that have any, and what is worth knowing of the others.

    Parameters
    ----------
    numberOf : mapping of str to int
        Segment Number of each segment ID.
    volumes : mapping of str to vtkMRMLScalarVolumeNode
        By segment ID.
    moved : (4, 4) array
        From the segmentation's RAS to that of the images.

    Raises
    ------
    ArgumentError
        A volume is given for an unknown segment, has several components, or holds numbers beyond those that
        stand for 0 and 1.
    """
    from dicomsegcodec.errors import ArgumentError

    from .Findings import names, note, refusal

    segmentation = segmentationNode.GetSegmentation()
    unknown = sorted(segmentId for segmentId in volumes if segmentation.GetSegment(segmentId) is None)
    if unknown:
        raise refusal(
            ArgumentError(f"Fractions are given for {names(unknown)}, and there is no such segment."),
            "chooseFractions",
        )
    name = slicer.vtkSegmentationConverter.GetSegmentationFractionalLabelmapRepresentationName()
    found: list[NodeFractions] = []
    without: list[str] = []
    for segmentId, number in numberOf.items():
        segment = segmentation.GetSegment(segmentId)
        image = segment.GetRepresentation(name)
        if volumes.get(segmentId) is not None:
            part = _ofVolume(segmentationNode, volumes[segmentId], number, options)
        elif image is not None and image.GetNumberOfPoints():
            part = _ofLabelmap(image, number, options, moved)
        else:
            without.append(segmentId)
            continue
        found.append(_checked(part, segment.GetName() or "", segmentId, volumes.get(segmentId), memo))
    findings: list[Finding] = []
    if without:
        labels = [segmentation.GetSegment(segmentId).GetName() or "" for segmentId in without]
        has = "Segments {} have" if len(labels) > 1 else "Segment {} has"
        text = f"{has.format(names(labels))} no fractions, only voxels, which are written as 0 and 1."
        findings.append(note(text, "chooseFractions", segmentIds=without))
    return found, findings


def thresholded(segmentation, ids: Sequence[str]) -> "tuple[list[tuple[Any, int, bool]], list[Finding]]":
    """Return an image of 0 and 1, the label 1 and False for each segment with a fractional labelmap."""
    from .Findings import names, note

    name = slicer.vtkSegmentationConverter.GetSegmentationFractionalLabelmapRepresentationName()
    made: dict[Any, Any] = {}
    found = []
    for segmentId in ids:
        image = segmentation.GetSegment(segmentId).GetRepresentation(name)
        if image not in made:
            made[image] = _mask(image)
        found.append((made[image], 1, False))
    labels = [segmentation.GetSegment(segmentId).GetName() or "" for segmentId in ids]
    text = (
        f"Segment{'s' if len(labels) > 1 else ''} {names(labels)} hold fractions; voxels of at least the "
        "labelmap's threshold are written. Choose FRACTIONAL to write the fractions."
    )
    return found, [note(text, segmentIds=ids)]


def _mask(image):
    """Return an oriented image that is 1 where a fractional labelmap reaches its threshold."""
    mask = slicer.vtkOrientedImageData()
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    if not image.GetNumberOfPoints() or image.GetPointData().GetScalars() is None:
        return mask
    low, high = _statedRange(image) or (0.0, 1.0)
    stated = _fieldValues(image, slicer.vtkSegmentationConverter.GetThresholdValueFieldName())
    threshold = stated[0] if stated else (low + high) / 2
    scalars = numpy_to_vtk((pixelsOf(image) >= threshold).view(np.uint8).reshape(-1), deep=True)
    scalars.SetName("ImageScalars")
    mask.SetExtent(image.GetExtent())
    mask.GetPointData().SetScalars(scalars)
    mask.SetGeometryFromImageToWorldMatrix(matrix)
    return mask


def _ofLabelmap(image, number: int, options: "ExportOptions", moved: np.ndarray) -> NodeFractions:
    low, high = _statedRange(image) or options.fractionRange
    return NodeFractions(pixelsOf(image), number, indexToLpsOf(image, moved), low, high, image.GetMTime())


def _ofVolume(segmentationNode, volume, number: int, options: "ExportOptions") -> NodeFractions:
    from dicomsegcodec.errors import ArgumentError

    from .Findings import refusal

    image = volume.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        raise refusal(ArgumentError(f"Volume '{volume.GetName()}' has no voxels."), "chooseFractions")
    if image.GetNumberOfScalarComponents() != 1:
        raise refusal(
            ArgumentError(
                f"Volume '{volume.GetName()}' has {image.GetNumberOfScalarComponents()} components a voxel; "
                "fractions have 1."
            ),
            "chooseFractions",
        )
    moved = transformToImages(volume, referenceVolume(segmentationNode), f"Volume '{volume.GetName()}'")
    indexToLps = Grid.toIndexToLps(moved @ Grid.toIjkToRas(Grid.geometryOfVolume(volume).index_to_lps))
    low, high = options.fractionRange
    stamp = max(image.GetMTime(), volume.GetMTime())
    return NodeFractions(pixelsOf(image), number, indexToLps, low, high, stamp)


def _checked(
    part: NodeFractions, name: str, segmentId: str, volume: Any, memo: MutableMapping[Any, Any] | None
) -> NodeFractions:
    """Return fractions that are known to be from 0 to 1, or to be beyond by no more than a rounding."""
    from dicomsegcodec.errors import ArgumentError

    from .Findings import refusal

    if not part.pixels.size:
        return part
    key = (part.stamp, "range")
    found = None if memo is None else memo.get(key)
    lowest, highest = found or (float(part.pixels.min()), float(part.pixels.max()))
    if memo is not None:
        memo[key] = (lowest, highest)
    if part.low <= lowest and highest <= part.high:
        return part
    room = _ROUNDING * (part.high - part.low)
    if part.low - room <= lowest and highest <= part.high + room:  # so that NaN is refused too
        return replace(part, isRounded=True)
    what = f"volume '{volume.GetName()}'" if volume is not None else "the fractional labelmap"
    raise refusal(
        ArgumentError(
            f"For segment '{name}', {what} holds numbers from {lowest:.6g} to {highest:.6g}, where "
            f"{part.low:.6g} stands for the fraction 0 and {part.high:.6g} for 1. Say which numbers do "
            "(fractionRange), or choose another volume."
        ),
        "chooseFractions",
        segmentIds=[segmentId],
    )


def _statedRange(image) -> tuple[float, float] | None:
    """Return the numbers that stand for 0 and 1 in a fractional labelmap, as it states them."""
    values = _fieldValues(image, slicer.vtkSegmentationConverter.GetScalarRangeFieldName())
    return (values[0], values[1]) if len(values) == 2 and values[0] < values[1] else None


def _fieldValues(image, name: str) -> list[float]:
    array = image.GetFieldData().GetArray(name)
    if array is None:
        return []
    return [array.GetValue(n) for n in range(array.GetNumberOfValues())]


def pixelsOf(image) -> np.ndarray:
    """Return a view of the voxels of an image as (slices, rows, columns)."""
    columns, rows, slices = image.GetDimensions()
    scalars = image.GetPointData().GetScalars()
    dtype = get_numpy_array_type(scalars.GetDataType())
    return np.frombuffer(scalars, dtype).reshape(slices, rows, columns)
