"""A segmentation node to DICOM SEG files: MRML in the main thread, the rest in any thread."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .Options import ExportOptions
from .SegmentationNode import readNode

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding, Progress

    from .NodeContents import NodeContents

Files = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_READING = 0.2
"""Share of the progress that goes to reading the source images' headers."""


@dataclass(frozen=True)
class ExportResult:
    """What an export wrote, and what is worth knowing about it."""

    files: tuple[Path, ...]
    findings: "tuple[Finding, ...]"


class ExportSession:
    """One export. After `prepare` the segmentation must not be edited until `run` has returned.

    Parameters
    ----------
    segmentationNode : vtkMRMLSegmentationNode
    sourceFiles : folder, or files
        Of the series that was segmented; of a slide, its image or the images of its pyramid.
    outputPath : path
        Its folder must exist; a file of this name is replaced. Where there are several files, they are named
        after it and numbered from 1.
    options : ExportOptions
    fractionVolumes : mapping of str to vtkMRMLScalarVolumeNode, optional
        Fractions of segments, by ID, in FRACTIONAL. Segments without one have those of their fractional
        labelmap, or else 0 and 1.
    """

    def __init__(
        self,
        segmentationNode,
        sourceFiles: Files,
        outputPath: str | os.PathLike[str],
        options: ExportOptions | None = None,
        fractionVolumes: Mapping[str, Any] | None = None,
    ) -> None:
        self.result: ExportResult | None = None
        self._node = segmentationNode
        self._sourceFiles = sourceFiles
        self._path = Path(outputPath)
        self._options = options or ExportOptions()
        self._fractionVolumes = fractionVolumes
        self._contents: NodeContents | None = None

    def prepare(self) -> None:
        """Take what is to be written from the node, as views; the node and its scene stay as they are.

        Raises
        ------
        ArgumentError
            There is nothing to write, or something that cannot be written.
        """
        self._options = describedOptions(self._node, self._options)
        self._options.forCodec()
        self._contents = readNode(self._node, self._options.segmentIds, self._options, self._fractionVolumes)

    def run(self, progress: "Progress | None" = None) -> None:
        """Write the files, all or none; needs no MRML, so any thread may do it.

        Parameters
        ----------
        progress : callable, optional
            Called with the fraction done and the stage; a true answer cancels.

        Raises
        ------
        SourceError, ReadError
            The source images cannot be used.
        GeometryMismatch, ArgumentError
            The segments do not lie on them.
        OverlappingSegments
            Segments share voxels, the type is LABELMAP and overlaps are refused.
        OutputError
        Cancelled
            Nothing was written.
        """
        from .Planning import planObjects, readImages
        from .Writing import partOf, writeObjects

        if self._contents is None:
            raise RuntimeError("prepare() comes before run(), in the main thread.")
        sources = readImages(self._sourceFiles, partOf(progress, 0.0, _READING))
        planned = planObjects(self._contents, sources, self._options)
        files, found = writeObjects(self._path, planned, partOf(progress, _READING, 1.0))
        self.result = ExportResult(tuple(files), (*self._contents.findings, *planned.findings, *found))
        self._contents = None  # its views would keep memory that the segmentation gives up


def exportSegmentation(
    segmentationNode,
    outputPath: str | os.PathLike[str],
    sourceFiles: Files,
    options: ExportOptions | None = None,
    progress: "Progress | None" = None,
    fractionVolumes: Mapping[str, Any] | None = None,
) -> ExportResult:
    """Write a segmentation node to DICOM SEG files; parameters and errors are those of `ExportSession`."""
    session = ExportSession(segmentationNode, sourceFiles, outputPath, options, fractionVolumes)
    session.prepare()
    session.run(progress)
    return session.result


def describedOptions(segmentationNode, options: ExportOptions) -> ExportOptions:
    """Return options in which the series has a description: what fits of the node's name if none is given."""
    from dicomsegcodec.segments import line_text

    # A node may be called anything; what the user gives as a description is taken as it is, or refused.
    described = options.seriesDescription or line_text(segmentationNode.GetName() or "")
    return replace(options, seriesDescription=described)
