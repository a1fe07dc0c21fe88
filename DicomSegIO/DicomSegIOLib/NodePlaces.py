"""Where what is in a scene lies, in the coordinates of the images that were segmented."""

from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk

from . import Grid
from .NodeContents import SlicesOfVolume
from .SourceSearch import instanceUids

if TYPE_CHECKING:
    from dicomsegcodec.geometry import Geometry


def referenceVolume(segmentationNode):
    """Return the volume that a segmentation refers to, or None."""
    volume = segmentationNode.GetNodeReference(segmentationNode.GetReferenceImageGeometryReferenceRole())
    return volume if volume is not None and volume.IsA("vtkMRMLScalarVolumeNode") else None


def transformToImages(node, volume, what: str) -> np.ndarray:
    """Return the (4, 4) RAS matrix from the coordinates of a node to those of the images of a volume.

    Raises
    ------
    ArgumentError
        The transform between them is not linear.
    """
    from dicomsegcodec.errors import ArgumentError

    from .Findings import refusal

    mine = node.GetParentTransformNode()
    its = volume.GetParentTransformNode() if volume is not None else None
    between, linear = vtk.vtkGeneralTransform(), vtk.vtkTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(mine, its, between)
    if not slicer.vtkMRMLTransformNode.IsGeneralTransformLinear(between, linear):
        raise refusal(
            ArgumentError(
                f"{what} has the non-linear transform '{(mine or its).GetName()}', which would "
                "resample it; harden the transform on a copy of the segmentation (Data module), look at the "
                "result and export that."
            ),
            "hardenTransform",
        )
    return Grid.arrayFromMatrix(linear.GetMatrix())


def indexToLpsOf(image, moved: np.ndarray) -> np.ndarray:
    """Return the (4, 4) matrix from the index of an oriented image's voxels to the images' LPS.

    Parameters
    ----------
    moved : (4, 4) array
        From the image's RAS to that of the images that were segmented.
    """
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    i, _, j, _, k, _ = image.GetExtent()
    toFirst = np.eye(4)
    toFirst[:3, 3] = i, j, k
    return Grid.toIndexToLps(moved @ Grid.arrayFromMatrix(matrix) @ toFirst)


def geometryParameter(segmentation) -> str:
    """Return the source geometry of a segmentation as Slicer writes it; empty where it has none."""
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    # Asked for a parameter that nobody has set, VTK reports an error.
    known = segmentation.SerializeAllConversionParameters()
    return segmentation.GetConversionParameter(name) if name in known else ""


def statedGrid(segmentation, moved: np.ndarray) -> "Geometry | None":
    """Return the source geometry of a segmentation, or None where it has none."""
    from dicomsegcodec.geometry import Geometry

    text = geometryParameter(segmentation)
    image = slicer.vtkOrientedImageData()
    if not text or not slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, image, False):
        return None
    columns, rows, slices = image.GetDimensions()
    if min(columns, rows, slices) < 1:
        return None
    return Geometry(indexToLpsOf(image, moved), (slices, rows, columns))


def slicesOf(volume) -> SlicesOfVolume | None:
    """Return which images a volume was loaded from, or None where it does not say so of each slice."""
    if volume is None or volume.GetImageData() is None:
        return None
    instances = tuple(instanceUids(volume))
    geometry = Grid.geometryOfVolume(volume)
    return SlicesOfVolume(instances, geometry) if len(instances) == geometry.shape[0] else None
