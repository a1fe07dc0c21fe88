"""Segmentations and volumes made with Slicer's own calls, and what can be compared of them.

Nothing here uses the code under test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import slicer
import vtk
from pydicom.dataset import Dataset
from vtk.util.numpy_support import get_numpy_array_type, numpy_to_vtk

REPRESENTATION = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
SURFACE = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
TISSUE_ENTRY = slicer.vtkSegment().GetTerminology()


@dataclass
class Layer:
    """An image that segments share: the label value of each segment ID, and where it lies in the volume."""

    pixels: np.ndarray
    labels: Mapping[str, int]
    first: tuple[int, int, int] = (0, 0, 0)
    ijkToRas: np.ndarray | None = None


@dataclass
class Looks:
    """What is said about a segment."""

    name: str
    color: tuple[float, float, float] = (0.2, 0.4, 0.6)
    tags: Mapping[str, str] = field(default_factory=dict)


def matrixOf(array: np.ndarray) -> vtk.vtkMatrix4x4:
    matrix = vtk.vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            matrix.SetElement(row, column, array[row, column])
    return matrix


def arrayOf(matrix: vtk.vtkMatrix4x4) -> np.ndarray:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def ijkToRasOf(images: Sequence[Dataset]) -> np.ndarray:
    """Return the matrix of a volume whose slices are the images, in their order, as Slicer loads them."""
    first = images[0]
    row, column = np.array(first.ImageOrientationPatient[:3]), np.array(first.ImageOrientationPatient[3:])
    positions = np.array([image.ImagePositionPatient for image in images], float)
    if len(images) > 1:
        step = (positions[-1] - positions[0]) / (len(images) - 1)
    else:
        step = np.cross(row, column) * float(first.SliceThickness)
    matrix = np.eye(4)
    matrix[:3, 0] = row * float(first.PixelSpacing[1])
    matrix[:3, 1] = column * float(first.PixelSpacing[0])
    matrix[:3, 2] = step
    matrix[:3, 3] = positions[0]
    matrix[:2] *= -1
    return matrix


def addVolume(scene, images: Sequence[Dataset], name: str = "volume"):
    """Return a volume node whose slices are the images, in their order."""
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    image = vtk.vtkImageData()
    image.SetDimensions(int(images[0].Columns), int(images[0].Rows), len(images))
    image.AllocateScalars(vtk.VTK_SHORT, 1)
    image.GetPointData().GetScalars().Fill(0)
    volume.SetAndObserveImageData(image)
    volume.SetIJKToRASMatrix(matrixOf(ijkToRasOf(images)))
    volume.SetAttribute("DICOM.instanceUIDs", " ".join(str(image.SOPInstanceUID) for image in images))
    return volume


def orientedImage(pixels: np.ndarray, first: Sequence[int], ijkToRas: np.ndarray):
    """Return an image of (slices, rows, columns) pixels whose first voxel has the index `first` (i, j, k)."""
    image = slicer.vtkOrientedImageData()
    slices, rows, columns = pixels.shape
    i, j, k = first
    image.SetExtent(i, i + columns - 1, j, j + rows - 1, k, k + slices - 1)
    scalars = numpy_to_vtk(np.ascontiguousarray(pixels).reshape(-1), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    image.SetImageToWorldMatrix(matrixOf(ijkToRas))
    return image


def addSegmentation(
    scene,
    segments: Mapping[str, Looks],
    layers: Sequence[Layer],
    *,
    volume=None,
    ijkToRas: np.ndarray | None = None,
    name: str = "segmentation",
):
    """Return a segmentation node with these segments, in their order; those in no layer are empty."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    if volume is not None:
        node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
        grid = vtk.vtkMatrix4x4()
        volume.GetIJKToRASMatrix(grid)
        ijkToRas = arrayOf(grid) if ijkToRas is None else ijkToRas
    homes: dict[str, tuple[Any, int]] = {}
    for layer in layers:
        image = orientedImage(
            layer.pixels, layer.first, ijkToRas if layer.ijkToRas is None else layer.ijkToRas
        )
        homes |= {segmentId: (image, label) for segmentId, label in layer.labels.items()}
    for segmentId, looks in segments.items():
        segment = slicer.vtkSegment()
        segment.SetName(looks.name)
        segment.SetColor(looks.color)
        for tag, value in looks.tags.items():
            segment.SetTag(tag, value)
        if segmentId in homes:
            image, label = homes[segmentId]
            segment.AddRepresentation(REPRESENTATION, image)
            segment.SetLabelValue(label)
        assert node.GetSegmentation().AddSegment(segment, segmentId)
    return node


def bufferOf(image) -> np.ndarray:
    """Return the voxels of an image as a flat view."""
    scalars = image.GetPointData().GetScalars()
    return np.frombuffer(scalars, get_numpy_array_type(scalars.GetDataType()))


def voxels(node, segmentId: str, volume) -> np.ndarray:
    """Return a segment as a (slices, rows, columns) bool array in a volume, by Slicer's own resampling."""
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(volume.GetImageData().GetDimensions())
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    image.SetImageToWorldMatrix(matrix)
    columns, rows, slices = image.GetDimensions()
    segment = node.GetSegmentation().GetSegment(segmentId)
    own = segment.GetRepresentation(REPRESENTATION)
    if own.GetNumberOfPoints() == 0:
        return np.zeros((slices, rows, columns), bool)
    out = slicer.vtkOrientedImageData()
    resample = slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage
    assert resample(own, image, out, False, False)
    scalars = bufferOf(out).reshape(slices, rows, columns)
    return scalars == segment.GetLabelValue()


def tagsOf(segment, names: Sequence[str]) -> dict[str, str]:
    """Return those of the tags that a segment has."""
    value = vtk.reference("")
    return {name: str(value.get()) for name in names if segment.GetTag(name, value)}


def state(scene) -> dict[str, Any]:
    """Return all of a scene that must not change: nodes, times of modification, voxels."""
    nodes = [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]
    seen: dict[str, Any] = {"nodes": [(node.GetID(), node.GetMTime()) for node in nodes]}
    for node in nodes:
        if not node.IsA("vtkMRMLSegmentationNode"):
            continue
        segmentation = node.GetSegmentation()
        segments = [segmentation.GetNthSegment(n) for n in range(segmentation.GetNumberOfSegments())]
        data = {
            representation: [segment.GetRepresentation(representation) for segment in segments]
            for representation in (REPRESENTATION, SURFACE)
        }
        seen[node.GetID()] = (
            segmentation.GetMTime(),
            segmentation.GetSourceRepresentationName(),
            segmentation.SerializeAllConversionParameters(),
            [(segment.GetMTime(), str(segment)) for segment in segments],
            {
                name: [item and (item.GetAddressAsString(""), item.GetMTime()) for item in items]
                for name, items in data.items()
            },
            [
                bufferOf(image).tobytes()
                for image in data[REPRESENTATION]
                if image is not None and image.GetNumberOfPoints()
            ],
        )
    return seen
