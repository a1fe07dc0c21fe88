"""`dicomsegio decode`: a DICOM Segmentation to label volumes or to a segmentation of 3D Slicer."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import ArgumentError
from ..findings import Finding
from ..geometry import Geometry
from ..interchange.dcmqi_json import SegmentCoding, SeriesAttributes, format_coding
from ..interchange.label_volumes import (
    LabelVolume,
    merge_layers,
    suffix_of,
    volume_paths,
    write_label_volumes,
)
from ..interchange.seg_nrrd import write_seg_nrrd
from ..output import whole_file
from ..read import open_segmentation
from ..segments import Segment
from ..sources import read_sources
from ..stored import StoredSegmentation
from .encode import check_output
from .terminal import Terminal


def decode(options: argparse.Namespace, terminal: Terminal) -> None:
    """Write the files; see the command's help.

    Raises
    ------
    SegError
    """
    output = Path(options.output)
    for_slicer = suffix_of(output, (".seg.nrrd",)) is not None
    if not for_slicer:
        volume_paths(output, 1)  # refuses a name that says no kind
    coding_output = None if options.coding_out is None else Path(options.coding_out)
    for path in (output, coding_output):
        if path is not None:
            check_output(path, overwrite=options.overwrite)
    stored = open_segmentation(options.file)
    geometry = None
    if options.source is not None:
        source = options.source[0] if len(options.source) == 1 else options.source
        sources = read_sources(source, terminal.progress(0.0, 0.3))
        if sources.planes.time_points and options.time_point is not None:
            sources = sources.at_time(options.time_point)
        geometry = Geometry.of(sources.planes)
    layered = stored.read_layers(geometry, terminal.progress(0.3, 0.8), options.time_point)
    terminal.progress(0.8, 1.0)(0.0, "Writing")
    grid, series = Geometry.of(layered.planes), _series_attributes(stored)
    if for_slicer:
        with _coding_file(coding_output, [layered.segments], [output], series) as findings:
            write_seg_nrrd(output, layered.layers, grid, layered.segments)
        paths = [output]
    else:
        volumes = merge_layers(layered.layers, layered.shape)
        paths = volume_paths(output, len(volumes))
        for path in paths:
            check_output(path, overwrite=options.overwrite)
        with _coding_file(coding_output, _describe(volumes, layered.segments), paths, series) as findings:
            write_label_volumes(output, volumes, grid)
    terminal.findings([*stored.findings, *findings])
    for path in (*paths, coding_output):
        if path is not None:
            terminal.done(str(path))


def _describe(volumes: Sequence[LabelVolume], segments: Sequence[Segment]) -> list[list[Segment]]:
    """Return the segments of each volume; those that have no voxel anywhere come with the first."""
    placed = {number for volume in volumes for number in volume.numbers}
    described = [[s for s in segments if s.number in volume.numbers] for volume in volumes]
    described[0] += [s for s in segments if s.number not in placed]
    return described


@contextmanager
def _coding_file(
    output: Path | None,
    described: Sequence[Sequence[Segment]],
    paths: Sequence[Path],
    series: SeriesAttributes,
) -> Iterator[list[Finding]]:
    """Write the coding, which takes its name when the block has written the labels; yield what it omits."""
    if output is None:
        yield []
        return
    if output.absolute() in [path.absolute() for path in paths]:
        raise ArgumentError(f"The labels and their coding cannot both be {output}; give two names.")
    coding = SegmentCoding(
        volumes=tuple(tuple(segments) for segments in described if segments),
        file_names=tuple(path.name for path in paths) if len(paths) > 1 else (),
        series=series,
    )
    text, findings = format_coding(coding)
    with whole_file(output) as file:
        file.write(text.encode("utf-8"))
        file.flush()
        yield findings


def _series_attributes(stored: StoredSegmentation) -> SeriesAttributes:
    def text(keyword: str) -> str | None:
        value = stored.dataset.get(keyword)
        return str(value) if value not in (None, "") else None

    def number(keyword: str) -> int | None:
        value = stored.dataset.get(keyword)
        return int(value) if value not in (None, "") else None

    return SeriesAttributes(
        content_creator_name=text("ContentCreatorName"),
        clinical_trial_series_id=text("ClinicalTrialSeriesID"),
        clinical_trial_time_point_id=text("ClinicalTrialTimePointID"),
        clinical_trial_coordinating_center_name=text("ClinicalTrialCoordinatingCenterName"),
        content_label=text("ContentLabel"),
        content_description=text("ContentDescription"),
        series_description=text("SeriesDescription"),
        series_number=number("SeriesNumber"),
        instance_number=number("InstanceNumber"),
        body_part_examined=text("BodyPartExamined"),
    )
