"""The source images that a stored segmentation names, PS3.3 C.12.4 and C.7.6.16.2.6."""

from pydicom.dataset import Dataset

from .frame_columns import FrameColumns
from .sources import SourceInstance


def source_instances(dataset: Dataset, columns: FrameColumns) -> list[SourceInstance]:
    """Return the source images that an object names: of its Referenced Series, then of its frames."""
    found: dict[str, SourceInstance] = {}
    study = str(dataset.get("StudyInstanceUID") or "")
    for series in dataset.get("ReferencedSeriesSequence") or ():
        for instance in series.get("ReferencedInstanceSequence") or ():
            uid = str(instance.get("ReferencedSOPInstanceUID") or "")
            found.setdefault(
                uid,
                SourceInstance(
                    study,
                    str(series.get("SeriesInstanceUID") or ""),
                    str(instance.get("ReferencedSOPClassUID") or ""),
                    uid,
                ),
            )
    for uid in columns.uids:
        found.setdefault(uid, SourceInstance(study, "", "", uid))
    found.pop("", None)
    return list(found.values())
