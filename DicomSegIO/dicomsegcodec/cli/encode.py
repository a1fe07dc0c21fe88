"""`dicomsegio encode`: label files, coding and source images to one DICOM Segmentation."""

import argparse
from pathlib import Path

from ..encodings import SegmentationType
from ..errors import OutputError
from ..findings import Finding
from ..interchange.coded_labels import assemble, code_labels
from ..interchange.dcmqi_json import SegmentCoding, SeriesAttributes, read_coding
from ..sources import read_sources
from ..write import WriteOptions, plan_object, write_object
from .compressions import COMPRESSIONS
from .terminal import Terminal


def encode(options: argparse.Namespace, terminal: Terminal) -> None:
    """Write the object; see the command's help.

    Raises
    ------
    SegError
    """
    output = Path(options.output)
    check_output(output, overwrite=options.overwrite)
    findings: list[Finding] = []
    coding: SegmentCoding | None = None
    if options.coding is not None:
        coding, found = read_coding(options.coding)
        findings += found
    kind = SegmentationType(options.type.upper())
    what = _describe(options, coding.series if coding else SeriesAttributes(), kind)
    source = options.source[0] if len(options.source) == 1 else options.source
    sources = read_sources(source, terminal.progress(0.0, 0.3), options.time_point)
    terminal.progress(0.3, 0.4)(0.0, "Reading labels")
    files, found = code_labels(options.labels, coding)
    findings += found
    segmentation, found = assemble(files, sources, kind)
    findings += found
    planned = plan_object(segmentation, sources, what)
    write_object(output, planned, terminal.progress(0.4, 1.0), verify=options.verify)
    terminal.findings([*findings, *planned.findings])
    frames = int(planned.header.NumberOfFrames)
    terminal.done(
        f"{output}: {kind}, {_count(len(segmentation.segments), 'segment')}, {_count(frames, 'frame')}, "
        f"{output.stat().st_size / 1e6:.2f} MB"
    )


def check_output(output: Path, *, overwrite: bool) -> None:
    """Refuse an output before the work that cannot be written after it.

    Raises
    ------
    OutputError
        There is such a file already, or no such folder.
    """
    if not output.parent.is_dir():
        raise OutputError(f"There is no folder {output.parent}; create it, or choose another one.")
    if output.is_dir():
        raise OutputError(f"{output} is a folder; give the name of a file in it.")
    if output.exists() and not overwrite:
        raise OutputError(f"{output} exists; give another name, or --overwrite to replace it.")


def _describe(options: argparse.Namespace, series: SeriesAttributes, kind: SegmentationType) -> WriteOptions:
    """Return what is said about the object: by the command line, else by the coding, else by default."""

    def chosen(given: str | None, coded: str | None, default: str = "") -> str:
        return given if given is not None else coded if coded is not None else default

    description = chosen(options.series_description, series.series_description, "Segmentation")
    return WriteOptions(
        segmentation_type=kind,
        keep_empty_frames=options.keep_empty_frames,
        transfer_syntax_uid=COMPRESSIONS[options.compression],
        workers=options.workers,
        series_description=description,
        series_number=options.series_number or series.series_number,
        instance_number=options.instance_number or series.instance_number or 1,
        content_label=chosen(options.content_label, series.content_label),
        content_description=chosen(options.content_description, series.content_description),
        content_creator_name=chosen(options.content_creator, series.content_creator_name),
        body_part_examined=series.body_part_examined or "",
        clinical_trial_series_id=series.clinical_trial_series_id or "",
        clinical_trial_time_point_id=series.clinical_trial_time_point_id or "",
        clinical_trial_coordinating_center_name=series.clinical_trial_coordinating_center_name or "",
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
