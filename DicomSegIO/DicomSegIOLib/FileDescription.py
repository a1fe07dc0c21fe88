"""What a DICOM SEG file says, before it is loaded."""

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from . import Terminology
from .SourceSearch import instanceUids

if TYPE_CHECKING:
    from dicomsegcodec.findings import Finding
    from dicomsegcodec.stored import StoredSegmentation

_FEW_PIXELS = 1 << 26
"""Label maps of no more pixels are looked through for segments that have none."""

_SOP_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.66.4": "Segmentation Storage",
    "1.2.840.10008.5.1.4.1.1.66.7": "Label Map Segmentation Storage",
}


def describeFile(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what the header of a DICOM SEG file says; needs no MRML, so any thread may ask.

    Keys are

    * type, and of a FRACTIONAL object fractionalType and maximumFractionalValue;
    * sopClass, transferSyntax: names; bits of a sample; frames, rows, columns; seriesDescription;
    * segments: dictionaries of number, label, category, type and region (meanings), algorithm, color (red,
      green, blue from 0 to 1, or None), frames (None of a label map) and isEmpty (None if unknown);
    * overlap: YES, NO or UNDEFINED;
    * background: the value of a label map that is no segment, or None;
    * grid: dictionary of isRegular, planes, spacingMm (between slices, rows, columns; None where the slices
      are uneven), isTiled, timePoints, and reason, why it is not regular; None if frames have no place;
    * referencedSeries: dictionaries of uid and instances (SOP Instance UIDs);
    * findings: what reading has assumed, then errors and warnings of checking besides.

    Raises
    ------
    ReadError
        The file cannot be understood as a segmentation.
    """
    from dicomsegcodec.read import open_segmentation

    stored = open_segmentation(path)
    dataset = stored.dataset
    sopClass = str(dataset.get("SOPClassUID") or "")
    empty, unread = _emptySegments(stored)
    frames = Counter(stored.table.segment.tolist())
    isLabelMap = stored.segmentation_type == "LABELMAP"
    described = {
        "type": str(stored.segmentation_type),
        "sopClass": _SOP_CLASSES.get(sopClass, sopClass),
        "transferSyntax": dataset.file_meta.TransferSyntaxUID.name,
        "bits": stored.bits,
        "frames": stored.number_of_frames,
        "rows": stored.rows,
        "columns": stored.columns,
        "seriesDescription": str(dataset.get("SeriesDescription") or ""),
        "segments": [
            {
                "number": segment.number,
                "label": segment.label,
                "category": segment.category.meaning,
                "type": segment.type.meaning,
                "region": ", ".join(region.code.meaning for region in segment.regions),
                "algorithm": " ".join(
                    part for part in (segment.algorithm.type, segment.algorithm.name) if part
                ),
                "color": Terminology.segmentColor(segment),
                "frames": None if isLabelMap else frames[segment.number],
                "isEmpty": None if empty is None else segment.number in empty,
            }
            for segment in stored.segments
        ],
        "overlap": stored.segments_overlap,
        "background": stored.background,
        "grid": _grid(stored),
        "referencedSeries": _references(stored),
        "findings": [*unread, *_doubts(stored, path)],
    }
    if stored.segmentation_type == "FRACTIONAL":
        described["fractionalType"] = str(dataset.get("SegmentationFractionalType") or "")
        described["maximumFractionalValue"] = stored.maximum_fraction
    return described


def findReferenced(
    description: dict[str, Any], scene: Any = None, database: Any = None
) -> list[dict[str, Any]]:
    """Return where the series are that a file refers to.

    Parameters
    ----------
    description : dict
        As of `describeFile`.
    scene : vtkMRMLScene, optional
    database : ctkDICOMDatabase, optional

    Returns
    -------
    list of dict
        For each series uid, count of images that are referred to, volume (the node that was loaded from most
        of them, or None), and inDatabase: how many of them are there; None without a database.
    """
    volumes = []
    if scene is not None:
        count = scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
        volumes = [scene.GetNthNodeByClass(n, "vtkMRMLScalarVolumeNode") for n in range(count)]
    isOpen = database is not None and database.isOpen
    found = []
    for series in description["referencedSeries"]:
        wanted = set(series["instances"])
        shares = [(len(wanted & set(instanceUids(volume))), volume) for volume in volumes]
        most, volume = max(shares, key=lambda share: share[0], default=(0, None))
        held = [uid for uid in series["instances"] if database.fileForInstance(uid)] if isOpen else None
        found.append(
            {
                "uid": series["uid"],
                "count": len(wanted),
                "volume": volume if most else None,
                "inDatabase": None if held is None else len(held),
            }
        )
    return found


def _emptySegments(stored: "StoredSegmentation") -> "tuple[set[int] | None, list[Finding]]":
    """Return the numbers of segments without a voxel, None if that is unknown; and why."""
    from dicomsegcodec.errors import ReadError

    from .Findings import blocking

    numbers = {segment.number for segment in stored.segments}
    if stored.segmentation_type != "LABELMAP":
        return numbers - set(stored.table.segment.tolist()), []
    if stored.number_of_frames * stored.rows * stored.columns > _FEW_PIXELS:
        return None, []
    found: set[int] = set()
    try:
        for frame in stored.frames.frames(np.arange(stored.number_of_frames)):
            found.update(np.flatnonzero(np.bincount(frame.reshape(-1))).tolist())
    except ReadError as error:  # what the header says is known all the same
        return None, [blocking(f"Frames cannot be read. {error}")]
    return numbers - found, []


def _grid(stored: "StoredSegmentation") -> dict[str, Any] | None:
    from dicomsegcodec.errors import IrregularPlanes, MissingAttribute
    from dicomsegcodec.stored_places import is_tiled, own_grid

    isTiled = is_tiled(stored)
    if stored.planes is None and not isTiled:
        return None
    times = sorted(set(stored.planes.time_points)) if stored.planes is not None else []
    found: dict[str, Any] = {
        "isRegular": True,
        "planes": 1 if isTiled else len(stored.planes),
        "spacingMm": None,
        "isTiled": isTiled,
        "timePoints": times,
        "reason": "",
    }
    try:
        if len(times) > 1:
            raise IrregularPlanes(f"There are {len(times)} time points.")
        found["spacingMm"] = own_grid(stored).spacing_mm
    except (IrregularPlanes, MissingAttribute) as error:
        found["isRegular"], found["reason"] = False, str(error)
    return found


def _references(stored: "StoredSegmentation") -> list[dict[str, Any]]:
    series: dict[str, list[str]] = {}
    for instance in stored.source_instances:
        series.setdefault(instance.series_uid, []).append(instance.sop_instance_uid)
    return [{"uid": uid, "instances": instances} for uid, instances in series.items()]


def _doubts(stored: "StoredSegmentation", path: str | os.PathLike[str]) -> "list[Finding]":
    """Return what reading has assumed, then what checking has found besides that matters, worst first."""
    from dicomsegcodec.conformance import check
    from dicomsegcodec.findings import Severity

    told = {finding.where for finding in stored.findings if finding.where}
    more = [finding for finding in check(path, pixels=False) if finding.severity is not Severity.NOTE]
    return [*stored.findings, *(finding for finding in more if finding.where not in told)]
