"""The source images that a stored segmentation names, PS3.3 C.12.2 and C.7.6.16.2.6."""

from collections.abc import Iterator

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from .columns import FrameColumns
from .findings import Finding, Severity
from .sources import SourceInstance

# Referenced SOP Class UID and Referenced SOP Instance UID, little endian.
_CLASS_TAG, _INSTANCE_TAG = b"\x08\x00\x50\x11", b"\x08\x00\x55\x11"


def source_instances(dataset: Dataset, columns: FrameColumns) -> list[SourceInstance]:
    """Return the source images that an object names: of its Referenced Series, then of its frames."""
    found: dict[str, SourceInstance] = {}
    study = str(dataset.get("StudyInstanceUID") or "")
    for series, instance in _listed(dataset):
        uid = str(instance.get("ReferencedSOPInstanceUID") or "")
        sop_class = str(instance.get("ReferencedSOPClassUID") or "")
        if uid not in found:
            found[uid] = SourceInstance(study, series, sop_class, uid)
    for uid in columns.uids:
        found.setdefault(uid, SourceInstance(study, "", "", uid))
    found.pop("", None)
    return list(found.values())


def _listed(dataset: Dataset) -> Iterator[tuple[str, Dataset]]:
    """Yield Series Instance UID, empty where unknown, and item of every image that the header names."""
    for series in dataset.get("ReferencedSeriesSequence") or ():
        uid = str(series.get("SeriesInstanceUID") or "")
        for instance in series.get("ReferencedInstanceSequence") or ():
            yield uid, instance
    for instance in dataset.get("SourceImageSequence") or ():
        yield "", instance
    for instance in _shared_sources(dataset):
        yield "", instance


def _shared_sources(dataset: Dataset) -> Iterator[Dataset]:
    """Yield the item of each source image from which all frames are said to be derived."""
    for groups in dataset.get("SharedFunctionalGroupsSequence") or ():
        for derivation in groups.get("DerivationImageSequence") or ():
            yield from derivation.get("SourceImageSequence") or ()


def checked_references(dataset: Dataset, columns: FrameColumns, findings: list[Finding]) -> FrameColumns:
    """Return the columns with each reference of a frame once, and tell what the references lack.

    An image that the shared groups name alone is the source of every frame that names none itself.
    """
    columns = _without_doubles(columns, findings)
    columns = _with_shared(dataset, columns)
    if _surely_complete(dataset):
        return columns
    listed = list(_listed(dataset))
    if not listed and not columns.uids:
        findings.append(
            _doubt(Severity.NOTE, "The object names no source image.", "ReferencedSeriesSequence", "C.12.2")
        )
    elif not dataset.get("ReferencedSeriesSequence"):
        findings.append(
            _doubt(
                Severity.WARNING,
                "There is no Referenced Series Sequence; source images are known from the frames alone, and "
                "their series is unknown.",
                "ReferencedSeriesSequence",
                "C.12.2",
            )
        )
    classless = sum(1 for _series, item in listed if not item.get("ReferencedSOPClassUID"))
    if classless:
        findings.append(
            _doubt(
                Severity.WARNING,
                f"{classless:,} source images are named without their SOP Class; they are found by their "
                "instance.",
                "ReferencedSOPClassUID",
                "10.8",
            )
        )
    return columns


def _surely_complete(dataset: Dataset) -> bool:
    """Tell whether each image of the Referenced Series has its class, if that can be seen without parsing.

    To parse the references of a few thousand images takes longer than everything else when a file is opened.
    """
    element = dataset.get_item("ReferencedSeriesSequence")
    if not isinstance(element, RawDataElement) or not element.value:
        return False
    classes, instances = (element.value.count(tag) for tag in (_CLASS_TAG, _INSTANCE_TAG))
    return classes == instances > 0


def _without_doubles(columns: FrameColumns, findings: list[Finding]) -> FrameColumns:
    count = columns.reference_frame.size
    if count < 2:
        return columns
    rows = np.stack([columns.reference_frame, columns.reference_uid, columns.reference_number])
    order = np.lexsort(rows[::-1])
    same = (rows[:, order[1:]] == rows[:, order[:-1]]).all(axis=0)
    if not same.any():
        return columns
    repeated = order[1:][same]
    keep = np.ones(count, bool)
    keep[repeated] = False
    findings.append(
        _doubt(
            Severity.WARNING,
            f"{repeated.size:,} references of frames to source images are there twice; each is taken once.",
            "DerivationImageSequence",
            "C.7.6.16.2.6",
        )
    )
    return columns.with_references(keep)


def _with_shared(dataset: Dataset, columns: FrameColumns) -> FrameColumns:
    shared = list(_shared_sources(dataset))
    if len(shared) != 1 or columns.reference_frame.size:
        return columns
    uid = str(shared[0].get("ReferencedSOPInstanceUID") or "")
    numbers = shared[0].get("ReferencedFrameNumber")
    stated = [] if numbers in (None, "") else list(numbers) if hasattr(numbers, "__iter__") else [numbers]
    if not uid or len(stated) > 1:
        return columns
    preserved = str(shared[0].get("SpatialLocationsPreserved") or "YES") == "YES"
    return columns.all_from(uid, int(stated[0]) if stated else 0, preserved)


def _doubt(severity: Severity, text: str, where: str, section: str) -> Finding:
    return Finding(severity, text, where, f"PS3.3 {section}")
