"""Label files and their coding brought together: segments with numbers of their own, on the source planes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..encodings import SegmentationType
from ..errors import ArgumentError, ExternalFileError, GeometryMismatch, UndescribedLabels
from ..findings import Finding, Severity
from ..layers import LabelLayer, LayeredSegmentation
from ..segments import Segment
from ..sources import SourceImages
from . import seg_nrrd
from .dcmqi_json import SegmentCoding
from .label_volumes import read_label_volume, suffix_of
from .nrrd import read_nrrd_header
from .reorient import place_on_sources
from .seg_nrrd import SegNrrd, read_seg_nrrd


@dataclass(frozen=True, slots=True, eq=False)
class CodedFile:
    """A label file and what its label values stand for.

    Parameters
    ----------
    path : Path
    labels : SegNrrd
        Numbers in its layers are label values.
    segments : tuple of Segment
        One for each label value, whose number it has; further ones are empty segments.
    """

    path: Path
    labels: SegNrrd
    segments: tuple[Segment, ...]


def read_labels(path: str | Path) -> SegNrrd:
    """Return the contents of a label file of any kind; a plain label volume describes no segments.

    Raises
    ------
    ExternalFileError
    """
    kind = suffix_of(path, (*seg_nrrd.SUFFIXES, ".nrrd", ".nhdr"))
    # Slicer also saves segmentations under the name of a plain volume.
    if kind in seg_nrrd.SUFFIXES or (kind and "Segment0_ID" in read_nrrd_header(path)):
        return read_seg_nrrd(path)
    layer, geometry = read_label_volume(path)
    return SegNrrd(geometry, (layer,), ())


def code_labels(
    paths: Sequence[str | Path], coding: SegmentCoding | None
) -> tuple[list[CodedFile], list[Finding]]:
    """Read label files and give each label value its segment.

    A coding is matched with the files by its file names if it has some, else by order. Without a coding a
    .seg.nrrd speaks for itself, and labels of other files become `Segment N`, coded as Tissue.

    Raises
    ------
    ExternalFileError
        A file cannot be read, or the coding describes other or another number of files.
    UndescribedLabels
        A file holds values that the coding does not describe.
    """
    files = [Path(path) for path in paths]
    volumes = [None] * len(files) if coding is None else _match(coding, files)
    coded: list[CodedFile] = []
    findings: list[Finding] = []
    for path, segments in zip(files, volumes, strict=True):
        labels = read_labels(path)
        findings += labels.findings
        values = sorted({number for layer in labels.layers for number in layer.segments.values()})
        if segments is not None:
            _check_described(path, values, segments)
            coded.append(CodedFile(path, labels, segments))
        elif labels.segments:
            coded.append(CodedFile(path, labels, labels.segments))
        else:
            unnamed = tuple(Segment(number=value, label=f"Segment {value}") for value in values)
            if unnamed:
                findings.append(_say_unnamed(path, values))
            coded.append(CodedFile(path, labels, unnamed))
    if not any(file.segments for file in coded):
        names = ", ".join(path.name for path in files)
        raise ExternalFileError(
            f"{names} holds no label: all voxels are 0, and no coding describes a segment."
        )
    return coded, findings


def assemble(
    files: Sequence[CodedFile], sources: SourceImages, kind: SegmentationType
) -> tuple[LayeredSegmentation, list[Finding]]:
    """Return the files' segments as one segmentation on the planes of the source images.

    Segment Numbers are the label values where they can be: in a label map if no two files use the same
    value, in BINARY if they count from 1 without gaps besides (PS3.3 C.8.20.2). Else they are given in order.

    Raises
    ------
    GeometryMismatch
        A file's grid is not on the images' lattice.
    """
    numbers, findings = _give_numbers(files, kind)
    segments: list[Segment] = []
    layers: list[LabelLayer] = []
    planes = None
    for file, numbered in zip(files, numbers, strict=True):
        try:
            on, placed = place_on_sources(file.labels.geometry, file.labels.layers, sources)
        except ArgumentError as error:  # GeometryMismatch, or axes that are not perpendicular
            raise GeometryMismatch(f"{file.path.name} does not fit the source images. {error}") from error
        if planes is not None and on.positions != planes.positions:
            raise GeometryMismatch(f"{file.path.name} lies on other images than {files[0].path.name}.")
        planes = on
        segments += [replace(segment, number=numbered[segment.number]) for segment in file.segments]
        for layer in placed:
            renumbered = {value: numbered[number] for value, number in layer.segments.items()}
            layers.append(LabelLayer(layer.pixels, renumbered, layer.origin))
    if planes is None:
        raise ArgumentError("No label file is given.")
    segments.sort(key=lambda segment: segment.number)
    return LayeredSegmentation(planes, tuple(segments), tuple(layers)), findings


def _match(coding: SegmentCoding, files: Sequence[Path]) -> list[tuple[Segment, ...] | None]:
    if len(coding.volumes) != len(files):
        raise ExternalFileError(
            f"The coding describes {len(coding.volumes)} label volumes and {len(files)} label files are "
            "given; give as many, in the same order."
        )
    if not coding.file_names:
        return list(coding.volumes)
    by_name = {
        Path(name).name: volume for name, volume in zip(coding.file_names, coding.volumes, strict=True)
    }
    unknown = [path.name for path in files if path.name not in by_name]
    if unknown or len({path.name for path in files}) != len(files):
        raise ExternalFileError(
            f"The coding describes the files {', '.join(coding.file_names)}, not "
            f"{', '.join(path.name for path in files)}; rename the files, or correct its "
            "segmentAttributesFileMapping."
        )
    return [by_name[path.name] for path in files]


def _check_described(path: Path, values: Sequence[int], segments: Sequence[Segment]) -> None:
    missing = sorted(set(values) - {segment.number for segment in segments})
    if missing:
        shown = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
        raise UndescribedLabels(
            f"{path.name} holds label values {shown} that the coding does not describe; "
            "describe each with its labelID, or set its voxels to 0."
        )


def _say_unnamed(path: Path, values: Sequence[int]) -> Finding:
    what = f"label {values[0]}" if len(values) == 1 else f"{len(values)} labels"
    called = f"'Segment {values[0]}'" + (" and so on" if len(values) > 1 else "")
    text = f"No coding describes the {what} of {path.name}; called {called} and coded as Tissue."
    return Finding(Severity.WARNING, text)


def _give_numbers(
    files: Sequence[CodedFile], kind: SegmentationType
) -> tuple[list[dict[int, int]], list[Finding]]:
    """Return the Segment Number of each file's label values."""
    values = [segment.number for file in files for segment in file.segments]
    distinct = len(set(values)) == len(values)
    if distinct and (kind is SegmentationType.LABELMAP or sorted(values) == list(range(1, len(values) + 1))):
        return [{s.number: s.number for s in file.segments} for file in files], []
    given = iter(range(1, len(values) + 1))
    numbers = [{segment.number: next(given) for segment in file.segments} for file in files]
    reason = f"{kind} counts segments from 1 without gaps" if distinct else "files use the same label values"
    text = f"Segments are numbered 1 to {len(values)} in their order and not by label value, as {reason}."
    return numbers, [Finding(Severity.NOTE, text, section="PS3.3 C.8.20.2")]
