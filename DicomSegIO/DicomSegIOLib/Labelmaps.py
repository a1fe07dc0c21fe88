"""The voxels of segments: their binary labelmaps, or what is made of what they have instead."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
from vtk.util.numpy_support import get_numpy_array_type

from .NodePlaces import geometryParameter

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding


def hasLabelmaps(segmentation, ids: Sequence[str]) -> bool:
    """Tell whether segments have voxels already, so that none must be made."""
    names = (
        slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName(),
        slicer.vtkSegmentationConverter.GetSegmentationFractionalLabelmapRepresentationName(),
    )
    segments = [segmentation.GetSegment(id_) for id_ in ids]
    return any(all(segment.GetRepresentation(name) is not None for segment in segments) for name in names)


def requireSourceGeometry(segmentation) -> None:
    """Check that voxels can be made of the segments, which have none.

    Raises
    ------
    ArgumentError
        The segmentation does not know on which grid.
    """
    from dicomsegcodec.errors import ArgumentError

    from .Findings import refusal

    if geometryParameter(segmentation):
        return
    raise refusal(
        ArgumentError(
            f"The segments are stored as {segmentation.GetSourceRepresentationName()}, and the "
            "segmentation does not know the voxels of the images; set its source geometry to the volume "
            "that was segmented (Segment Editor: specify geometry), then export."
        ),
        "setGeometry",
    )


def binaryLabelmaps(segmentation, ids: Sequence[str]) -> "tuple[list[tuple[Any, int, bool]], list[Finding]]":
    """Return image, label value, and whether the image is the segment's own, for each segment."""
    binary = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    segments = [segmentation.GetSegment(id_) for id_ in ids]
    if all(segment.GetRepresentation(binary) is not None for segment in segments):
        return [(s.GetRepresentation(binary), s.GetLabelValue(), True) for s in segments], []
    if hasLabelmaps(segmentation, ids):
        from .Fractions import thresholded

        return thresholded(segmentation, ids)
    # When the copy ends, it gives each segment an image of its own of the full size, unless they have none.
    copy = _converted(segmentation, ids, binary)
    segments = [copy.GetSegment(id_) for id_ in ids]
    images = [(segment.GetRepresentation(binary), segment.GetLabelValue(), False) for segment in segments]
    for segment in segments:
        segment.RemoveRepresentation(binary)
    return images, []


def _converted(segmentation, ids: Sequence[str], representation: str):
    """Return a vtkSegmentation with copies of segments, and labelmaps made of what they have."""
    from dicomsegcodec.errors import ArgumentError

    requireSourceGeometry(segmentation)
    source = segmentation.GetSourceRepresentationName()
    copy = slicer.vtkSegmentation()
    copy.SetSourceRepresentationName(source)
    copy.CopyConversionParameters(segmentation)
    copy.SetConversionParameter(
        slicer.vtkClosedSurfaceToBinaryLabelmapConversionRule.GetOversamplingFactorParameterName(), "1"
    )
    for id_ in ids:
        segment, shown = slicer.vtkSegment(), segmentation.GetSegment(id_)
        segment.DeepCopyMetadata(shown)
        if shown.GetRepresentation(source) is not None:
            segment.AddRepresentation(source, shown.GetRepresentation(source))
        copy.AddSegment(segment, id_)
    if not copy.CreateRepresentation(representation):
        raise ArgumentError(
            f"The segments are stored as {source}, which cannot be turned into voxels; create their binary "
            "labelmap in the Segmentations module, then export."
        )
    return copy


def labelsOf(image, name: str) -> np.ndarray:
    """Return the voxels of an image as (slices, rows, columns) integers; a copy only if they are not."""
    from dicomsegcodec.errors import ArgumentTypeError

    columns, rows, slices = image.GetDimensions()
    if image.GetNumberOfScalarComponents() != 1:
        raise ArgumentTypeError(
            f"The labelmap of segment '{name}' has {image.GetNumberOfScalarComponents()} components a "
            "voxel; it needs 1."
        )
    scalars = image.GetPointData().GetScalars()
    # Not vtk_to_numpy(), which in VTK 9.6 sets the shape of an array, deprecated in NumPy 2.5.
    flat = np.frombuffer(scalars, get_numpy_array_type(scalars.GetDataType()))
    pixels = flat.reshape(slices, rows, columns)
    if pixels.dtype.kind in "iu":
        return pixels
    with np.errstate(invalid="ignore"):
        whole = pixels.astype(np.int32)
    if not np.array_equal(whole, pixels):
        raise ArgumentTypeError(
            f"The labelmap of segment '{name}' holds numbers that are not whole, as of a probability; "
            "threshold it first, or export it as FRACTIONAL."
        )
    return whole
