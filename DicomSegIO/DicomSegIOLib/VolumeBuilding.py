"""Layers of the codec to volumes: label maps with a colour table, and probabilities."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from . import Grid, Terminology

if TYPE_CHECKING:
    from dicomsegcodec.layers import FractionLayer, LabelLayer, LayeredSegmentation
    from dicomsegcodec.segments import Segment

SEGMENT_NUMBER = "DicomSegIO.SegmentNumber"
SEGMENT_ID = "DicomSegIO.SegmentID"
"""Attributes of a probability volume: which segment it is of."""


def addLabelVolumes(
    scene: Any, layered: "LayeredSegmentation", indexToLps: np.ndarray, name: str
) -> list[Any]:
    """Return a label map volume for each layer, added to a scene; labels are Segment Numbers.

    Parameters
    ----------
    layered : LayeredSegmentation
        With at least one layer.
    indexToLps : (4, 4) array
        Of its grid.
    """
    nodes = []
    for place, layer in enumerate(layered.layers, start=1):
        title = f"{name} {place}" if len(layered.layers) > 1 else name
        held = [segment for segment in layered.segments if segment.number in layer.segments.values()]
        node = _volume(scene, "vtkMRMLLabelMapVolumeNode", title, layer, indexToLps, _numbers(layer))
        node.CreateDefaultDisplayNodes()
        colors = _colorTable(scene, title, held if place > 1 else layered.segments)
        node.GetDisplayNode().SetAndObserveColorNodeID(colors.GetID())
        nodes.append(node)
    return nodes


def addProbabilityVolumes(
    scene: Any, layered: "LayeredSegmentation", indexToLps: np.ndarray, name: str
) -> dict[str, Any]:
    """Return a volume of fractions, 0 to 1, for each segment that has any, by its ID; added to a scene."""
    segments = {segment.number: segment for segment in layered.segments}
    nodes = {}
    for layer in layered.fractions:
        segment = segments[layer.segment]
        title = f"{name} - {segment.label}"
        node = _volume(scene, "vtkMRMLScalarVolumeNode", title, layer, indexToLps, np.asarray(layer.pixels))
        node.CreateDefaultDisplayNodes()
        segmentId = Terminology.segmentId(segment)
        node.SetAttribute(SEGMENT_NUMBER, str(segment.number))
        node.SetAttribute(SEGMENT_ID, segmentId)
        nodes[segmentId] = node
    return nodes


def expanded(layered: "LayeredSegmentation") -> "LayeredSegmentation":
    """Return a segmentation whose layers fill its grid, with zeros where they were not."""
    from dataclasses import replace

    def fill(layer: Any) -> Any:
        pixels = np.zeros(layered.shape, layer.pixels.dtype)
        box = tuple(slice(o, o + n) for o, n in zip(layer.origin, layer.pixels.shape, strict=True))
        pixels[box] = layer.pixels
        return replace(layer, pixels=pixels, origin=(0, 0, 0))

    return replace(
        layered,
        layers=tuple(fill(layer) for layer in layered.layers),
        fractions=tuple(fill(layer) for layer in layered.fractions),
    )


def _numbers(layer: "LabelLayer") -> np.ndarray:
    """Return the pixels of a layer as Segment Numbers."""
    if all(value == number for value, number in layer.segments.items()):
        return layer.pixels
    from dicomsegcodec.raster import relabel
    from dicomsegcodec.samples import SampleFormat

    dtype = SampleFormat.holding(max(layer.segments.values(), default=0)).dtype
    return relabel(layer.pixels, layer, dtype)


def _volume(
    scene: Any,
    className: str,
    name: str,
    layer: "LabelLayer | FractionLayer",
    indexToLps: np.ndarray,
    pixels: np.ndarray,
) -> Any:
    pixels = np.require(pixels, requirements=["C", "W"])
    image = vtk.vtkImageData()
    slices, rows, columns = pixels.shape
    image.SetDimensions(columns, rows, slices)
    scalars = numpy_to_vtk(pixels.reshape(-1), deep=False)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    toFirst = np.eye(4)
    toFirst[:3, 3] = layer.origin
    node = scene.AddNewNodeByClass(className, _text(name))
    node.SetIJKToRASMatrix(Grid.matrixFromArray(Grid.toIjkToRas(indexToLps @ toFirst)))
    node.SetAndObserveImageData(image)
    return node


def _colorTable(scene: Any, name: str, segments: "Sequence[Segment]") -> Any:
    """Return a table of the segments' names and colours by their numbers, added to a scene."""
    table = slicer.vtkMRMLColorTableNode()
    table.SetTypeToUser()
    table.SetName(_text(f"{name} colors"))
    table.SetHideFromEditors(False)
    table.SetNumberOfColors(max((segment.number for segment in segments), default=0) + 1)
    table.SetColor(0, "background", 0.0, 0.0, 0.0, 0.0)
    for segment in segments:
        red, green, blue = Terminology.segmentColor(segment) or (0.5, 0.5, 0.5)
        table.SetColor(segment.number, _text(segment.label), red, green, blue, 1.0)
    scene.AddNode(table)
    return table


def _text(text: str) -> str:
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
