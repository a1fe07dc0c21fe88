"""A segmentation node to a DICOM SEG file: MRML in the main thread, the rest in any thread."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .Options import ExportOptions
from .SegmentationNode import readNode

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding, Progress

    from .SegmentationNode import NodeContents

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
        Of the series that was segmented.
    outputPath : path
        Its folder must exist; a file of this name is replaced.
    options : ExportOptions
    """

    def __init__(
        self,
        segmentationNode,
        sourceFiles: Files,
        outputPath: str | os.PathLike[str],
        options: ExportOptions | None = None,
    ) -> None:
        self.result: ExportResult | None = None
        self._node = segmentationNode
        self._sourceFiles = sourceFiles
        self._path = Path(outputPath)
        self._options = options or ExportOptions()
        self._contents: NodeContents | None = None
        self._writeOptions = None

    def prepare(self) -> None:
        """Take what is to be written from the node, as views; the node and its scene stay as they are.

        Raises
        ------
        ArgumentError
            There is nothing to write, or something that cannot be written.
        """
        from dataclasses import replace

        from dicomsegcodec.segments import line_text

        options = self._options
        # A node may be called anything; what the user gives as a description is taken as it is, or refused.
        described = options.seriesDescription or line_text(self._node.GetName() or "")
        self._writeOptions = replace(options, seriesDescription=described).forCodec()
        self._contents = readNode(self._node, options.segmentIds)

    def run(self, progress: "Progress | None" = None) -> None:
        """Write the file; needs no MRML, so any thread may do it.

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
            Segments share voxels and the type is LABELMAP.
        OutputError
        Cancelled
            Nothing was written.
        """
        from dicomsegcodec.sources import read_sources
        from dicomsegcodec.write import write_segmentation

        if self._contents is None:
            raise RuntimeError("prepare() comes before run(), in the main thread.")
        sources = read_sources(self._sourceFiles, _part(progress, 0.0, _READING))
        layered = self._contents.onPlanes(sources.planes)
        findings = write_segmentation(
            self._path, layered, sources, self._writeOptions, _part(progress, _READING, 1.0)
        )
        self.result = ExportResult((self._path,), (*self._contents.findings, *findings))
        self._contents = None  # its views would keep memory that the segmentation gives up


def exportSegmentation(
    segmentationNode,
    outputPath: str | os.PathLike[str],
    sourceFiles: Files,
    options: ExportOptions | None = None,
    progress: "Progress | None" = None,
) -> ExportResult:
    """Write a segmentation node to a DICOM SEG file; parameters and errors are those of `ExportSession`."""
    session = ExportSession(segmentationNode, sourceFiles, outputPath, options)
    session.prepare()
    session.run(progress)
    return session.result


def _part(progress: "Progress | None", first: float, last: float) -> "Progress | None":
    """Return a progress function for a part of the work, from `first` to `last` of the whole."""
    if progress is None:
        return None
    return lambda fraction, stage: progress(first + fraction * (last - first), stage)
