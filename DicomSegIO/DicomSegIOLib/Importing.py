"""A DICOM SEG file to a segmentation node: the file in any thread, MRML in the main thread."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import Terminology
from .Grid import geometryOfVolume
from .SegmentationNode import addNode, buildSegmentation
from .SourceSearch import INSTANCES

if TYPE_CHECKING:
    import numpy as np

    from dicomsegcodec.findings import Finding, Progress
    from dicomsegcodec.geometry import Geometry
    from dicomsegcodec.layers import LayeredSegmentation
    from dicomsegcodec.stored import StoredSegmentation

REFERENCED_INSTANCES = "DICOM.ReferencedInstanceUIDs"


@dataclass(frozen=True, eq=False)
class _Volume:
    """A volume that may be what was segmented; taken from the scene before the file is read."""

    node: Any
    name: str
    instances: frozenset[str]
    geometry: "Geometry"


class ImportSession:
    """One import. The scene changes in `finish` only, and only if all went well.

    Parameters
    ----------
    path : path
    scene : vtkMRMLScene
    referenceVolume : vtkMRMLScalarVolumeNode, "auto" or None
        The volume that was segmented; "auto" takes the one of the scene that was loaded from images which the
        file refers to. The segmentation gets its grid and its parent transform.
    """

    def __init__(self, path: str | os.PathLike[str], scene, referenceVolume=None) -> None:
        self.findings: tuple[Finding, ...] = ()
        self._path = Path(path)
        self._scene = scene
        self._auto = referenceVolume == "auto"
        volumes = _scalarVolumes(scene) if self._auto else [referenceVolume]
        self._volumes = [_take(volume) for volume in volumes if volume is not None and volume.GetImageData()]
        self._volume: _Volume | None = None
        self._referenced: list[str] = []
        self._stored: StoredSegmentation | None = None
        self._layered: LayeredSegmentation | None = None
        self._indexToLps: np.ndarray | None = None

    def run(self, progress: "Progress | None" = None) -> None:
        """Read the file; needs no MRML, so any thread may do it.

        Parameters
        ----------
        progress : callable, optional
            Called with the fraction done and the stage; a true answer cancels.

        Raises
        ------
        ReadError, IrregularPlanes
            The file cannot be shown as a segmentation.
        Cancelled
        """
        from dicomsegcodec.errors import GeometryMismatch, ReadError
        from dicomsegcodec.findings import Finding, Severity
        from dicomsegcodec.read import open_segmentation

        stored = open_segmentation(self._path)
        if stored.segmentation_type == "FRACTIONAL":
            raise ReadError(
                "The segmentation is FRACTIONAL: it holds probabilities or occupancies, which a "
                "segmentation of Slicer cannot; this version loads BINARY and LABELMAP."
            )
        findings = list(stored.findings)
        self._referenced = [source.sop_instance_uid for source in stored.source_instances]
        volume = self._choose(set(self._referenced))
        if volume is not None:
            try:
                self._layered = stored.read_layers(volume.geometry, progress)
                self._indexToLps = volume.geometry.index_to_lps
            except GeometryMismatch as error:
                findings.append(
                    Finding(
                        Severity.WARNING,
                        f"The segmentation does not lie on the voxels of volume '{volume.name}' "
                        f"({error}) It is loaded on its own grid, and the volume is not made its source "
                        "geometry.",
                    )
                )
                volume = None
        if volume is None:
            grid = stored.geometry()
            self._layered = stored.read_layers(grid, progress)
            self._indexToLps = grid.index_to_lps
        self._volume, self._stored, self.findings = volume, stored, tuple(findings)

    def finish(self):
        """Return a new segmentation node in the scene."""
        if self._layered is None:
            self.run()
        header = self._stored.dataset
        segmentation = buildSegmentation(self._layered, self._indexToLps)
        self._layered = None  # the node has its arrays
        node = addNode(self._scene, segmentation, str(header.get("SeriesDescription") or "Segmentation"))
        node.SetAttribute(INSTANCES, str(header.get("SOPInstanceUID") or ""))
        if self._volume is not None:
            node.SetAndObserveTransformNodeID(self._volume.node.GetTransformNodeID())
            node.SetReferenceImageGeometryParameterFromVolumeNode(self._volume.node)
        self._tellSubjectHierarchy(node)
        return node

    def _choose(self, referenced: set[str]) -> "_Volume | None":
        if not self._auto:
            return self._volumes[0] if self._volumes else None
        common = [(len(volume.instances & referenced), volume) for volume in self._volumes]
        most, best = max(common, key=lambda pair: pair[0], default=(0, None))
        return best if most else None

    def _tellSubjectHierarchy(self, node) -> None:
        """Say which images are meant, so that a volume that is loaded later becomes the source geometry."""
        hierarchy = self._scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        if hierarchy is None:
            return
        item = hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
        hierarchy.SetItemAttribute(item, REFERENCED_INSTANCES, " ".join(self._referenced))


def loadSegmentation(
    path: str | os.PathLike[str], scene, referenceVolume="auto", progress: "Progress | None" = None
):
    """Return a new segmentation node with what a DICOM SEG file holds; for the rest see `ImportSession`."""
    session = ImportSession(path, scene, referenceVolume)
    session.run(progress)
    return session.finish()


def describeFile(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what the header of a DICOM SEG file says.

    Keys are type, transferSyntax, frames, rows, columns, segments and findings. Segments are dictionaries of
    number, label, category and type (meanings), and color (red, green, blue from 0 to 1, or None).

    Raises
    ------
    ReadError
        The file cannot be understood as a segmentation.
    """
    from dicomsegcodec.read import open_segmentation

    stored = open_segmentation(path)
    return {
        "type": str(stored.segmentation_type),
        "transferSyntax": stored.dataset.file_meta.TransferSyntaxUID.name,
        "frames": stored.number_of_frames,
        "rows": stored.rows,
        "columns": stored.columns,
        "segments": [
            {
                "number": segment.number,
                "label": segment.label,
                "category": segment.category.meaning,
                "type": segment.type.meaning,
                "color": Terminology.segmentColor(segment),
            }
            for segment in stored.segments
        ],
        "findings": list(stored.findings),
    }


def _scalarVolumes(scene) -> list[Any]:
    count = scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    volumes = [scene.GetNthNodeByClass(n, "vtkMRMLScalarVolumeNode") for n in range(count)]
    return [volume for volume in volumes if volume.GetAttribute(INSTANCES)]


def _take(volume) -> _Volume:
    instances = frozenset((volume.GetAttribute(INSTANCES) or "").split())
    return _Volume(volume, volume.GetName() or "", instances, geometryOfVolume(volume))
