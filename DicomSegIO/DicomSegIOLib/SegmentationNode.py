"""Segmentation nodes to what the codec needs of them; nothing is copied, padded or relabelled on the way.

Slicer holds segments that do not overlap in one image, a layer, each under a label value of its own; a layer
has the extent that it needs. That is the codec's form too, so arrays cross the border as views.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import vtk

from . import Terminology
from .Labelmaps import binaryLabelmaps, hasLabelmaps, labelsOf, requireSourceGeometry
from .NodeBuilding import addNode, buildSegmentation
from .NodeContents import NodeContents, NodeFractions, NodeLayer
from .NodePlaces import indexToLpsOf, referenceVolume, slicesOf, statedGrid, transformToImages
from .Numbering import numbersOf
from .Options import ExportOptions

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.segments import Segment

__all__ = [
    "addNode",
    "buildSegmentation",
    "chosenIds",
    "describeSegments",
    "hasLabelmaps",
    "labelsOf",
    "readNode",
    "readTags",
    "requireSourceGeometry",
]


def readNode(
    segmentationNode,
    segmentIds: Sequence[str] | None = None,
    options: ExportOptions | None = None,
    fractionVolumes: Mapping[str, Any] | None = None,
    memo: MutableMapping[Any, Any] | None = None,
) -> NodeContents:
    """Return the segments of a node and views of their voxels; the node and its scene stay as they are.

    A segment without a binary labelmap is converted on a copy. A linear parent transform moves the voxels,
    unless the reference volume has it too: images are where their DICOM files say, before any transform.

    Parameters
    ----------
    segmentIds : sequence of str, optional
        All when omitted. The node's order counts.
    options : ExportOptions, optional
        What decides on numbers and on fractions.
    fractionVolumes : mapping of str to vtkMRMLScalarVolumeNode, optional
        Fractions of segments, by ID, in FRACTIONAL.
    memo : mapping, optional
        What was found before, so that it is not looked for again.

    Raises
    ------
    ArgumentError
        There is no segment, an ID is unknown, or something about a segment cannot be written.
    """
    from dicomsegcodec.errors import ArgumentError
    from dicomsegcodec.findings import Severity

    from .Findings import note, refusal

    options = options or ExportOptions()
    segmentation = segmentationNode.GetSegmentation()
    ids = chosenIds(segmentation, segmentIds)
    numbers, findings = numbersOf(segmentation, ids, options)
    segments, doubts = describeSegments(segmentation, ids, numbers, memo)
    findings += doubts
    for finding in findings:
        if finding.severity is Severity.ERROR:
            fixes, about = getattr(finding, "fixes", ()), getattr(finding, "segmentIds", ())
            raise refusal(ArgumentError(finding.text), *fixes, segmentIds=about)
    volume = referenceVolume(segmentationNode)
    moved = transformToImages(segmentationNode, volume, "The segmentation")
    if not np.array_equal(moved, np.eye(4)):
        findings.append(
            note("The segmentation has a transform against the images; it is applied.", "hardenTransform")
        )
    numberOf = dict(zip(ids, numbers, strict=True))
    fractions: list[NodeFractions] = []
    if options.segmentationType == "FRACTIONAL":
        from .Fractions import readFractions

        fractions, said = readFractions(
            segmentationNode, numberOf, options, fractionVolumes or {}, moved, memo
        )
        findings += said
    inFractions = {part.segment for part in fractions}
    rest = [segmentId for segmentId in ids if numberOf[segmentId] not in inFractions]
    layers, said = _readLayers(segmentation, rest, numberOf, moved)
    return NodeContents(
        tuple(segments),
        tuple(layers),
        (*findings, *said),
        tuple(ids),
        tuple(fractions),
        statedGrid(segmentation, moved),
        slicesOf(volume),
    )


def _readLayers(
    segmentation, ids: Sequence[str], numberOf: Mapping[str, int], moved: np.ndarray
) -> "tuple[list[NodeLayer], list[Finding]]":
    from dicomsegcodec.errors import ArgumentError

    images, findings = binaryLabelmaps(segmentation, ids) if ids else ([], [])
    layers: list[NodeLayer] = []
    sharing: dict[Any, list[NodeLayer]] = {}
    for segmentId, (image, label, isView) in zip(ids, images, strict=True):
        name = segmentation.GetSegment(segmentId).GetName() or ""
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
            stamp = image.GetMTime() if isView else 0
            layer = NodeLayer(labelsOf(image, name), {}, indexToLpsOf(image, moved), stamp)
            sharing.setdefault(image, []).append(layer)
            layers.append(layer)
        layer.segments[label] = numberOf[segmentId]
    return layers, findings


def describeSegments(
    segmentation,
    ids: Sequence[str],
    numbers: Sequence[int] | None = None,
    memo: MutableMapping[Any, Any] | None = None,
) -> "tuple[list[Segment], list[Finding]]":
    """Return what goes to a file about segments, numbered from 1 if not otherwise, and what is doubtful."""
    segments, findings = [], []
    for id_, number in zip(ids, numbers or range(1, len(ids) + 1), strict=True):
        segment = segmentation.GetSegment(id_)
        key = (segment.GetMTime(), id_, number)
        found = None if memo is None else memo.get(key)
        if found is None:
            name, color = segment.GetName() or "", segment.GetColor()
            found = Terminology.describeSegment(number, name, color, readTags(segment), id_)
            if memo is not None:
                memo[key] = found
        segments.append(found[0])
        findings += found[1]
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

    from .Findings import refusal

    ids = list(segmentation.GetSegmentIDs())
    if not ids:
        raise refusal(
            ArgumentError("The segmentation has no segments; add one, or choose another segmentation."),
            "chooseSegmentation",
        )
    if segmentIds is None:
        return ids
    unknown = sorted(set(segmentIds) - set(ids))
    if unknown:
        raise refusal(
            ArgumentError(
                f"The segmentation has no segment with the ID {', '.join(unknown)}; it has "
                f"{', '.join(ids[:10])}{', ...' if len(ids) > 10 else ''}."
            ),
            "chooseSegments",
        )
    if not segmentIds:
        raise refusal(ArgumentError("No segment is chosen; choose at least one."), "chooseSegments")
    return [id_ for id_ in ids if id_ in set(segmentIds)]
