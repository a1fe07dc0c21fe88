"""`dicomsegio info`: what a DICOM Segmentation holds, for people and for programs."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.uid import UID

from ..color import cielab_to_rgb
from ..conformance import check
from ..encodings import SegmentationType
from ..errors import IrregularPlanes, ReadError
from ..findings import Finding, Severity
from ..header import LABEL_MAP_SEGMENTATION_STORAGE, SEGMENTATION_STORAGE
from ..read import open_segmentation
from ..segments import Code, Region, Segment
from ..stored import StoredSegmentation
from .check import as_json
from .terminal import Terminal, plain, width

# pydicom 3.0 does not know the newer one.
_SOP_CLASSES = {
    SEGMENTATION_STORAGE: "Segmentation Storage",
    LABEL_MAP_SEGMENTATION_STORAGE: "Label Map Segmentation Storage",
}
_CHEAP_PIXELS = 1 << 28
_LABEL_WIDTH = 48
_FINDINGS_SHOWN = 4


def info(options: argparse.Namespace, terminal: Terminal) -> None:
    """Print the summary; see the command's help.

    Raises
    ------
    SegError
    """
    stored = open_segmentation(options.file)
    pixels = stored.number_of_frames * stored.rows * stored.columns
    voxels, unread = None, []
    try:
        voxels = count_voxels(stored) if options.voxels or pixels <= _CHEAP_PIXELS else None
    except ReadError as error:  # what the header says is known all the same
        unread.append(Finding(Severity.ERROR, f"Frames cannot be read. {error}", "PixelData"))
    summary = summarize(stored, voxels)
    findings = [*unread, *_doubts(stored, check(options.file, pixels=False))]
    summary["findings"] = [as_json(finding) for finding in findings]
    if options.json:
        print(json.dumps(summary, indent=2))
        return
    for line in format_summary(str(options.file), summary, colored=terminal.colored):
        print(line)


def count_voxels(stored: StoredSegmentation) -> dict[int, int] | None:
    """Return each segment's voxels; None for a FRACTIONAL object, whose samples are parts of voxels."""
    if stored.segmentation_type is SegmentationType.FRACTIONAL:
        return None
    counts = dict.fromkeys((s.number for s in stored.segments), 0)
    frames = stored.frames.frames(np.arange(stored.number_of_frames))
    if stored.segmentation_type is SegmentationType.BINARY:
        for number, frame in zip(stored.table.segment.tolist(), frames, strict=True):
            counts[number] += int(np.count_nonzero(frame))
        return counts
    for frame in frames:
        found = np.bincount(frame.reshape(-1), minlength=0)
        for number in np.flatnonzero(found).tolist():
            if number in counts:
                counts[number] += int(found[number])
    return counts


def summarize(stored: StoredSegmentation, voxels: dict[int, int] | None) -> dict[str, Any]:
    """Return the summary in the types of JSON; what is unknown is null."""
    dataset = stored.dataset
    frames: Counter[int] | None = None
    if stored.segmentation_type is not SegmentationType.LABELMAP:
        frames = Counter(stored.table.segment.tolist())
    return {
        "segmentation_type": str(stored.segmentation_type),
        "sop_class": {"uid": str(dataset.SOPClassUID), "name": _SOP_CLASSES[str(dataset.SOPClassUID)]},
        "sop_instance_uid": _text(dataset.get("SOPInstanceUID")),
        "series_instance_uid": _text(dataset.get("SeriesInstanceUID")),
        "study_instance_uid": _text(dataset.get("StudyInstanceUID")),
        "transfer_syntax": {
            "uid": stored.transfer_syntax_uid,
            "name": UID(stored.transfer_syntax_uid).name,
        },
        "series_number": _number(dataset.get("SeriesNumber")),
        "series_description": _text(dataset.get("SeriesDescription")),
        "content_label": _text(dataset.get("ContentLabel")),
        "content_creator_name": _text(dataset.get("ContentCreatorName")),
        "frames": stored.number_of_frames,
        "rows": stored.rows,
        "columns": stored.columns,
        "bits": stored.bits,
        "segments_overlap": stored.segments_overlap,
        "geometry": _geometry(stored),
        "references": _references(stored),
        "segments": [_segment(segment, frames, voxels) for segment in stored.segments],
        "findings": [as_json(finding) for finding in stored.findings],
    }


def format_summary(name: str, summary: dict[str, Any], *, colored: bool) -> list[str]:
    """Return the lines of the summary for a person."""
    geometry, size = summary["geometry"], f"{summary['rows']} x {summary['columns']}"
    facts = [
        ("Type", f"{summary['segmentation_type']}, {summary['sop_class']['name']}"),
        ("Transfer syntax", summary["transfer_syntax"]["name"]),
        ("Series", _series_line(summary)),
        ("Frames", f"{summary['frames']} of {size} pixels (rows x columns), {summary['bits']} bit"),
        *_geometry_lines(geometry),
        ("References", _reference_line(summary["references"])),
        ("Overlap", {"YES": "segments overlap", "NO": "none"}.get(summary["segments_overlap"], "not stated")),
        *_finding_lines(summary["findings"]),
    ]
    indent = max(len(key) for key, _ in facts) + 2
    lines = [plain(name), *(f"  {key:<{indent}}{plain(text)}" for key, text in facts if text), ""]
    return lines + _segment_table(summary["segments"], colored=colored)


def _doubts(stored: StoredSegmentation, found: Sequence[Finding]) -> list[Finding]:
    """Return what reading has assumed, then what checking has found besides, worst first."""
    told = {finding.where for finding in stored.findings if finding.where}
    return [*stored.findings, *(finding for finding in found if finding.where not in told)]


def _finding_lines(findings: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    lines = [("Finding", f"{f['severity'].lower()}: {f['text']}") for f in findings[:_FINDINGS_SHOWN]]
    left_out = len(findings) - len(lines)
    return [*lines, ("", f"and {left_out} more; `dicomsegio check` tells all")] if left_out else lines


def _series_line(summary: dict[str, Any]) -> str:
    number = "" if summary["series_number"] is None else f"{summary['series_number']}"
    parts = (number, summary["series_description"], summary["content_label"], summary["content_creator_name"])
    return " · ".join(part for part in parts if part)


def _geometry_lines(geometry: dict[str, Any] | None) -> list[tuple[str, str]]:
    if geometry is None:
        return [("Geometry", "the frames state no position")]
    row, column = geometry["row_direction"], geometry["column_direction"]
    between = geometry["spacing_mm"][0]
    slices = "unevenly spaced" if between is None else f"{between:.6g} mm apart"
    if geometry["planes"] == 1:
        slices = "a single one"
    rows, columns = geometry["spacing_mm"][1:]
    return [
        ("Planes", f"{geometry['planes']}, {slices}; rows {rows:.6g} mm, columns {columns:.6g} mm apart"),
        ("First pixel", f"{_numbers(geometry['first_position_mm'])} mm (LPS)"),
        ("Directions", f"along a row {_numbers(row)}, along a column {_numbers(column)}"),
    ]


def _reference_line(references: list[dict[str, Any]]) -> str:
    if not references:
        return "no source image is named"
    shown = [
        f"{r['instances']} image{'' if r['instances'] == 1 else 's'} of series "
        f"{r['series_instance_uid'] or 'unknown'}"
        for r in references[:3]
    ]
    return "; ".join(shown) + ("; ..." if len(references) > 3 else "")


def _segment_table(segments: Sequence[dict[str, Any]], *, colored: bool) -> list[str]:
    heads = ("No.", "Label", "Type", "Category", "Region", "Algorithm", "Colour", "Frames", "Voxels")
    to_the_right = (True, False, False, False, False, False, False, True, True)
    rows = [
        [
            str(s["number"]),
            _short(s["label"]),
            _short(" / ".join(_code_text(c) for c in (s["type"], *s["type_modifiers"]))),
            _short(_code_text(s["category"])),
            _short(", ".join(_region_text(r) for r in s["regions"])),
            _short(" ".join(part for part in (s["algorithm"]["type"], s["algorithm"]["name"]) if part)),
            s["color"] or "-",
            "-" if s["frames"] is None else f"{s['frames']:,}",
            "-" if s["voxels"] is None else f"{s['voxels']:,}",
        ]
        for s in segments
    ]
    # A column in which nothing stands is left out.
    kept = [i for i in range(len(heads)) if i < 2 or any(row[i] not in ("", "-") for row in rows)]
    widths = [max(width(row[i]) for row in [list(heads), *rows]) for i in range(len(heads))]

    def line(cells: Sequence[str], color: str | None = None) -> str:
        parts = []
        for i in kept:
            blank = " " * (widths[i] - width(cells[i]))
            part = blank + cells[i] if to_the_right[i] else cells[i] + blank
            if heads[i] == "Colour" and colored:
                part = f"{_swatch(color)} {part}"
            parts.append(part)
        return "  " + "  ".join(parts).rstrip()

    lines = [line(heads), *(line(row, s["color"]) for row, s in zip(rows, segments, strict=True))]
    return lines if segments else ["  no segment"]


def _swatch(color: str | None) -> str:
    if color is None:
        return "  "
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"\x1b[48;2;{red};{green};{blue}m  \x1b[0m"


def _segment(segment: Segment, frames: Counter[int] | None, voxels: dict[int, int] | None) -> dict[str, Any]:
    color = None
    if segment.cielab is not None:
        color = "#" + "".join(f"{round(c * 255):02x}" for c in cielab_to_rgb(segment.cielab))
    return {
        "number": segment.number,
        "label": segment.label,
        "description": segment.description,
        "category": _code(segment.category),
        "type": _code(segment.type),
        "type_modifiers": [_code(m) for m in segment.type_modifiers],
        "regions": [_region(r) for r in segment.regions],
        "primary_structures": [_region(r) for r in segment.primary_structures],
        "algorithm": {
            "type": segment.algorithm.type,
            "name": segment.algorithm.name,
            "version": segment.algorithm.version,
        },
        "color": color,
        "tracking_id": segment.tracking_id,
        "tracking_uid": segment.tracking_uid,
        "frames": None if frames is None else frames[segment.number],
        "voxels": None if voxels is None else voxels[segment.number],
    }


def _geometry(stored: StoredSegmentation) -> dict[str, Any] | None:
    planes = stored.planes
    if planes is None:
        return None
    try:
        between: float | None = stored.geometry().spacing_mm[0]
    except IrregularPlanes:
        between = None
    return {
        "frame_of_reference_uid": planes.frame_of_reference,
        "planes": len(planes),
        "spacing_mm": [between, *planes.spacing_mm],
        "first_position_mm": planes.positions_mm[0].tolist(),
        "last_position_mm": planes.positions_mm[-1].tolist(),
        "row_direction": planes.row_direction.tolist(),
        "column_direction": planes.column_direction.tolist(),
    }


def _references(stored: StoredSegmentation) -> list[dict[str, Any]]:
    series = Counter(instance.series_uid for instance in stored.source_instances)
    return [{"series_instance_uid": uid, "instances": count} for uid, count in series.items()]


def _code(code: Code) -> dict[str, str]:
    return {"value": code.value, "scheme": code.scheme_designator, "meaning": code.meaning}


def _region(region: Region) -> dict[str, Any]:
    return {**_code(region.code), "modifiers": [_code(m) for m in region.modifiers]}


def _code_text(code: dict[str, str]) -> str:
    return f"{code['meaning']} ({code['value']}, {code['scheme']})"


def _region_text(region: dict[str, Any]) -> str:
    return " / ".join(_code_text(c) for c in (region, *region["modifiers"]))


def _short(text: str) -> str:
    text = plain(text)
    return text if width(text) <= _LABEL_WIDTH else text[: _LABEL_WIDTH - 3].rstrip() + "..."


def _numbers(values: Sequence[float]) -> str:
    return "(" + ", ".join(f"{v:.6g}" for v in values) + ")"


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _number(value: Any) -> int | None:
    return None if value in (None, "") else int(value)
