"""Segmentation nodes to and from the codec's layers; nothing is copied, padded or relabelled on the way.

Slicer holds segments that do not overlap in one image, a layer, each under a label value of its own; a layer
has the extent that it needs. That is the codec's form too, so arrays cross the border as views.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import get_numpy_array_type, numpy_to_vtk

from . import Grid, Terminology

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.geometry import Geometry, Planes
    from dicomsegcodec.layers import LabelLayer, LayeredSegmentation
    from dicomsegcodec.segments import Segment


@dataclass(frozen=True, eq=False)
class NodeLayer:
    """Segments of a node that share an image.

    Parameters
    ----------
    pixels : (slices, rows, columns) integer array
        A view of the image; it is valid as long as nobody edits the segmentation.
    segments : dict of int to int
        Segment Number of each label value.
    indexToLps : (4, 4) array
        Of `pixels`, in the coordinates of the images that were segmented.
    """

    pixels: np.ndarray
    segments: dict[int, int]
    indexToLps: np.ndarray


@dataclass(frozen=True, eq=False)
class NodeContents:
    """What a segmentation node holds; knows nothing of the scene, so it may go to another thread.

    Parameters
    ----------
    segments : tuple of Segment
        Numbered from 1 in the order of the node.
    layers : tuple of NodeLayer
        Segments without voxels are in none.
    findings : tuple of Finding
    """

    segments: "tuple[Segment, ...]"
    layers: tuple[NodeLayer, ...]
    findings: "tuple[Finding, ...]"

    def onPlanes(self, planes: "Planes") -> "LayeredSegmentation":
        """Return the segmentation on the planes of the source images.

        Raises
        ------
        IrregularPlanes
            The planes are not evenly spaced, so they are not what Slicer shows as a volume.
        GeometryMismatch
            A layer does not stand on the images' pixels.
        ArgumentError
            Segments have voxels where there is no image.
        """
        from dicomsegcodec.geometry import Geometry
        from dicomsegcodec.layers import LabelLayer, LayeredSegmentation

        grid = Geometry.of(planes)
        layers = []
        outside: dict[int, int] = {}
        for layer in self.layers:
            placed = Grid.place(layer.pixels, layer.indexToLps, grid)
            if placed is None:
                raise self._mismatch(layer, grid)
            for part in placed.outside(grid.shape):
                for number, count in _countVoxels(part, layer.segments).items():
                    outside[number] = outside.get(number, 0) + count
            inside = placed.within(grid.shape)
            if inside is not None:
                layers.append(LabelLayer(inside.pixels, layer.segments, inside.origin))
        if outside:
            raise self._beyond(outside)
        return LayeredSegmentation(planes, self.segments, tuple(layers))

    def _names(self, numbers: Iterable[int]) -> str:
        names = [f"'{segment.label}'" for segment in self.segments if segment.number in set(numbers)]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return ("Segment " if len(names) == 1 else "Segments ") + ", ".join(names[:3]) + more

    def _mismatch(self, layer: NodeLayer, grid: "Geometry") -> Exception:
        from dicomsegcodec.errors import GeometryMismatch

        names = self._names(layer.segments.values())
        return GeometryMismatch(
            f"{names} cannot be written on the source images' grid: "
            f"{Grid.sayDifference(layer.pixels.shape, layer.indexToLps, grid)}. Choose the series that was "
            "segmented, or resample the segmentation to its volume (Segment Editor: specify geometry)."
        )

    def _beyond(self, outside: dict[int, int]) -> Exception:
        from dicomsegcodec.errors import ArgumentError

        parts = [
            f"{count:,} voxel{'s' if count > 1 else ''} of segment '{segment.label}'"
            for segment in self.segments
            if (count := outside.get(segment.number, 0))
        ]
        more = f" and voxels of {len(parts) - 3} more segments" if len(parts) > 3 else ""
        return ArgumentError(
            f"{', '.join(parts[:3])}{more} lie outside of the source images, so there is no image to refer "
            "to; crop to the volume (Segmentations module, or Segment Editor: Mask volume or Scissors), "
            "or choose the series that covers them."
        )


# --- node -> layers -----------------------------------------------------------------------------------------


def readNode(segmentationNode, segmentIds: Sequence[str] | None = None) -> NodeContents:
    """Return the segments of a node and views of their voxels; the node and its scene stay as they are.

    A segment without a binary labelmap is converted on a copy. A parent transform moves the voxels, unless
    the reference volume has it too: images are where their DICOM files say, before any transform.

    Parameters
    ----------
    segmentIds : sequence of str, optional
        All when omitted. The node's order counts.

    Raises
    ------
    ArgumentError
        There is no segment, an ID is unknown, or something about a segment cannot be written.
    """
    from dicomsegcodec.errors import ArgumentError
    from dicomsegcodec.findings import Finding, Severity

    segmentation = segmentationNode.GetSegmentation()
    ids = chosenIds(segmentation, segmentIds)
    segments, findings = describeSegments(segmentation, ids)
    for finding in findings:
        if finding.severity is Severity.ERROR:
            raise ArgumentError(finding.text)
    moved = _transformToImages(segmentationNode)
    if not np.array_equal(moved, np.eye(4)):
        findings.append(
            Finding(Severity.NOTE, "The segmentation has a transform against the images; it is applied.")
        )
    images = _binaryLabelmaps(segmentation, ids)
    layers: list[NodeLayer] = []
    sharing: dict[vtk.vtkDataObject, list[NodeLayer]] = {}
    for number, (image, label, name) in enumerate(images, start=1):
        scalars = image.GetPointData().GetScalars()
        if scalars is None or image.GetNumberOfPoints() == 0:
            continue
        if label == 0:
            raise ArgumentError(
                f"Segment '{name}' has the label value 0, which stands for the background; give it another "
                "one."
            )
        # A label value that stands for two segments of one image makes them equal: each then has a layer.
        layer = next((known for known in sharing.get(image, []) if label not in known.segments), None)
        if layer is None:
            layer = NodeLayer(labelsOf(image, name), {}, _indexToLps(image, moved))
            sharing.setdefault(image, []).append(layer)
            layers.append(layer)
        layer.segments[label] = number
    return NodeContents(tuple(segments), tuple(layers), tuple(findings))


def describeSegments(segmentation, ids: Sequence[str]) -> "tuple[list[Segment], list[Finding]]":
    """Return what goes to a file about segments, numbered from 1, and what is doubtful."""
    segments, findings = [], []
    for number, id_ in enumerate(ids, start=1):
        segment = segmentation.GetSegment(id_)
        name, color = segment.GetName() or "", segment.GetColor()
        described, doubts = Terminology.describeSegment(number, name, color, readTags(segment), id_)
        segments.append(described)
        findings += doubts
    return segments, findings


def readTags(segment) -> dict[str, str]:
    """Return all tags of a segment."""
    # GetTags() is not wrapped for Python. A printed segment names its tags, one or more lines for each, after
    # lines of other kinds; what could be a name is asked for.
    tags = {}
    value = vtk.reference("")
    for line in str(segment).split("\n"):
        parts = line.strip(" ").split(":")
        for end in range(1, len(parts)):
            name = ":".join(parts[:end])
            if segment.GetTag(name, value):
                tags[name] = str(value.get())
    return tags


def chosenIds(segmentation, segmentIds: Sequence[str] | None) -> list[str]:
    """Return the IDs of the chosen segments, all when None, in the order of the segmentation.

    Raises
    ------
    ArgumentError
        There is no segment, or an ID is unknown.
    """
    from dicomsegcodec.errors import ArgumentError

    ids = list(segmentation.GetSegmentIDs())
    if not ids:
        raise ArgumentError("The segmentation has no segments; add one, or choose another segmentation.")
    if segmentIds is None:
        return ids
    unknown = sorted(set(segmentIds) - set(ids))
    if unknown:
        raise ArgumentError(
            f"The segmentation has no segment with the ID {', '.join(unknown)}; it has {', '.join(ids[:10])}"
            f"{', ...' if len(ids) > 10 else ''}."
        )
    if not segmentIds:
        raise ArgumentError("No segment is chosen; choose at least one.")
    return [id_ for id_ in ids if id_ in set(segmentIds)]


def hasLabelmaps(segmentation, ids: Sequence[str]) -> bool:
    """Tell whether segments have voxels already, so that none must be made."""
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    return all(segmentation.GetSegment(id_).GetRepresentation(representation) is not None for id_ in ids)


def requireSourceGeometry(segmentation) -> None:
    """Check that voxels can be made of the segments, which have none.

    Raises
    ------
    ArgumentError
        The segmentation does not know on which grid.
    """
    from dicomsegcodec.errors import ArgumentError

    geometry = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    if not segmentation.GetConversionParameter(geometry):
        raise ArgumentError(
            f"The segments are stored as {segmentation.GetSourceRepresentationName()}, and the "
            "segmentation does not know the voxels of the images; set its source geometry to the volume "
            "that was segmented (Segment Editor: specify geometry), then export."
        )


def _transformToImages(segmentationNode) -> np.ndarray:
    """Return the (4, 4) RAS matrix from the coordinates of the segmentation to those of the images."""
    from dicomsegcodec.errors import ArgumentError

    volume = segmentationNode.GetNodeReference(segmentationNode.GetReferenceImageGeometryReferenceRole())
    mine = segmentationNode.GetParentTransformNode()
    its = volume.GetParentTransformNode() if volume is not None else None
    between, linear = vtk.vtkGeneralTransform(), vtk.vtkTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(mine, its, between)
    if not slicer.vtkMRMLTransformNode.IsGeneralTransformLinear(between, linear):
        raise ArgumentError(
            f"The segmentation has the non-linear transform '{(mine or its).GetName()}', which would "
            "resample it; harden the transform on a copy of the segmentation (Data module), look at the "
            "result and export that."
        )
    return Grid.arrayFromMatrix(linear.GetMatrix())


def _binaryLabelmaps(segmentation, ids: Sequence[str]) -> list[tuple[object, int, str]]:
    """Return image, label value and name of each segment."""
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    if hasLabelmaps(segmentation, ids):
        segments = [segmentation.GetSegment(id_) for id_ in ids]
        return _labelmaps(segments, representation)
    # When the copy ends, it gives each segment an image of its own of the full size, unless they have none.
    copy = _converted(segmentation, ids, representation)
    segments = [copy.GetSegment(id_) for id_ in ids]
    images = _labelmaps(segments, representation)
    for segment in segments:
        segment.RemoveRepresentation(representation)
    return images


def _labelmaps(segments: Sequence[object], representation: str) -> list[tuple[object, int, str]]:
    return [
        (segment.GetRepresentation(representation), segment.GetLabelValue(), segment.GetName() or "")
        for segment in segments
    ]


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
            "threshold it first."
        )
    return whole


def _indexToLps(image, moved: np.ndarray) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    i, _, j, _, k, _ = image.GetExtent()
    toFirst = np.eye(4)
    toFirst[:3, 3] = i, j, k
    return Grid.toIndexToLps(moved @ Grid.arrayFromMatrix(matrix) @ toFirst)


def _countVoxels(pixels: np.ndarray, segments: dict[int, int]) -> dict[int, int]:
    """Return how many voxels each segment has in an array; segments without any are left out."""
    from dicomsegcodec.occupancy import values_in

    values = [value for value in values_in(pixels).tolist() if value in segments]
    return {segments[value]: int(np.count_nonzero(pixels == value)) for value in values}


# --- layers -> node -----------------------------------------------------------------------------------------


def buildSegmentation(layered: "LayeredSegmentation", indexToLps: np.ndarray):
    """Return a vtkSegmentation whose images are the layers' own arrays.

    Parameters
    ----------
    indexToLps : (4, 4) array
        Of the grid of `layered`. Layers lie in it as extents.
    """
    representation = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    ijkToRas = Grid.matrixFromArray(Grid.toIjkToRas(indexToLps))
    homes = {}
    for layer in layered.layers:
        if layer.pixels.size:
            image = _image(layer, ijkToRas)
            homes |= {number: (image, value) for value, number in layer.segments.items()}
    segmentation = slicer.vtkSegmentation()
    for described in layered.segments:
        segment = slicer.vtkSegment()
        segment.SetName(_text(described.label))
        segment.NameAutoGeneratedOff()
        color = Terminology.segmentColor(described)
        if color is not None:
            segment.SetColor(color)
            segment.ColorAutoGeneratedOff()
        segment.RemoveTag(Terminology.ENTRY_TAG)
        for tag, value in Terminology.segmentTags(described).items():
            segment.SetTag(_text(tag), _text(value))
        # An empty segment has an image without voxels, as one that is new in the Segment Editor.
        image, value = homes.get(described.number) or (slicer.vtkOrientedImageData(), 1)
        segment.AddRepresentation(representation, image)
        segment.SetLabelValue(value)
        segmentation.AddSegment(
            segment, segmentation.GenerateUniqueSegmentID(_text(Terminology.segmentId(described)))
        )
    return segmentation


def addNode(scene, segmentation, name: str):
    """Return a new segmentation node with a display node, added to a scene."""
    node = scene.CreateNodeByClass("vtkMRMLSegmentationNode")
    node.UnRegister(None)
    node.SetName(_text(name))
    node.SetAndObserveSegmentation(segmentation)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    return node


def _image(layer: "LabelLayer", ijkToRas):
    pixels = layer.pixels.view(np.uint8) if layer.pixels.dtype == bool else layer.pixels
    pixels = np.require(pixels, requirements=["C", "W"])
    slices, rows, columns = pixels.shape
    k, j, i = layer.origin
    scalars = numpy_to_vtk(pixels.reshape(-1), deep=False)
    scalars.SetName("ImageScalars")
    image = slicer.vtkOrientedImageData()
    image.SetExtent(i, i + columns - 1, j, j + rows - 1, k, k + slices - 1)
    image.GetPointData().SetScalars(scalars)
    image.SetGeometryFromImageToWorldMatrix(ijkToRas)
    return image


def _text(text: str) -> str:
    """Return a text as MRML can take it: without NUL and without halves of characters."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
