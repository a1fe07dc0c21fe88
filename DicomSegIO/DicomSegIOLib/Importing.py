"""A DICOM SEG file to nodes of a scene: the file in any thread, MRML in the main thread."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import Masks, VolumeBuilding
from .FileDescription import describeFile
from .Grid import geometryOfVolume
from .Laying import Laid, VolumeInScene, layFrames, readLayers
from .SegmentationNode import addNode, buildSegmentation
from .SourceSearch import INSTANCES, instanceUids

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding, Progress
    from dicomsegcodec.layers import LayeredSegmentation
    from dicomsegcodec.stored import StoredSegmentation

__all__ = ["ImportOptions", "ImportResult", "ImportSession", "describeFile", "loadSegmentation"]

REFERENCED_INSTANCES = "DICOM.ReferencedInstanceUIDs"
FRACTIONS_ROLE = "DicomSegIO.fractions"
"""Role under which a segmentation refers to the probability volumes that were loaded with it."""

LOAD_AS = ("SEGMENTATION", "LABELMAP", "PROBABILITIES", "BOTH")


@dataclass(frozen=True)
class ImportOptions:
    """What becomes of a file.

    Parameters
    ----------
    loadAs : str
        SEGMENTATION; LABELMAP, label map volumes, one where no segments overlap; PROBABILITIES, a volume for
        each segment of a FRACTIONAL object; or BOTH, a segmentation and its probabilities.
    threshold : float
        Fraction from which on a voxel belongs to a segment, 0 to 1; of 0, any fraction.
    isExpanded : bool
        Volumes fill the grid of the reference volume, if there is one, and what lies beyond it is left out;
        otherwise they are as large as the frames.
    timePoint : int, optional
        Which one of an object that has several, from 1.
    """

    loadAs: str = "SEGMENTATION"
    threshold: float = 0.5
    isExpanded: bool = True
    timePoint: int | None = None

    def check(self) -> None:
        """Make sure that they can be.

        Raises
        ------
        ArgumentError
        """
        from dicomsegcodec.errors import ArgumentError

        if self.loadAs not in LOAD_AS:
            raise ArgumentError(f"loadAs '{self.loadAs}' is not one of {', '.join(LOAD_AS)}.")
        if not 0 <= self.threshold <= 1:
            raise ArgumentError(f"The threshold is {self.threshold:g}; it must be from 0 to 1.")


@dataclass(frozen=True)
class ImportResult:
    """The nodes that were made of a file.

    Parameters
    ----------
    segmentationNode : vtkMRMLSegmentationNode, optional
    labelVolumes : tuple of vtkMRMLLabelMapVolumeNode
    probabilityVolumes : mapping of str to vtkMRMLScalarVolumeNode
        By segment ID.
    findings : tuple of Finding
    """

    segmentationNode: Any = None
    labelVolumes: tuple[Any, ...] = ()
    probabilityVolumes: Mapping[str, Any] = field(default_factory=dict)
    findings: "tuple[Finding, ...]" = ()

    @property
    def nodes(self) -> tuple[Any, ...]:
        """All of them."""
        first = () if self.segmentationNode is None else (self.segmentationNode,)
        return (*first, *self.labelVolumes, *self.probabilityVolumes.values())


class ImportSession:
    """One import. The scene changes in `finish` only, and only if all went well.

    Parameters
    ----------
    path : path
    scene : vtkMRMLScene
    referenceVolume : vtkMRMLScalarVolumeNode, "auto" or None
        The volume that was segmented; "auto" takes the one of the scene that was loaded from images which the
        file refers to. What is loaded gets its grid and its parent transform.
    options : ImportOptions
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        scene,
        referenceVolume=None,
        options: ImportOptions | None = None,
    ) -> None:
        self.findings: tuple[Finding, ...] = ()
        self._path = Path(path)
        self._scene = scene
        self._options = options or ImportOptions()
        self._auto = referenceVolume == "auto"
        volumes = _scalarVolumes(scene) if self._auto else [referenceVolume]
        self._volumes = [_take(volume) for volume in volumes if volume is not None and volume.GetImageData()]
        self._referenced: list[str] = []
        self._stored: StoredSegmentation | None = None
        self._laid: Laid | None = None
        self._labels: LayeredSegmentation | None = None
        self._fractions: LayeredSegmentation | None = None

    def run(self, progress: "Progress | None" = None) -> None:
        """Read the file; needs no MRML, so any thread may do it.

        Parameters
        ----------
        progress : callable, optional
            Called with the fraction done and the stage; a true answer cancels.

        Raises
        ------
        ReadError, IrregularPlanes
            The file cannot be shown so.
        ArgumentError
            The options do not fit the file.
        Cancelled
        """
        from dicomsegcodec.read import open_segmentation

        self._options.check()
        stored = open_segmentation(self._path)
        isFractional = stored.segmentation_type == "FRACTIONAL"
        self._checkFits(isFractional)
        self._referenced = [source.sop_instance_uid for source in stored.source_instances]
        volume = self._choose(set(self._referenced))
        loadAs, isExpanded = self._options.loadAs, self._options.isExpanded
        # A segmentation may reach beyond the volume; beside it, its probabilities do, too.
        isCropped = isExpanded and loadAs in ("LABELMAP", "PROBABILITIES")
        laid = layFrames(stored, volume, self._options.timePoint, isCropped=isCropped)
        layered = readLayers(stored, laid, progress)
        if isExpanded and loadAs != "SEGMENTATION" and laid.volume is not None:
            layered = VolumeBuilding.expanded(layered)
        self._labels, self._fractions = (None, layered) if isFractional else (layered, None)
        findings = [*stored.findings, *laid.findings]
        if isFractional and self._options.loadAs != "PROBABILITIES":
            self._labels = Masks.thresholded(layered, self._options.threshold)
            findings.append(self._sayThreshold())
        self._stored, self._laid, self.findings = stored, laid, tuple(findings)

    def finish(self) -> ImportResult:
        """Add the nodes to the scene; all of them, or none if that fails."""
        if self._laid is None:
            self.run()
        header, laid = self._stored.dataset, self._laid
        name = str(header.get("SeriesDescription") or "Segmentation")
        with allOrNothing(self._scene):
            result = self._build(name)
            for node in result.nodes:
                if laid.volume is not None:
                    node.SetAndObserveTransformNodeID(laid.volume.node.GetTransformNodeID())
            if result.segmentationNode is not None:
                self._tell(result.segmentationNode, str(header.get("SOPInstanceUID") or ""))
        self._labels = self._fractions = None  # the nodes have their arrays
        return result

    def _build(self, name: str) -> ImportResult:
        options, laid = self._options, self._laid
        matrix, first = laid.grid.index_to_lps, laid.first
        segmentationNode, labelVolumes, probabilityVolumes = None, [], {}
        if options.loadAs in ("SEGMENTATION", "BOTH"):
            # Indices are the volume's, so that extents of layers may begin below 0.
            whole = laid.volume.geometry.index_to_lps if laid.volume is not None else matrix
            segmentationNode = addNode(self._scene, buildSegmentation(self._labels, whole, first), name)
        if options.loadAs == "LABELMAP":
            labelVolumes = VolumeBuilding.addLabelVolumes(self._scene, self._labels, matrix, name)
        if options.loadAs in ("PROBABILITIES", "BOTH"):
            probabilityVolumes = VolumeBuilding.addProbabilityVolumes(
                self._scene, self._fractions, matrix, name
            )
        if segmentationNode is not None:
            for node in probabilityVolumes.values():
                segmentationNode.AddNodeReferenceID(FRACTIONS_ROLE, node.GetID())
        return ImportResult(segmentationNode, tuple(labelVolumes), probabilityVolumes, self.findings)

    def _checkFits(self, isFractional: bool) -> None:
        from dicomsegcodec.errors import ArgumentError

        if self._options.loadAs in ("PROBABILITIES", "BOTH") and not isFractional:
            raise ArgumentError(
                "The file holds segments without probabilities or occupancies; load it as a segmentation or "
                "as label maps."
            )

    def _sayThreshold(self) -> "Finding":
        from .Findings import note

        threshold = self._options.threshold
        least = f"at least {threshold:.3g}" if threshold else "more than 0"
        return note(f"The segments have the voxels whose fraction is {least}.")

    def _choose(self, referenced: set[str]) -> VolumeInScene | None:
        if not self._auto:
            return self._volumes[0] if self._volumes else None
        common = [(len(set(volume.instances) & referenced), volume) for volume in self._volumes]
        most, best = max(common, key=lambda pair: pair[0], default=(0, None))
        return best if most else None

    def _tell(self, node, instance: str) -> None:
        """Let a segmentation know its file, its volume, and which images are meant."""
        node.SetAttribute(INSTANCES, instance)
        if self._laid.volume is not None:
            node.SetReferenceImageGeometryParameterFromVolumeNode(self._laid.volume.node)
        hierarchy = self._scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        if hierarchy is None:
            return
        item = hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
        # So that a volume that is loaded later becomes the source geometry.
        hierarchy.SetItemAttribute(item, REFERENCED_INSTANCES, " ".join(self._referenced))


def loadSegmentation(
    path: str | os.PathLike[str],
    scene,
    referenceVolume="auto",
    progress: "Progress | None" = None,
    options: ImportOptions | None = None,
):
    """Return a new segmentation node with what a DICOM SEG file holds; for the rest see `ImportSession`.

    Raises
    ------
    ArgumentError
        The options ask for no segmentation.
    """
    from dicomsegcodec.errors import ArgumentError

    if options is not None and options.loadAs not in ("SEGMENTATION", "BOTH"):
        raise ArgumentError(f"loadAs '{options.loadAs}' makes no segmentation; use ImportSession.")
    session = ImportSession(path, scene, referenceVolume, options)
    session.run(progress)
    return session.finish().segmentationNode


@contextmanager
def allOrNothing(scene) -> Iterator[None]:
    """Remove what was added to a scene in the block if it raises."""
    before = {scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())}
    try:
        yield
    except BaseException:
        hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        nodes = [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]
        for node in reversed([node for node in nodes if node.GetID() not in before]):
            item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
            if item:
                hierarchy.RemoveItem(item, False, False)
            if scene.IsNodePresent(node):
                scene.RemoveNode(node)
        raise


def _scalarVolumes(scene) -> list[Any]:
    count = scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    volumes = [scene.GetNthNodeByClass(n, "vtkMRMLScalarVolumeNode") for n in range(count)]
    return [volume for volume in volumes if volume.GetAttribute(INSTANCES)]


def _take(volume) -> VolumeInScene:
    name = volume.GetName() or ""
    return VolumeInScene(volume, name, tuple(instanceUids(volume)), geometryOfVolume(volume))
